"""A resident's way from the first page to the rating, in a real browser."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import Page, Response, expect

from tests.browser.checks import check_page

if TYPE_CHECKING:
    from tests.make import World

EVERYWHERE = [("phone", "en"), ("desktop", "zh-hans")]
"""The other two are looked at by test_every_page."""
SEND = {"zh-hans": "提交", "en": "Send the report"}
TEXT = "村口路灯坏了三天，晚上看不清路"
CODE = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "路灯.jpg"
    Image.effect_noise((2600, 1900), 60).convert("RGB").save(path, quality=92)
    return path


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_report_with_a_pin_a_photo_and_a_suggestion(
    open_browser: Callable[..., Page], lasting_world: World, photo: Path, size: str, language: str
) -> None:
    from anlan.intake.models import Signal

    page = open_browser(size=size, language=language)
    page.goto("/")
    check_page(page)
    page.get_by_label(re.compile("用您自己的话说|In your own words")).fill(TEXT)
    page.locator("#suggestions input").first.check()
    page.set_input_files("#photos", photo)
    expect(page.locator(".photos__item img")).to_have_count(1)
    page.locator("#map").scroll_into_view_if_needed()
    canvas = page.locator("#map canvas")
    expect(canvas).to_be_visible()
    expect(page.locator("#map[data-drawn]")).to_be_visible()
    page.locator("#place_text").fill("东湾")
    page.locator("#place-choices input").first.check()
    canvas.focus()
    canvas.press("Enter")
    expect(page.locator("#place-choices input")).to_have_count(0)
    expect(page.locator("#spot strong")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name=SEND[language], exact=True).click()
    page.wait_for_url("**/reported/*")
    check_page(page)
    code = page.locator(".code--big").inner_text()
    assert CODE.fullmatch(code)
    signal = Signal.objects.get()
    assert signal.lon is not None
    assert signal.stated_matter

    page.goto("/track")
    check_page(page)
    page.locator("#code").fill(code.lower().replace("-", " "))
    page.locator("#code").press("Enter")
    page.wait_for_url(f"**/track/{code}")
    expect(page.locator(".photos img")).to_have_count(1)
    check_page(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_closed_reports_are_rated_and_come_back(
    open_browser: Callable[..., Page], lasting_world: World, scheme: str
) -> None:
    from tests.flows.web.test_resident_track import close

    taken = lasting_world.take()
    close(lasting_world, taken.case_id)
    page = open_browser(language="en", scheme=scheme)
    page.goto(f"/track/{taken.tracking_code}")
    check_page(page)
    page.get_by_label("No, it goes back").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Say in a few words")
    check_page(page)
    page.get_by_label(re.compile("A word to the unit")).fill("Still dark")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("You said it was not done")
    expect(page.get_by_role("heading", level=1)).to_have_text("Being handled")
    check_page(page)


def test_nothing_is_sent_and_no_photo_lost_while_something_is_missing(
    open_browser: Callable[..., Page], photo: Path
) -> None:
    page = open_browser(language="en", scheme="dark")
    page.goto("/")
    page.set_input_files("#photos", photo)
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#text-fault")).to_be_visible()
    expect(page.locator("#place-fault")).to_be_visible()
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator(".photos__item img")).to_have_count(1)
    assert page.url.endswith("/")
    check_page(page)


def test_large_photos_are_made_small_before_they_are_sent(
    open_browser: Callable[..., Page], photo: Path
) -> None:
    page = open_browser()
    page.goto("/")
    page.set_input_files("#photos", photo)
    expect(page.locator(".photos__item img")).to_have_count(1)
    expect(page.locator("[data-photos][aria-busy]")).to_have_count(0)
    size = page.evaluate(
        "createImageBitmap(document.getElementById('photos').files[0]).then(p => [p.width, p.height])"
    )
    assert max(size) == 2000
    page.locator(".photos__remove").click()
    assert page.evaluate("document.getElementById('photos').files.length") == 0


def test_without_scripts_everything_works(
    open_browser: Callable[..., Page], lasting_world: World, photo: Path
) -> None:
    from anlan.places.queries import get_gazetteer
    from tests.make import VILLAGE

    name = get_gazetteer().place_by_code(VILLAGE).name
    page = open_browser(language="zh-hans", java_script_enabled=False)
    page.goto("/")
    page.locator("#text").fill(TEXT)
    page.locator("#place_text").fill(name)
    page.get_by_role("button", name="查找").click()
    page.locator(f"input[value='{VILLAGE}']").check()
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_url("**/reported/*")
    expect(page.locator(".code--big")).to_have_text(CODE)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It is on its way.")
    page.get_by_role("button", name="Large text").click()
    expect(page.locator("html.large")).to_be_attached()
    page.get_by_role("link", name="Follow the report").click()
    page.get_by_label("Your message").fill("Second night now")
    page.set_input_files("#message-photos", photo)
    page.get_by_role("button", name="Send the message").click()
    expect(page.locator(".timeline .is-own")).to_contain_text("Second night now")
    expect(page.locator(".timeline .is-own img")).to_be_visible()


def test_the_telephone_tells_where_one_stands(
    open_browser: Callable[..., Page], lasting_world: World
) -> None:
    from tests.make import IN_GRID

    here = {"longitude": IN_GRID[0], "latitude": IN_GRID[1], "accuracy": 400}
    page = open_browser(language="en", geolocation=here, permissions=["geolocation"])
    page.goto("/")
    page.get_by_role("button", name="I am there").click()
    expect(page.locator("#spot strong")).to_be_visible()
    expect(page.locator("#place-fault")).to_contain_text("only roughly")
    assert page.locator("#lon").input_value() == f"{IN_GRID[0]:.6f}"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_of_errors_are_pages(open_browser: Callable[..., Page], language: str) -> None:
    page = open_browser(language=language)
    for address in ("/nothing", "/track/7KQF9-2MX4T-00000", "/track/short"):
        page.goto(address)
        check_page(page)


@pytest.mark.parametrize(
    ("language", "place"), [("zh-hans", "gps"), ("en", "gps"), ("zh-hans", "name"), ("en", "map")]
)
def test_four_taps_after_the_photo_are_enough(
    open_browser: Callable[..., Page], lasting_world: World, photo: Path, language: str, place: str
) -> None:
    from anlan.intake.models import Signal
    from tests.make import IN_GRID, VILLAGE

    here = {"longitude": IN_GRID[0], "latitude": IN_GRID[1], "accuracy": 8}
    known = {"geolocation": here, "permissions": ["geolocation"]} if place == "gps" else {}
    page = open_browser(language=language, **known)
    taps: list[str] = []
    page.expose_function("told", lambda tag: taps.append(tag))
    page.add_init_script(
        "addEventListener('pointerdown', (e) => e.isTrusted && told(e.target.tagName), true)"
    )
    page.goto("/")
    page.set_input_files("#photos", photo)
    expect(page.locator(".photos__item img")).to_have_count(1)
    if place == "gps":  # a phone that has told this site where it is does so by itself
        expect(page.locator("#spot strong")).to_be_visible()
    elif place == "map":
        expect(page.locator("#map[data-drawn]")).to_be_visible()
        page.locator("#map canvas").tap()
        expect(page.locator("#spot strong")).to_be_visible()
    else:
        page.locator("#place_text").tap()
        page.keyboard.insert_text("东湾")
        page.locator(f"#place-choices label:has([value='{VILLAGE}'])").tap()
    page.locator("#text").tap()
    page.keyboard.insert_text("路灯不亮")
    if place != "name":
        page.locator("#suggestions .choice").first.tap()
    page.get_by_role("button", name=SEND[language], exact=True).tap()
    page.wait_for_url("**/reported/*")
    expect(page.locator(".code--big")).to_have_text(CODE)
    assert len(taps) == {"gps": 3, "name": 4, "map": 4}[place], taps
    signal = Signal.objects.get()
    assert (signal.lon is not None) == (place != "name")
    assert bool(signal.stated_matter) == (place != "name")


def test_a_matter_from_the_list_needs_no_typing(
    open_browser: Callable[..., Page], lasting_world: World
) -> None:
    from anlan.intake.models import Signal
    from tests.make import IN_GRID

    here = {"longitude": IN_GRID[0], "latitude": IN_GRID[1], "accuracy": 8}
    page = open_browser(geolocation=here, permissions=["geolocation"])
    page.goto("/")
    page.locator("#locate").tap()
    expect(page.locator("#spot strong")).to_be_visible()
    page.locator("#listed").select_option("STREET_LAMP")
    page.get_by_role("button", name="提交", exact=True).tap()
    page.wait_for_url("**/reported/*")
    signal = Signal.objects.get()
    assert signal.stated_matter == "STREET_LAMP"
    assert signal.text == page.locator(".facts dd").first.inner_text()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_with_the_keyboard_alone(
    open_browser: Callable[..., Page], lasting_world: World, language: str
) -> None:
    from tests.make import VILLAGE

    page = open_browser(size="desktop", language=language)
    page.goto("/")

    def tab_to(selector: str) -> None:
        for _ in range(40):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not to be reached")

    expect(page.locator("#map canvas")).to_be_visible()  # it comes when the map's program is there
    tab_to("#photos")
    tab_to("#map canvas")
    tab_to("#place_text")
    page.keyboard.insert_text("东湾")
    expect(page.locator(f"#place-choices [value='{VILLAGE}']")).to_be_visible()
    tab_to("#place-choices input")
    page.keyboard.press("Space")
    expect(page.locator(f"#place-choices [value='{VILLAGE}']")).to_be_checked()
    tab_to("#text")
    page.keyboard.insert_text(TEXT)
    expect(page.locator("#suggestions input").first).to_be_visible()
    tab_to("#suggestions input")
    page.keyboard.press("ArrowUp")  # from "none" to the last suggestion
    tab_to("#who")
    tab_to(".report__send button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reported/*")
    tab_to("a[href^='/track/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/track/*")
    tab_to("#message-text")
    page.keyboard.insert_text("A-17")
    tab_to("#message button")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline .is-own")).to_contain_text("A-17")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_text_may_be_large_and_twice_as_large(
    open_browser: Callable[..., Page], lasting_world: World, language: str
) -> None:
    taken = lasting_world.take()
    page = open_browser(language=language)
    page.goto("/track")
    page.locator(".reading button[name=text]").tap()
    expect(page.locator("html.large")).to_be_attached()
    assert page.url.endswith("/track")
    for address in ("/", "/track", f"/reported/{taken.tracking_code}",
                    f"/track/{taken.tracking_code}", f"/track/{taken.tracking_code}/data"):  # fmt: skip
        page.goto(address)
        check_page(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wide = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth)"
            ".map(e => e.className || e.tagName)"
        )
        assert width <= 0, f"{address} at 200 %: {width} px too wide: {wide}"


VOICES = """
  const said = [];
  const voices = VOICES.map(([lang, localService]) => ({ lang, localService, name: lang }));
  const speech = { getVoices: () => voices, cancel() {}, addEventListener() {},
    speak(u) { said.push([u.lang, u.text]); setTimeout(() => u.onend(), 0); } };
  Object.defineProperty(window, "speechSynthesis", { value: speech });
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
  window.said = said;
"""


def with_voices(page: Page, *voices: tuple[str, bool]) -> None:
    listed = json.dumps(voices)
    page.add_init_script(VOICES.replace("VOICES", listed))


@pytest.mark.parametrize(("language", "voice"), [("zh-hans", "zh-CN"), ("en", "en-GB")])
def test_a_page_is_read_aloud_in_its_language(
    open_browser: Callable[..., Page], lasting_world: World, language: str, voice: str
) -> None:
    taken = lasting_world.take()
    page = open_browser(language=language)
    with_voices(page, ("fr-FR", True), (voice, True))
    page.goto(f"/track/{taken.tracking_code}")
    check_page(page)
    page.locator("#aloud").tap()
    expect(page.locator("#aloud")).to_have_attribute("aria-pressed", "false")
    said = page.evaluate("said")
    assert {lang for lang, _ in said} == {"zh-CN" if language == "zh-hans" else "en"}
    texts = [text for _, text in said]
    assert page.locator("h1").inner_text() in texts
    assert any("路灯坏了三天" in text for text in texts)  # what was written
    assert len(texts) > 10


def test_without_an_own_voice_nothing_offers_to_read(
    open_browser: Callable[..., Page], lasting_world: World
) -> None:
    page = open_browser(language="zh-hans")
    with_voices(page, ("en-US", True), ("zh-CN", False))  # one that would send the text away
    page.goto("/")
    expect(page.locator(".reading button[name=text]")).to_be_visible()
    expect(page.locator("#aloud")).to_be_hidden()


def test_first_load_is_light_and_asks_no_third_party(
    open_browser: Callable[..., Page], live_server: object
) -> None:
    page = open_browser()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.set_viewport_size({"width": 360, "height": 300})  # the map stays out of sight
    page.goto("/", wait_until="networkidle")
    own = getattr(live_server, "url", "")
    assert [answer.url for answer in answers if not answer.url.startswith(own)] == []
    assert len(answers) <= 12
    size = sum(len(gzip.compress(answer.body())) for answer in answers)
    assert size <= 60_000, f"{size} bytes compressed"


def test_without_a_network_a_report_stays_on_its_page_until_it_can_be_sent(
    open_browser: Callable[..., Page], lasting_world: World
) -> None:
    from tests.make import VILLAGE

    page = open_browser(language="en")
    page.goto("/")
    page.locator("#place_text").fill("东湾")
    page.locator(f"#place-choices [value='{VILLAGE}']").check()
    page.locator("#text").fill("The street lamp is out")
    page.context.set_offline(True)
    send = page.get_by_role("button", name="Send the report", exact=True)
    send.click()
    expect(page.locator("#no-network")).to_contain_text("No network")
    expect(page.locator("#text")).to_have_value("The street lamp is out")
    page.context.set_offline(False)
    expect(page.locator("#no-network")).to_contain_text("back")
    send.click()
    page.wait_for_url("**/reported/*")

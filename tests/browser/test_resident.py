"""A resident's way from the first page to the rating, in a real browser."""

from __future__ import annotations

import gzip
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

EVERYWHERE = [("phone", "zh-hans"), ("phone", "en"), ("desktop", "zh-hans"), ("desktop", "en")]
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
    expect(page.locator("#photo-list img")).to_have_count(1)
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
    expect(page.locator("#photo-list img")).to_have_count(1)
    assert page.url.endswith("/")
    check_page(page)


def test_large_photos_are_made_small_before_they_are_sent(
    open_browser: Callable[..., Page], photo: Path
) -> None:
    page = open_browser()
    page.goto("/")
    page.set_input_files("#photos", photo)
    expect(page.locator("#photo-list img")).to_have_count(1)
    size = page.evaluate(
        "createImageBitmap(document.getElementById('photos').files[0]).then(p => [p.width, p.height])"
    )
    assert max(size) == 2000
    page.locator(".photos__remove").click()
    assert page.evaluate("document.getElementById('photos').files.length") == 0


def test_without_scripts_everything_works(
    open_browser: Callable[..., Page], lasting_world: World
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

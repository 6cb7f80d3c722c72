"""A live board in a real browser: a new signal shows by itself, the wall is readable, a lost stream is told."""

from __future__ import annotations

import re
from urllib.request import urlopen

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.product import TOWN, OpenPage, query
from tests.flows.run.instance import Instance

COUNTY = "330681"


def report(product: Instance) -> None:
    """Report something in the demo town, as a resident does without a script."""
    ((code,),) = query(
        product, "SELECT p.code FROM cases_case c JOIN places_place p ON p.id = c.place_id"
        " WHERE p.path::text LIKE %s ORDER BY c.opened_at LIMIT 1", f"%.{TOWN}.%",
    )  # fmt: skip
    with httpx.Client(base_url=product.url, timeout=30) as resident:
        resident.get("/")
        sent = {
            "text": "桥头路灯不亮，晚上看不清路",
            "place_code": str(code),
            "csrfmiddlewaretoken": resident.cookies["csrftoken"],
        }
        assert resident.post("/", data=sent).status_code == 302


@pytest.mark.parametrize(("size", "language"), [("phone", "en"), ("desktop", "zh-hans")])
def test_a_leader_sees_a_new_signal_without_doing_anything(
    product: Instance, open_page: OpenPage, size: str, language: str
) -> None:
    page = open_page(login="leader", size=size, language=language)
    page.goto("/command/")
    expect(page.locator("#board")).to_have_class(re.compile("board--live"))
    check_page(page)
    opened = page.locator(f"dl[data-place='{COUNTY}'] [data-value=opened]")
    before = int(opened.inner_text().replace(",", ""))
    report(product)
    expect(opened).to_have_text(f"{before + 1:,}")
    page.goto(f"/command/{TOWN}")
    check_page(page)
    if size == "desktop":
        page.locator("#hour").fill("20")
        expect(page.locator("#hour-words")).to_contain_text("4")
        expect(page.locator("#legend")).to_be_hidden()
        expect(page.locator("#legend-hours")).to_be_visible()
        with page.expect_download() as picture:
            page.locator("#png").click()
        assert picture.value.path().read_bytes().startswith(b"\x89PNG")


def test_on_a_wall_everything_stands_on_one_screen_and_stays_there(
    product: Instance, open_page: OpenPage
) -> None:
    page = open_page(login="leader", size="desktop", language="zh-hans")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"/command/{COUNTY}")
    page.keyboard.press("f")
    page.wait_for_url("**?wall")
    check_page(page)
    room = "document.documentElement.scrollHeight <= innerHeight"
    assert page.evaluate(room), "nothing to scroll"
    smallest = "Math.min(...[...document.querySelectorAll('#board dt, #board dd, #board td, #board p, #board h2')]"
    smallest += (
        ".filter((e) => e.checkVisibility()).map((e) => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert page.evaluate(smallest) >= 19, "read from across a room"
    page.reload()  # a box that starts with this address hangs it at once
    expect(page.locator(".board__bar")).to_be_hidden()
    page.locator("#full").click()
    expect(page.locator(".board__bar")).to_be_visible()


def test_the_public_board_is_live_for_everybody_and_names_no_small_count(
    product: Instance, open_page: OpenPage
) -> None:
    page = open_page(size="desktop", language="en")
    page.goto(f"/board/{TOWN}")
    expect(page.locator("#board")).to_have_class(re.compile("board--live"))
    check_page(page)
    for cell in page.locator("tbody [data-value]:not([data-value=share])").all_inner_texts():
        assert not re.fullmatch("[1-4]", cell), "a small count is shown"


def test_a_board_whose_stream_breaks_says_of_when_its_figures_are(
    product: Instance, open_page: OpenPage
) -> None:
    page = open_page(size="desktop", language="en")
    page.route("**/live/**", lambda route: route.abort())
    page.goto(f"/board/{COUNTY}")
    expect(page.locator("#board")).to_have_class(re.compile("board--lost"))
    expect(page.locator("#state")).to_contain_text("No connection")


def test_streams_are_refused_to_whoever_may_not_read_them(product: Instance) -> None:
    page = urlopen(f"{product.url}/board/{COUNTY}", timeout=30).read().decode()
    public = re.search(r'data-stream="([^"]+)"', page)
    assert public is not None
    command = public[1].replace("/public/", "/command/")
    with httpx.Client(timeout=30) as client:
        assert client.get(command).status_code == 403
        invented = {"Cookie": "anlan_sign_in=invented"}
        assert client.get(command, headers=invented).status_code == 403
        assert client.get(public[1].replace(COUNTY, "999999")).status_code == 404
        assert client.post(public[1]).status_code == 404
        refused = client.get(command, headers={"Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in refused.headers
        own = client.get(command, headers={"Origin": product.url})
        assert own.headers["access-control-allow-origin"] == product.url

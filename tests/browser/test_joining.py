"""A resident finds the lamp reported already and joins; the desk merges two others side by side."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.test_resident import EVERYWHERE, SEND
from tests.make import NEAR_BORDER

if TYPE_CHECKING:
    from tests.make import World

TEXT = "村口的路灯坏了,晚上太黑"
SHOTS = os.environ.get("SHOTS", "")


def look(page: Page, name: str) -> None:
    check_page(page)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_a_resident_joins_what_is_known(
    open_browser: Callable[..., Page], lasting_world: World, size: str, language: str
) -> None:
    lasting_world.take()
    page = open_browser(size=size, language=language)
    page.goto("/")
    page.get_by_label(re.compile("用您自己的话说|In your own words")).fill(TEXT)
    page.locator("#place_text").fill("东湾")
    page.locator("#place-choices input").first.check()
    choice = page.locator("#alike input[name=join]").first
    expect(choice).to_be_visible()
    look(page, f"typing-{size}-{language}")
    choice.check()
    page.get_by_role("button", name=SEND[language], exact=True).click()
    page.wait_for_url("**/reported/*")
    look(page, f"joined-{size}-{language}")
    expect(page.locator(".notice--done")).to_be_visible()
    page.locator("a.button--main").click()
    look(page, f"tracking-{size}-{language}")


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_the_page_after_sending_asks_and_joins(
    open_browser: Callable[..., Page], lasting_world: World, size: str, language: str
) -> None:
    lasting_world.take()
    mine = lasting_world.take(TEXT)
    page = open_browser(size=size, language=language)
    page.goto(f"/reported/{mine.tracking_code}")
    look(page, f"asked-{size}-{language}")
    page.locator(".alike-list button").first.click()
    expect(page.locator(".notice--done")).to_be_visible()


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_the_desk_merges_side_by_side_and_separates(
    open_browser: Callable[..., Page], lasting_world: World, size: str, language: str
) -> None:
    first, second = lasting_world.take(), lasting_world.take(TEXT)
    page = open_browser(size=size, language=language, login="desk")
    page.goto(f"/desk/cases/{second.case_id}")
    look(page, f"case-{size}-{language}")
    page.locator(f"a[href*='beside'][href*='{first.code[:5]}']").click()
    look(page, f"beside-{size}-{language}")
    with page.expect_navigation():
        page.locator("form[action$='/merge'] button").click()
    expect(page.locator("#h-merged")).to_be_visible()
    look(page, f"merged-{size}-{language}")
    page.locator("details:has(form[action$='/separate']) > summary").click()
    with page.expect_navigation():
        page.locator("form[action$='/separate'] button").click()
    expect(page.locator("#h-merged")).to_have_count(0)


@pytest.mark.parametrize(("size", "language"), EVERYWHERE)
def test_the_desk_picks_a_side_of_the_border(
    open_browser: Callable[..., Page], lasting_world: World, size: str, language: str
) -> None:
    taken = lasting_world.take(lon=NEAR_BORDER[0], lat=NEAR_BORDER[1])
    page = open_browser(size=size, language=language, login="desk")
    page.goto(f"/desk/cases/{taken.case_id}")
    look(page, f"border-{size}-{language}")
    with page.expect_navigation():
        page.locator("button.pick").last.click()
    expect(page.locator("button.pick")).to_have_count(0)

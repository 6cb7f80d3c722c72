"""The desk by keys alone, in Chinese by light and in English in the dark: walk, look, choose, move, come back.

Letters typed into a field do nothing else; the keys can be switched off. What comes in meanwhile is
announced and put in its place without moving the row one is on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from anlan.kernel import codes
from tests.browser.checks import check_page

if TYPE_CHECKING:
    from tests.make import World

OpenBrowser = Callable[..., Page]
WORDS = {
    "zh-hans": {"new": "新到 1 件", "chosen": "2 件已选", "done": "已办 2 件", "keep": "存为"},
    "en": {"new": "1 new", "chosen": "2 chosen", "done": "2 done", "keep": "Kept as"},
}


@pytest.mark.parametrize(("language", "scheme"), [("zh-hans", "light"), ("en", "dark")])
def test_a_morning_at_the_desk(
    lasting_world: World, open_browser: OpenBrowser, language: str, scheme: str
) -> None:
    said = WORDS[language]
    taken = [lasting_world.take(f"路灯坏了，第{number}盏") for number in range(4)]
    page = open_browser(size="desktop", language=language, scheme=scheme, login="desk")
    page.goto("/desk/?tab=accept")
    rows = page.locator("#queue tr[data-id]")
    expect(rows).to_have_count(4)

    # Walk, and look at the case in focus beside the list.
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(rows.nth(0).locator("[data-row]")).to_be_focused()
    page.keyboard.press("v")
    first = codes.show(
        next(one.code for one in taken if str(one.case_id) == rows.nth(0).get_attribute("data-id"))
    )
    expect(page.locator("#preview .code").first).to_have_text(first)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    check_page(page)
    page.keyboard.press("Escape")

    # Letters in a field are letters.
    page.keyboard.press("/")
    page.keyboard.type("jxa")
    expect(page.locator("#search")).to_have_value("jxa")
    page.locator("#search").fill("")
    page.keyboard.press("Escape")
    expect(page.locator("#queue .is-chosen")).to_have_count(0)

    # Chosen on the way down; on a case, on to the next one of the list; a letter leads to a page of the menu.
    rows.nth(0).locator("[data-row]").focus()
    page.keyboard.press("Shift+J")
    expect(page.locator("#bulk [role=status]")).to_have_text(said["chosen"])
    page.keyboard.press("Escape")
    expect(page.locator("#queue .is-chosen")).to_have_count(0)
    second, third = (rows.nth(number).get_attribute("data-id") for number in (1, 2))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/cases/{second}")
    expect(page.locator("[data-walk]")).to_contain_text("2 / 4")
    check_page(page)
    page.keyboard.press("j")
    page.wait_for_url(f"**/desk/cases/{third}")
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/desk/reports/**")
    page.locator("[data-menu] summary").click()
    expect(page.locator(".menu__list")).to_be_visible()
    check_page(page)
    page.keyboard.press("Escape")
    expect(page.locator(".menu__list")).to_be_hidden()
    page.goto("/desk/?tab=accept")
    expect(rows).to_have_count(4)

    # What comes in is announced; the row in focus stays where it is, chosen rows stay chosen.
    rows.nth(2).locator("[data-row]").focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk [role=status]")).to_have_text(said["chosen"])
    before = rows.nth(3).bounding_box()
    lasting_world.take("新来的一件", idempotency_key="new")
    page.evaluate("document.dispatchEvent(new Event('queue:renew'))")
    expect(page.locator("[data-news]")).to_contain_text(said["new"])
    expect(rows).to_have_count(4)
    assert rows.nth(3).bounding_box() == before
    page.keyboard.press("n")
    expect(rows).to_have_count(5)
    expect(page.locator("#queue .is-chosen")).to_have_count(2)
    check_page(page)

    # One move for the two; back to the list by a key.
    page.keyboard.press("e")
    expect(page.locator(".bulk__case")).to_have_count(2)
    check_page(page)
    page.locator("[name=move][value=accept]").check()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(said["done"])
    check_page(page)
    page.keyboard.press("u")
    expect(rows).to_have_count(3)

    # Keep the view under a name.
    page.keyboard.press("f")
    page.keyboard.type("早班")
    page.keyboard.press("Enter")
    expect(page.locator(".kept")).to_contain_text("早班")
    expect(page.locator(".flash:not([hidden])")).to_contain_text(said["keep"])

    # Switched off, they do nothing, and the browser remembers it.
    page.keyboard.press("?")
    page.locator("[data-keys-switch]").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("#queue [data-row]:focus")).to_have_count(0)

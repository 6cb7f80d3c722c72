"""An open desk is told of what others do at once, and whoever works at it loses nothing: choice, place, half a word."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.errands import Send, Staff
from tests.browser.product import OpenPage
from tests.browser.test_boards import report
from tests.flows.run.instance import Instance

AT_ONCE_MS = 9_000
"""Without being told a queue asks every ten seconds, and with a stream every thirty."""


def test_a_new_signal_shows_in_an_open_queue_and_nothing_else_moves(
    product: Instance, open_page: OpenPage
) -> None:
    page = open_page(login="desk", size="desktop", language="en")
    with page.expect_response("**/live/desk") as opened:
        page.goto("/desk/")
    assert opened.value.status == 200
    page.set_viewport_size({"width": 1440, "height": 500})
    rows = page.locator("#queue tr[data-id]")
    rows.nth(3).locator("[data-row]").focus()
    page.keyboard.press("x")
    page.locator("#search").fill("half a wo")
    page.evaluate("window.scrollTo(0, 300)")
    before: Any = page.evaluate("[window.scrollY, document.activeElement.id]")
    assert before == [300, "search"]
    place = rows.nth(5).bounding_box()
    report(product)
    expect(page.locator("[data-news]")).to_be_visible(timeout=AT_ONCE_MS)
    assert page.evaluate("[window.scrollY, document.activeElement.id]") == before
    assert rows.nth(5).bounding_box() == place
    expect(page.locator("#search")).to_have_value("half a wo")
    expect(page.locator("#queue .is-chosen")).to_have_count(1)
    check_page(page)


def test_an_open_case_says_that_somebody_else_has_changed_it(
    product: Instance, open_page: OpenPage, desk: Staff, send_grid: Send
) -> None:
    case_id, _ = send_grid("楼道灯不亮")
    page = open_page(login="centre", size="desktop")
    with page.expect_response(f"**/live/desk/{case_id}") as opened:
        page.goto(f"/desk/cases/{case_id}")
    assert opened.value.status == 200
    note = page.locator("details.move:has(form[action$='/moves/report_back'])")
    note.locator("summary").first.click()
    note.locator("[name=note]").fill("正在写的半句话")
    desk.post(f"/desk/cases/{case_id}/moves/report_back", note="已联系电工")
    expect(page.locator("#moved-on")).to_be_visible(timeout=AT_ONCE_MS)
    expect(note.locator("[name=note]")).to_have_value("正在写的半句话")


def test_without_the_stream_it_is_asked_for(product: Instance, open_page: OpenPage) -> None:
    page = open_page(login="desk", size="desktop")
    page.route("**/live/**", lambda route: route.abort())
    page.goto("/desk/")
    report(product)
    expect(page.locator("[data-news]")).to_be_visible(timeout=25_000)

"""Own data on the telephone, emergency access between two desks: readable, reachable, without faults."""

from __future__ import annotations

import re

import pytest

from anlan.kernel import codes
from tests.browser.checks import check_page
from tests.browser.product import TOWN, OpenPage, press, query
from tests.flows.run.instance import Instance


def tracking_code(product: Instance) -> str:
    """Give the tracking code of an open case of the demo whose reporter left a contact."""
    key = bytes.fromhex((product.home / "secret.key").read_text(encoding="ascii").strip())
    [(code,)] = query(
        product,
        "SELECT c.code FROM cases_case c JOIN cases_casesignal s ON s.case_id = c.id"
        " JOIN intake_contact k ON k.signal_id = s.signal_id"
        " WHERE c.due_at IS NOT NULL AND k.sealed IS NOT NULL ORDER BY c.opened_at LIMIT 1",
    )
    return codes.show(str(code) + codes._secret(str(code), key))


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-hans"), ("desktop", "en")])
def test_own_data_can_be_read_and_asked_for(
    product: Instance, open_page: OpenPage, size: str, language: str
) -> None:
    page = open_page(size=size, language=language)
    page.goto(f"/track/{tracking_code(product)}")
    page.locator("a[href$='/data']").click()
    page.wait_for_url(re.compile("/data$"))
    check_page(page)
    with page.expect_navigation():
        page.locator("form[action$='/data/export'] [name=contact]").fill("13111111111")
        page.locator("form[action$='/data/export'] button").click()
    assert page.locator("[role=alert]").is_visible()
    check_page(page)


def test_emergency_access_needs_two_and_shows_what_was_looked_at(
    product: Instance, open_page: OpenPage
) -> None:
    grid = open_page(login="grid", size="phone")
    grid.goto("/desk/emergency")
    check_page(grid)
    grid.locator("#ask-place").fill(TOWN)
    grid.locator("#ask-reason").fill("燃气泄漏正在扩散，须立即查看全镇情况")
    press(grid, grid.locator("form[action$='/ask'] button"))
    assert grid.locator("#h-own").is_visible()
    check_page(grid)
    leader = open_page(login="leader", size="desktop", language="en")
    leader.goto("/desk/emergency")
    check_page(leader)
    press(leader, leader.locator("form[action$='/confirm'] button"))
    check_page(leader)
    grid.goto("/desk/")
    grid.locator("#queue a").first.click()
    grid.wait_for_url(re.compile("/desk/cases/"))
    grid.goto("/desk/emergency")
    press(grid, grid.locator("form[action$='/end_early'] button"))
    desk = open_page(login="desk", size="desktop")
    desk.goto("/desk/emergency")
    check_page(desk)
    desk.locator("[name=verdict]").first.check()
    desk.locator("form[action$='/review'] [name=note]").fill("确有险情")
    press(desk, desk.locator("form[action$='/review'] button"))
    assert desk.locator("#h-past").is_visible()
    check_page(desk)

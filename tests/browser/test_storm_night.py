"""A storm night at the desk: planned by the worker while the page tells how far it is; readable, no faults."""

from __future__ import annotations

import pytest

from tests.browser.checks import check_page
from tests.browser.product import OpenPage

pytestmark = pytest.mark.browser


def test_the_desk_plans_and_sees_what_was_gained(open_page: OpenPage) -> None:
    desk = open_page(login="desk")
    desk.goto("/desk/")
    desk.locator("a[href='/desk/storm']").click()
    check_page(desk)
    desk.locator("form[action='/desk/storm/plan'] button.button--main").click()
    desk.locator("#h-gain").wait_for(timeout=40_000)
    assert desk.locator("table tbody tr").count() == 6
    assert desk.locator("form[action$='/send'] button").count() == 1
    check_page(desk)

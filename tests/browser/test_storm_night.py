"""A storm night at the desk: planned by the worker while the page tells how far it is; readable, no faults."""

from __future__ import annotations

import re

import pytest

from tests.browser.checks import check_page
from tests.browser.product import OpenPage, lead_to

pytestmark = pytest.mark.browser


def test_the_desk_plans_and_sees_what_was_gained(open_page: OpenPage) -> None:
    desk = open_page(login="desk")
    desk.goto("/desk/")
    lead_to(desk, "/desk/storm")
    check_page(desk)
    desk.locator("form[action='/desk/storm/plan'] button.button--main").click()
    desk.locator("#h-gain").wait_for(timeout=40_000)
    assert desk.locator("table tbody tr").count() == 6
    # At night nobody of the wanted role may be on duty: then nothing can be sent.
    told = re.search(r"(\d+) 件分给 \d+ 人；(\d+) 件无人能承接", desk.locator("main").inner_text())
    assert told
    planned, left = int(told[1]), int(told[2])
    assert planned + left > 0
    assert desk.locator("form[action$='/send'] button").count() == (1 if planned else 0)
    check_page(desk)

"""The two reports on a telephone and at the desk, in both languages: readable, no faults; followed down and drafted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.product import lead_to

pytestmark = pytest.mark.browser


@pytest.fixture
def year(lasting_world: Any) -> Any:
    from anlan.indicators.actions import give_return
    from tests.make import NOW, TOWN
    from tests.worlds.figures import csv_of
    from tests.worlds.findings import make_finding
    from tests.worlds.reports import fill_year

    fill_year()
    lasting_world.take()
    make_finding(lasting_world, place=TOWN)
    give_return(
        actor=lasting_world.actor("builder"), data=csv_of((TOWN, "OUTPUT", "2024-12", 5)), at=NOW
    )
    return lasting_world


# The other two are looked at by test_every_page.
@pytest.mark.parametrize(("size", "language"), [("phone", "zh-hans"), ("desktop", "en")])
def test_the_reports_are_read_followed_down_and_drafted(
    year: Any, open_browser: Callable[..., Page], size: str, language: str
) -> None:
    centre = open_browser(login="centre", size=size, language=language)
    centre.goto("/desk/")
    lead_to(centre, "/desk/reports")
    expect(centre.locator(".two__side")).to_have_count(2)
    check_page(centre)
    centre.locator(".two__side a[href$='LAMPS']").click()
    expect(centre.locator(".long")).to_have_count(1)
    check_page(centre)
    centre.goto("/desk/reports")
    centre.locator("form[action$='/draft'] button").click()
    check_page(centre)
    centre.goto("/desk/reports/returns")
    expect(centre.locator("article").first).to_be_visible()
    check_page(centre)
    centre.goto("/desk/reports/curves")
    check_page(centre)

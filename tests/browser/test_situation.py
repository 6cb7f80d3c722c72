"""A leader reads what is unusual, on a telephone and at the desk, and makes it a duty: readable, no faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.product import lead_to

pytestmark = pytest.mark.browser


@pytest.fixture
def unusual(lasting_world: Any) -> Any:
    from anlan.situation.actions import review_week
    from tests.make import NOW, TOWN
    from tests.worlds.findings import WEEK, fill_weeks, make_finding

    weeks = 52 * 5 + 12
    counts = [4 + (index * 5) % 3 + (index % 26 == 3) * 3 for index in range(weeks - 1)] + [19]
    fill_weeks(counts, matter="NEIGHBOUR_NOISE")
    fill_weeks([3, 2, 4, 3, 3, 2, 4, 3, 2, 3, 4, 3, 19])
    review_week(at=NOW)
    make_finding(
        lasting_world, place=TOWN, week_date=WEEK - timedelta(days=7), state="ACCEPTED",
        note="逐灯排查线路,更换老化部件,沿河路段优先", unit_id=lasting_world.unit_id(TOWN, "CONSTRUCTION"),
        decided_at=NOW,
    )  # fmt: skip
    return lasting_world


# The other two are looked at by test_every_page.
@pytest.mark.parametrize(("size", "language"), [("phone", "zh-hans"), ("desktop", "en")])
def test_a_leader_reads_and_decides(
    unusual: Any, open_browser: Callable[..., Page], size: str, language: str
) -> None:
    leader = open_browser(login="leader", size=size, language=language)
    leader.goto("/desk/")
    lead_to(leader, "/desk/situation")
    expect(leader.locator("article.finding")).to_have_count(2)
    check_page(leader)
    first = leader.locator("article.finding").first
    first.locator("details").first.locator("summary").click()
    first.locator("textarea:visible").fill("夜间施工专项检查")
    check_page(leader)
    first.locator("form button.button--main:visible").click()
    leader.locator("a[href='?tab=duties']").click()
    expect(leader.locator("article.finding")).to_have_count(2)
    check_page(leader)
    leader.goto("/desk/situation/paper?month=2026-03")
    expect(leader.locator(".paper__table")).to_have_count(2)
    check_page(leader)

"""What the desk is shown beside a case: alike, near, and only what it may see."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.cases.models import Case
from anlan.cases.queries import access_case
from anlan.kernel.actor import SYSTEM
from anlan.triage.queries.duplicates import find_duplicates
from tests.make import IN_OTHER_GRID, NOW, World

LAMP, SAME = "村口路灯坏了三天，晚上看不清路", "村口的路灯坏了,晚上太黑"


def alike(world: World, login: str, text: str = LAMP) -> list[str]:
    case = access_case(actor=SYSTEM, case_id=world.take(text).case_id)
    found = find_duplicates(actor=world.actor(login), case=case, text=text)
    return [one.title for one in found]


def test_a_second_report_of_the_same_lamp_finds_the_first(world: World) -> None:
    first = world.take(SAME)
    world.take("楼道堆物堵住消防通道")
    assert alike(world, "desk") == [SAME]
    case = access_case(actor=SYSTEM, case_id=first.case_id)
    with CaptureQueriesContext(connection) as asked:
        find_duplicates(actor=world.actor("desk"), case=case, text=SAME)
    assert len([q for q in asked if "cases_case" in q["sql"]]) == 1


def test_what_lies_elsewhere_is_another_matter_or_long_ago_is_not_shown(world: World) -> None:
    far = world.take(SAME, lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
    old = world.take(SAME)
    Case.objects.filter(pk=old.case_id).update(opened_at=NOW - timedelta(days=15))
    assert far.case_id != old.case_id
    assert alike(world, "desk") == []


def test_nobody_is_shown_what_he_may_not_see(world: World) -> None:
    world.take(SAME)
    assert alike(world, "other_desk") == []
    assert alike(world, "volunteer") == []

"""What weeks are worth, read from daily figures; how late cases were taken in, read from the cases themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from anlan.cases.models import Case
from anlan.intake.models import Signal
from anlan.kernel import sql
from anlan.places.queries import get_gazetteer
from anlan.rollup.queries import count_marked_days
from anlan.situation.queries import read_exposure
from anlan.situation.rules.exposures import DELAY_WEEKS
from tests.make import COUNTY, JURISDICTION, NOW, World
from tests.worlds.figures import fill_day
from tests.worlds.findings import WEEK, matter_id

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


def taken(world: World, *, opened_weeks: int, late_days: float) -> None:
    """A case opened on the Wednesday so many weeks before the judged one, taken in so many days later."""
    case = Case.objects.get(pk=world.take().case_id)
    day = WEEK - timedelta(days=7 * opened_weeks - 2)
    opened_at = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
    Case.objects.filter(pk=case.pk).update(
        opened_at=opened_at, opened_date=day, matter_id=matter_id()
    )
    Signal.objects.filter(code=case.code).update(received_at=opened_at + timedelta(days=late_days))


def test_how_late_cases_were_taken_in_is_counted_by_week(world: World) -> None:
    """At NOW, a Tuesday at ten, the judged week is over for a day and ten hours: within that is delay 0."""
    taken(world, opened_weeks=0, late_days=0)
    taken(world, opened_weeks=1, late_days=0)
    taken(world, opened_weeks=1, late_days=5.9)  # a Tuesday morning after its week: as soon as now
    taken(world, opened_weeks=1, late_days=6.2)  # later than that, within a week
    taken(world, opened_weeks=3, late_days=14)
    taken(world, opened_weeks=DELAY_WEEKS, late_days=0)  # longer ago than is looked back to
    county = get_gazetteer().place_by_code(COUNTY)
    given = {
        "path": county.path, "path_end": county.path + "0", "first_date": WEEK - timedelta(days=7 * (DELAY_WEEKS - 1)),
        "week_date": WEEK, "at": NOW, "zone": "Asia/Shanghai",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.situation", "delays"), given)
        rows = sorted(row[1:] for row in cursor.fetchall())
    assert rows == [(0, 0, 1), (1, 0, 2), (1, 1, 1), (3, 2, 1)]


def test_days_with_marks_are_counted_once_a_mark(world: World) -> None:
    fill_day(day=WEEK, opened=5)
    fill_day(day=WEEK + timedelta(days=1), opened=2)
    marked = [(WEEK, "WORK"), (WEEK, "HOLIDAY~"), (WEEK + timedelta(days=1), "WORK")]
    rows = count_marked_days(place_code=COUNTY, marked=marked)
    assert sorted(rows) == sorted([(matter_id(), "WORK", 7), (matter_id(), "HOLIDAY~", 5)])
    assert count_marked_days(place_code=COUNTY, marked=[]) == []


def test_the_weeks_of_a_jurisdiction_are_worth_their_days(world: World) -> None:
    first = WEEK - timedelta(days=7 * 39)
    for day in range(7 * 39):
        when = first + timedelta(days=day)
        fill_day(day=when, opened=20 if when.weekday() < 5 else 10)
    gazetteer = get_gazetteer()
    root = gazetteer.place_by_code(COUNTY)
    exposure = read_exposure(
        root=root, jurisdiction=gazetteer.jurisdictions[JURISDICTION], matters={matter_id()}, begun=first,
        first=first, week=WEEK, at=NOW,
    )  # fmt: skip
    worth, known = exposure.of(matter_id(), 40)
    assert len(worth) == 40
    assert worth[-1] == pytest.approx(1, abs=0.01)
    assert set(known.tolist()) == {1.0}

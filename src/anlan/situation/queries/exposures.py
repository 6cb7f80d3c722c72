"""What weeks are worth, and how much of the newest is known: read from daily figures and from when cases were taken in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from anlan.kernel import sql
from anlan.kernel.calendars import kind_of_day
from anlan.places.rules import JurisdictionInfo, PlaceInfo
from anlan.rollup.queries import count_marked_days
from anlan.situation.rules.exposures import DELAY_WEEKS, Exposure, expose, mark_days
from anlan.situation.rules.watching import WEEK


def read_exposure(
    *, root: PlaceInfo, jurisdiction: JurisdictionInfo, matters: Collection[int], begun: date, first: date, week: date, at: datetime
) -> Exposure:  # fmt: skip
    """Read what the weeks of a jurisdiction are worth, by matter: two statements.

    matters: those that are judged. begun: the first day with figures. first, week: Mondays of the first week and of the judged one.
    """
    days = [first + timedelta(days=day) for day in range((week - first).days + 7)]
    kinds = {day: kind_of_day(jurisdiction.calendar, day) for day in days}
    marked = mark_days({day: kind for day, kind in kinds.items() if begun <= day < week})
    cases: dict[int, dict[str, int]] = {}
    for matter, mark, count in count_marked_days(place_code=root.code, marked=marked):
        cases.setdefault(matter, {})[mark] = count
    given: dict[str, Any] = {
        "path": root.path, "path_end": root.path + "0", "first_date": week - WEEK * (DELAY_WEEKS - 1), "week_date": week, "at": at,
        "zone": jurisdiction.time_zone,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.situation", "delays"), given)
        late = list(cursor.fetchall())
    return expose(
        kinds, cases, late, matters=matters, begun=begun, first=first, weeks=len(days) // 7
    )  # fmt: skip

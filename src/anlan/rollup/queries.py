"""Reads of the room: figures of a month, and the recount that they must equal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from anlan.kernel import sql
from anlan.places.queries import get_gazetteer
from anlan.rollup import rules
from anlan.rollup.models import Delta, Monthly


def _run(name: str, place_code: str, first_date: date, until_date: date) -> list[tuple[Any, ...]]:
    path = get_gazetteer().place_by_code(place_code).path
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.rollup", name),
            {
                "path": path,
                "path_end": path + "0",
                "first_date": first_date,
                "until_date": until_date,
            },
        )
        return list(cursor.fetchall())


def list_month(*, place_code: str, month: str) -> list[rules.Row]:
    """List the figures of a month (local dates) for a place and all below, by place and matter.

    Raises PlaceUnknown, MonthMalformed.
    """
    first_date, until_date = rules.read_month(month)
    rows = _run("month", place_code, first_date, until_date)
    return [rules.Row(row[0], row[1], *map(int, row[2:])) for row in rows]


def recount_month(*, place_code: str, month: str) -> list[tuple[str, str, int, int, int, int, int]]:
    """Count a month afresh: place, matter, opened, closed, reopened, satisfied, unsatisfied."""
    first_date, until_date = rules.read_month(month)
    rows = _run("recount", place_code, first_date, until_date)
    return [(row[0], row[1], *map(int, row[2:])) for row in rows]


def list_months() -> list[str]:
    """List the months that have figures, folded or not, the oldest first."""
    folded = Monthly.objects.values_list("month_date", flat=True).distinct()
    fresh = Delta.objects.values_list("date", flat=True).distinct()
    return sorted({f"{day.year:04}-{day.month:02}" for day in (*folded, *fresh)})


def count_weeks(
    *, place_code: str, levels: Sequence[str], first_date: date, until_date: date
) -> list[tuple[int, int, date, int]]:
    """Count the cases opened a week: place, matter, Monday, count; weeks without any are left out.

    levels: the places counted, each with all below it. Both dates are Mondays, `until_date` exclusive. Raises PlaceUnknown.
    """
    path = get_gazetteer().place_by_code(place_code).path
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.rollup", "weeks"),
            {
                "path": path, "path_end": path + "0", "levels": list(levels),
                "first_date": first_date, "until_date": until_date,
            },
        )  # fmt: skip
        return list(cursor.fetchall())


def get_lag() -> tuple[int, datetime | None]:
    """Count the changes not yet folded into daily figures, and tell when the oldest was written (UTC)."""
    oldest = Delta.objects.order_by("id").values_list("written_at", flat=True).first()
    return Delta.objects.count(), oldest

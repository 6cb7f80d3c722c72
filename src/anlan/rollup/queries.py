"""Reads of the room: figures of a month, and the recount that they must equal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from anlan.kernel import sql
from anlan.places.queries import get_gazetteer
from anlan.rollup import rules
from anlan.rollup.models import Delta, Monthly


def _run(
    name: str, place_code: str, first_date: date, until_date: date, **more: Any
) -> list[tuple[Any, ...]]:
    path = get_gazetteer().place_by_code(place_code).path
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.rollup", name),
            {
                "path": path,
                "path_end": path + "0",
                "first_date": first_date,
                "until_date": until_date,
                **more,
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


@dataclass(frozen=True, slots=True)
class MonthSums:
    """A month of a place: by the places right below (what stands at the place itself under its own code), and by matter.

    In the rows of one, the code of the other is empty.
    """

    places: list[rules.Row]
    matters: list[rules.Row]


def sum_months(*, place_code: str, months: Sequence[str]) -> dict[str, MonthSums]:
    """Sum the figures of some months of a place with all below it, in one statement. Raises PlaceUnknown, MonthMalformed.

    Both lists of a month add up to the rows of `list_month`.
    """
    spans = [rules.read_month(month) for month in months]
    path = get_gazetteer().place_by_code(place_code).path
    given: dict[str, Any] = {
        "path": path, "path_end": path + "0", "is_kept": _labels_above_areas(place_code) > 0,
        "firsts": [first for first, _ in spans], "untils": [until for _, until in spans],
    }  # fmt: skip
    found = {month: MonthSums([], []) for month in months}
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.rollup", "month_sums"), given)
        for month_date, place, matter, *sums in cursor.fetchall():
            month = found[f"{month_date:%Y-%m}"]
            into = month.places if matter is None else month.matters
            into.append(rules.Row(place or "", matter or "", *map(int, sums)))
    return found


def count_weeks_of(*, place_code: str, first_date: date, until_date: date) -> dict[date, int]:
    """Count the cases opened a week at a place with all below it: Monday → count; both dates are Mondays."""
    is_kept = _labels_above_areas(place_code) >= 0
    return dict(_run("weeks_of", place_code, first_date, until_date, is_kept=is_kept))


def _labels_above_areas(place_code: str) -> int:
    """How many levels a place lies above those that the roll-up keeps: docs/algorithms/rollup.md."""
    gazetteer = get_gazetteer()
    place = gazetteer.place_by_code(place_code)
    kept_labels = max(len(gazetteer.jurisdiction(place.id).levels) - rules.LEVELS_BELOW, 1)
    return kept_labels - (place.path.count(".") + 1)


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


def list_places_of_month(*, month: str) -> set[int]:
    """List the ids of places that have figures in a month: the lowest ones with reports, and those of changes not yet folded.

    Raises MonthMalformed.
    """
    first_date, until_date = rules.read_month(month)
    kept = Monthly.objects.filter(month_date=first_date).values_list("area_id", flat=True)
    fresh = Delta.objects.filter(date__gte=first_date, date__lt=until_date)
    return {*kept.distinct(), *fresh.values_list("place_id", flat=True).distinct()}


@dataclass(frozen=True, slots=True)
class Weeks:
    """Cases opened a week. series: those with enough cases lately; quiet_count: how many others there are; begun: the first week with a case, None without any."""

    series: list[rules.Series]
    quiet_count: int
    begun: date | None


def count_weeks(
    *, place_code: str, levels: Sequence[str], matters: Collection[int], first_date: date, until_date: date, lately: int = 0, least: int = 0
) -> Weeks:  # fmt: skip
    """Count the cases opened a week, by place of some levels (each with all below it) and matter, in one statement.

    Both dates are Mondays, `until_date` exclusive. lately, least: a series with fewer than `least` cases in so many newest weeks is quiet. Raises
    PlaceUnknown.
    """
    given = {"levels": list(levels), "matters": list(matters), "lately": lately, "least": least}
    rows = _run("weeks", place_code, first_date, until_date, **given)
    begun = min((row[2] for row in rows), default=None)
    series = [
        rules.Series(place, matter, weeks, opened) for place, matter, _, weeks, opened in rows if weeks is not None
    ]  # fmt: skip
    return Weeks(
        series, len(rows) - len(series), None if begun is None else first_date + timedelta(days=7 * begun)
    )  # fmt: skip


def count_marked_days(
    *, place_code: str, marked: Sequence[tuple[date, str]]
) -> list[tuple[int, str, int]]:
    """Count the cases opened on marked days at a place with all below it: matter, mark, count. Raises PlaceUnknown."""
    path = get_gazetteer().place_by_code(place_code).path
    given: dict[str, Any] = {
        "path": path, "path_end": path + "0", "days": [day for day, _ in marked], "marks": [mark for _, mark in marked],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.rollup", "marked_days"), given)
        return list(cursor.fetchall())


def get_lag() -> tuple[int, datetime | None]:
    """Count the changes not yet folded into daily figures, and tell when the oldest was written (UTC)."""
    oldest = Delta.objects.order_by("id").values_list("written_at", flat=True).first()
    return Delta.objects.count(), oldest

"""Reads of what changed lately, for those who keep open desks truthful."""

from __future__ import annotations

from datetime import datetime

from anlan.cases.models import Step
from anlan.cases.rules import Change
from anlan.places.queries import get_gazetteer

CHANGES_LIMIT = 5_000
NEWEST = 500


def find_change_before(at: datetime) -> int:
    """Give the number of the newest step made before an instant (UTC), not looking further back than NEWEST."""
    newest = list(Step.objects.order_by("-id").values_list("id", "at")[:NEWEST])
    oldest = newest[-1][0] - 1 if newest else 0
    return next((number for number, made_at in newest if made_at < at), oldest)


def list_changes(after: int) -> list[Change]:
    """List the steps after a number with where their cases lie now and lay before, in order, at most CHANGES_LIMIT.

    A number may come after a later one: it is given before its transaction ends.
    """
    steps = Step.objects.filter(id__gt=after).order_by("id")
    rows = steps.values_list(
        "id", "case_id", "case__place_path", "case__departments", "data__from_place", "data__from_unit"
    )  # fmt: skip
    return [
        Change(number, case_id, str(path), tuple(departments), *_left(str(path), place, unit))
        for number, case_id, path, departments, place, unit in rows[:CHANGES_LIMIT]
    ]


def _left(path: str, place_code: str | None, unit_id: int | None) -> tuple[str, tuple[str, ...]]:
    """Where a case lay before a step, and the department that had it, of a step that took it away."""
    gazetteer = get_gazetteer()
    place = gazetteer.find_place_by_code(place_code) if place_code else None
    unit = gazetteer.unit(unit_id) if unit_id else None
    if place is None and unit is None:
        return "", ()
    return place.path if place else path, (unit.department,) if unit else ()

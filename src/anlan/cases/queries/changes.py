"""Reads of what changed lately, for those who keep open desks truthful."""

from __future__ import annotations

from datetime import datetime

from anlan.cases.models import Step
from anlan.cases.rules import Change

CHANGES_LIMIT = 5_000
NEWEST = 500


def find_change_before(at: datetime) -> int:
    """Give the number of the newest step made before an instant (UTC), not looking further back than NEWEST."""
    newest = list(Step.objects.order_by("-id").values_list("id", "at")[:NEWEST])
    oldest = newest[-1][0] - 1 if newest else 0
    return next((number for number, made_at in newest if made_at < at), oldest)


def list_changes(after: int) -> list[Change]:
    """List the steps after a number with where their cases lie now, in order, at most CHANGES_LIMIT.

    A number may come after a later one: it is given before its transaction ends.
    """
    steps = Step.objects.filter(id__gt=after).order_by("id")
    rows = steps.values_list("id", "case_id", "case__place_path", "case__departments")
    return [
        Change(number, case_id, str(path), tuple(departments))
        for number, case_id, path, departments in rows[:CHANGES_LIMIT]
    ]

"""The clocks of a case that run, each as a line: how much is left, of how much."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from anlan.cases import rules as case_rules
from anlan.places.queries import get_gazetteer
from anlan.web.staff import words
from anlan.web.staff.cases import show_ms

if TYPE_CHECKING:
    from anlan.cases.models import Case


def show_clocks(case: Case, *, at: datetime) -> list[dict[str, Any]]:
    """Show the clocks that run: first response until acceptance, solution, and update."""
    if case.due_at is None or case.amber_at is None:
        return []
    zone = get_gazetteer().time_zone(case.place_id)
    runs = [(case_rules.Clock.SOLUTION, case.close_amber_at, case.close_due_at)]
    if case.due_at == case.response_due_at:
        runs.insert(0, (case_rules.Clock.RESPONSE, case.amber_at, case.due_at))
    if case.update_due_at is not None:
        # It has no amber of its own: it starts anew with every word to the reporter.
        runs.append((case_rules.Clock.UPDATE, case.update_due_at, case.update_due_at))

    def show_left(due_at: datetime) -> str:
        if case.paused_at is None or due_at <= case.paused_at:
            return words.show_remaining(due_at, case.paused_at or at)
        return gettext("paused")

    return [
        {
            "name": words.from_pair(case_rules.CLOCK_LABELS[clock]),
            "light": case_rules.light(due_at, amber_at, at, paused_at=case.paused_at).value,
            "remaining": show_left(due_at),
            "due_ms": show_ms(due_at) if case.paused_at is None else None,
            "amber": words.show_instant(amber_at, zone=zone, at=at) if amber_at < due_at else "",
            "red": words.show_instant(due_at, zone=zone, at=at),
            "used_percent": _used_percent(case.opened_at, due_at, at),
        }
        for clock, amber_at, due_at in runs
    ]


def _used_percent(start_at: datetime, due_at: datetime, at: datetime) -> int:
    whole = max(1.0, (due_at - start_at).total_seconds())
    return round(100 * min(1.0, max(0.0, (at - start_at).total_seconds() / whole)))

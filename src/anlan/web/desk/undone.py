"""What was not done behind a red figure, in words: on the report's line, and on the figure's own page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from anlan.cases.queries import get_catalogue
from anlan.indicators.rules import months
from anlan.places.queries import get_gazetteer
from anlan.reports.printing import words as report_words
from anlan.reports.queries import Counted, Undone
from anlan.situation.rules.findings import finding_procedure
from anlan.web.staff import words
from anlan.web.staff.cases import show_card


def tell_undone(counted: Counted) -> str:
    """Say in a few words what was not done; that nothing was is said, too."""
    if counted.is_nothing:
        return gettext("nothing overdue")
    parts = []
    if counted.late:
        parts.append(
            ngettext("%(count)s overdue", "%(count)s overdue", counted.late)
            % {"count": counted.late}
        )
    if counted.findings:
        parts.append(
            ngettext("%(count)s unusual", "%(count)s unusual", counted.findings) % {"count": counted.findings}
        )  # fmt: skip
    if counted.returns:
        parts.append(
            ngettext("%(count)s to be confirmed", "%(count)s to be confirmed", counted.returns)
            % {"count": counted.returns}
        )
    return " · ".join(parts)


def show_undone(undone: Undone, at: datetime) -> dict[str, Any]:
    """Show what was not done."""
    return {
        "is_nothing": undone.is_nothing,
        "late_words": ngettext(
            "%(count)s case is past its term", "%(count)s cases are past their term", undone.late_count
        ) % {"count": undone.late_count} if undone.late_units else "",
        "units": [(words.name(unit), count) for unit, count in undone.late_units],
        "cards": [show_card(case, at=at) for case in undone.late],
        "findings": [_show_finding(one, at) for one in undone.findings],
        "returns": [
            {
                "about": f"{_owner(one.place_id, one.department)}, {report_words.show_month(months.name_of(one.month_date))}",
                "reason": one.reason, "remaining": words.show_remaining(one.due_at, at),
            }
            for one in undone.returns
        ],
        "owed": [
            {
                "department": f"{_owner(one.place.id, one.department)}, {report_words.show_month(one.month)}",
                "remaining": words.show_remaining(one.due_at, at),
            }
            for one in undone.owed
        ],
    }  # fmt: skip


def _owner(place_id: int, department: str) -> str:
    """Name the unit that returns a department's figures; without a department the place itself returns them."""
    gazetteer = get_gazetteer()
    unit = gazetteer.nearest_unit(place_id, department) if department else None
    return words.name(unit or gazetteer.place(place_id))


def _show_finding(finding: Any, at: datetime) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    matter = get_catalogue().matters.get(finding.matter_id)
    unit = gazetteer.unit(finding.unit_id) if finding.unit_id else None
    about = gettext("%(place)s, %(matter)s: %(observed)s where %(expected)s are usual (week of %(week)s)") % {
        "place": words.name(gazetteer.place(finding.place_id)), "matter": words.name(matter) if matter else "",
        "observed": finding.observed, "expected": f"{finding.expected:.1f}", "week": words.show_day(finding.week_date),
    }  # fmt: skip
    return {
        "id": finding.id, "about": about, "unit": words.name(unit) if unit else "",
        "state": words.label(finding_procedure(finding.procedure_version).states[finding.state]),
        "remaining": words.show_remaining(finding.due_at, at),
    }  # fmt: skip

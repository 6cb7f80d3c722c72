"""What stands beside something that is signed once a month: versions, moves, readers, receipts. For the two reports and the paper alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.reports import queries
from anlan.reports.printing.seals import tell_change
from anlan.reports.rules.signing import report_procedure
from anlan.web.middleware import StaffRequest
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.reports.models import Report


def show_standing(
    request: StaffRequest, report: Report | None, versions: Sequence[Report], place: PlaceInfo, at: datetime
) -> dict[str, Any]:  # fmt: skip
    """Give what `_standing.html` and `_versions.html` show of a version, or of figures as they are."""
    actor, zone = request.actor, get_gazetteer().time_zone(place.id)
    readers = queries.list_readers(report=report) if report is not None else []
    return {
        "report": report, "moves": _moves(request, report),
        "own_receipt": next((one for one in readers if one.person_id == actor.id), None),
        "readers": [
            (one.name, words.show_instant(one.read_at, zone=zone, at=at) if one.read_at else None) for one in readers
        ],
        "versions": [
            (one.version, words.label(report_procedure(one.procedure_version).states[one.state])) for one in versions
        ],
        "may_draft": _may_draft(request, place.path, report), "is_signed": report is not None and report.state == "SIGNED",
        "due": words.show_remaining(report.due_at, at) if report else "",
        "note": report.note if report and report.state == "DRAFT" else "",
    }  # fmt: skip


def list_drift(report: Report | None, at: datetime) -> list[str]:
    """Say what late figures changed since a version was made."""
    if report is None or report.state not in ("DRAFT", "SIGNED"):
        return []
    content = queries.read_kept(report)
    return [tell_change(change, content) for change in queries.find_drift(report=report, at=at)]


def version_of(request: StaffRequest) -> int | None:
    """Read the version asked for; None for what stands."""
    typed = request.GET.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else None


def _moves(request: StaffRequest, report: Report | None) -> list[dict[str, Any]]:
    if report is None:
        return []
    procedure = report_procedure(report.procedure_version)
    return [
        {"code": code, "label": words.label(procedure.moves[code]), "needs_note": "note" in procedure.moves[code].needs}
        for code in queries.list_moves(actor=request.actor, report=report)
    ]  # fmt: skip


def _may_draft(request: StaffRequest, path: str, report: Report | None) -> bool:
    drafters = report_procedure().moves["submit"].roles
    has_seat = bool(request.actor.reader_roles_over(path, drafters))
    return has_seat and (report is None or report.state in ("DRAFT", "SIGNED"))

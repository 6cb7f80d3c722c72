"""Signing: handed in by one person, signed by another, frozen with the ledger's root."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.indicators.rules import months
from anlan.kernel import events, permits
from anlan.kernel.actor import Actor
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.ledger.queries import get_root, get_size
from anlan.reports import queries
from anlan.reports.models import Report
from anlan.reports.rules import signing as rules


@permits.scope
@transaction.atomic
def move_report(
    *, actor: Actor, report_id: UUID, move: str, note: str = "", at: datetime
) -> Report:
    """Hand a draft in, sign it, send it back, discard it, or say that it was signed on paper.

    Signing freezes the content: its digest goes into the ledger, and the ledger's root into the report; a version signed before is replaced.
    Raises ReportUnknown, ReportChanged, MoveNotYours, OwnSubmission, MoveIncomplete.
    """
    report = queries.access_report(actor=actor, report_id=report_id, lock=True)
    procedure = rules.report_procedure(report.procedure_version)
    if move not in procedure.moves or report.state not in procedure.moves[move].sources:
        raise rules.ReportChanged()
    note = " ".join(note.split())[: rules.REASON_CHARACTERS[1]]
    roles = queries.roles_over(actor=actor, report=report)
    made = procedure.check(report.state, move, roles=roles, given=["note"] if note else [])
    before, report.state = report.state, made.to or report.state
    report.note = note
    if move == "submit":
        report.submitted_by, report.submitted_at = actor.id, at
    elif move == "sign":
        if actor.id == report.submitted_by:
            raise rules.OwnSubmission()
        _freeze(report, actor, at)
    if report.state not in rules.OPEN_STATES:
        report.due_at = None
    report.save()
    ledger.write(
        actor=actor, what=f"report.{move}", about_kind="report", about_id=report.id, at=at,
        data={
            "kind": report.kind, "from": before, "to": report.state, "version": report.version, "digest": report.digest,
            "month": months.name_of(report.month_date), "note": digest({"note": note}),
        },
    )  # fmt: skip
    if move == "sign":
        events.emit(rules.ReportSigned(str(report.id)))
    return report


def _freeze(report: Report, actor: Actor, at: datetime) -> None:
    replaced = Report.objects.select_for_update().filter(
        kind=report.kind, place_id=report.place_id, month_date=report.month_date, state="SIGNED"
    )
    for one in replaced:
        one.state = "REPLACED"
        one.save(update_fields=["state"])
        ledger.write(
            actor=actor, what="report.replace", about_kind="report", about_id=one.id, at=at,
            data={"from": "SIGNED", "to": "REPLACED", "version": one.version, "by": report.version},
        )  # fmt: skip
    if digest(report.content) != report.digest:
        raise rules.ReportChanged()
    report.signed_by, report.signed_at = actor.id, at
    report.ledger_size = get_size()
    report.ledger_root = get_root(size=report.ledger_size).hex()

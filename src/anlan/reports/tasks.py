"""Background entry points of the room."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from anlan.kernel import clock, scope
from anlan.reports import actions
from anlan.reports.rules.signing import Kind


@app.task(name="reports.send_report")
@scope.under(scope.EVERYTHING)
def send_report(report_id: str) -> None:
    """Send a signed report to its readers."""
    actions.send_report(report_id=UUID(report_id), at=clock.now())


@app.task(name="reports.tell_duty")
@scope.under(scope.EVERYTHING)
def tell_duty(about: str, about_id: str) -> None:
    """Tell a unit's people what it is to do."""
    actions.tell_duty(about=about, about_id=UUID(about_id), at=clock.now())


@app.task(name="reports.tell_cards")
@scope.under(scope.EVERYTHING)
def tell_cards(card_ids: list[str]) -> None:
    """Tell assessed places that their cards stand."""
    actions.tell_cards(card_ids=[UUID(one) for one in card_ids], at=clock.now())


@app.task(name="reports.tell_objection")
@scope.under(scope.EVERYTHING)
def tell_objection(objection_id: str) -> None:
    """Tell those above of an objection, or the assessed place of the answer."""
    actions.tell_objection(objection_id=UUID(objection_id), at=clock.now())


@app.task(name="reports.remind_late")
@scope.under(scope.EVERYTHING)
def remind_late(place_id: int, department: str, month: str, missing: int, day: str) -> None:
    """Remind a department of the figures it owes."""
    actions.remind_late(
        place_id=place_id, department=department, month=month, missing=missing, day=day, at=clock.now()
    )  # fmt: skip


# After the night's count (21:10 UTC), so that the newest figures are in.
@app.periodic(cron="40 22 * * *")
@app.task(name="reports.draft_due", queueing_lock="reports.draft_due")
@scope.under(scope.EVERYTHING)
def draft_due(timestamp: int) -> None:
    """Draft the newest month: papers first, reports once its last return is due."""
    actions.draft_due(at=clock.now())


@app.task(name="reports.tell_drafted")
@scope.under(scope.EVERYTHING)
def tell_drafted(place_code: str, month: str, kind: str = Kind.TWO) -> None:
    """Tell those who sign which drafts wait."""
    actions.tell_drafted(place_code=place_code, month=month, kind=Kind(kind), at=clock.now())

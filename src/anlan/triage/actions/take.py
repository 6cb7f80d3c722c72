"""Taking one signal: the hot write of the whole product.

Everything is decided in memory, then one SQL statement writes the signal, the contact, the case, its
first step, the decision and the ledger entry; the outbox follows in the same transaction.
Why one statement: docs/decisions/0004-one-statement-for-the-hot-write.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from anlan.cases.queries import get_case_of_signal
from anlan.cases.rules import CaseOpened
from anlan.intake.models import Signal
from anlan.intake.rules import IdempotencyKeyReused, Report
from anlan.kernel import codes, events
from anlan.kernel.actor import Actor
from anlan.triage import queries
from anlan.triage.actions.opening import parameters, prepare


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report. `is_new` False: the same key and body came before."""

    case_id: UUID
    code: str
    is_new: bool

    @property
    def tracking_code(self) -> str:
        """The code that the reporter keeps."""
        return codes.tracking_code(self.code)


@transaction.atomic
def take_signal(
    *,
    actor: Actor,
    report: Report,
    at: datetime,
    photos: tuple[UUID, ...] = (),
    fallback_place_id: int | None = None,
) -> Taken:
    """Take a signal and open its case, classified, routed and with its clocks running.

    photos: documents kept before in the same transaction. fallback_place_id: where a report
    whose place cannot be found goes, to be looked at by a person; without it such a report raises.
    Raises the errors of `opening.prepare`, and IdempotencyKeyReused.
    """
    opening = prepare(report, at=at, fallback_place_id=fallback_place_id)
    with connection.cursor() as cursor:
        cursor.execute(queries.TAKE_SIGNAL, parameters(opening, actor=actor, at=at, photos=photos))
        if cursor.fetchone() is None:
            return _taken_before(report)
    events.emit(CaseOpened(case_id=str(opening.case_id), channel=report.channel))
    return Taken(opening.case_id, opening.code, is_new=True)


def _taken_before(report: Report) -> Taken:
    signal = Signal.objects.get(sender=report.sender, idempotency_key=report.idempotency_key)
    if signal.body_digest != report.body_digest():
        raise IdempotencyKeyReused(key=report.idempotency_key)
    case = get_case_of_signal(signal_id=signal.id)
    return Taken(case.id, signal.code, is_new=False)

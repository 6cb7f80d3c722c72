"""Taking one signal: the hot write of the whole product.

Everything is decided in memory, then one SQL statement writes the signal, the contact, the case, its
first step, the decision, the ledger entry and the outbox. Being one statement it is a transaction of
its own, or part of the caller's.
Why one statement: docs/decisions/0004-one-statement-for-the-hot-write.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from pydantic_core import to_json

from anlan.cases.queries import get_case_of_signal
from anlan.intake.models import Signal
from anlan.intake.rules import IdempotencyKeyReused, Report
from anlan.kernel import codes, counting, permits, scope
from anlan.kernel.actor import Actor
from anlan.triage import queries
from anlan.triage.actions.opening import parameters, prepare


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report. `is_new` False: the same key and body came before.

    `due_at`: the clock that runs now, acceptance first; None when none runs (UTC).
    """

    case_id: UUID
    code: str
    is_new: bool
    state: str
    matter_id: int
    place_id: int
    unit_id: int
    needs_person: bool
    due_at: datetime | None
    close_due_at: datetime

    @property
    def tracking_code(self) -> str:
        """The code that the reporter keeps."""
        return codes.tracking_code(self.code)


@permits.anybody
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
    values = parameters(opening, actor=actor, at=at, photos=photos)
    given = to_json(values).decode()
    # The owner's function writes the rows: it needs no scope, and telling one would cost a round trip.
    with scope.acting(None), connection.cursor() as cursor:
        cursor.execute(queries.TAKE_SIGNAL, [given])
        (is_new,) = cursor.fetchone()
    if not is_new:
        return _taken_before(report)
    counting.count("signals_taken", 1, report.channel)
    scope.open_code(opening.code)
    return Taken(
        case_id=opening.case_id,
        code=opening.code,
        is_new=True,
        state=values["state"],
        matter_id=opening.choice.matter.id,
        place_id=opening.spot.place.id,
        unit_id=opening.route.unit.id,
        needs_person=opening.needs_person,
        due_at=values["due_at"],
        close_due_at=values["close_due_at"],
    )


def _taken_before(report: Report) -> Taken:
    with scope.acting(scope.Scope(sender=report.sender)):
        signal = Signal.objects.get(sender=report.sender, idempotency_key=report.idempotency_key)
    if signal.body_digest != report.body_digest():
        raise IdempotencyKeyReused(key=report.idempotency_key)
    scope.open_code(signal.code)
    case = get_case_of_signal(signal_id=signal.id)
    return Taken(
        case_id=case.id, code=signal.code, is_new=False, state=case.state,
        matter_id=case.matter_id, place_id=case.place_id, unit_id=case.unit_id,
        needs_person=case.needs_person, due_at=case.due_at, close_due_at=case.close_due_at,
    )  # fmt: skip

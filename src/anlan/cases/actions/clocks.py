"""The sweep: each clock that turns amber or red is told of once; pauses that are over end.

A sweep tells of all instants between the last one and now, so that no row need be marked and no clock
is told of twice, however many sweeps run and however long none ran. What a move sets to an instant that
lies behind already is told of by the move itself. Algorithm page: docs/algorithms/due-times.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from anlan.cases import queries, rules
from anlan.cases.models import Case, Sweep
from anlan.cases.queries import Turned
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM
from anlan.ledger import actions as ledger

TOLD_AT_ONCE = 200
"""Clocks that one job tells of."""


@permits.inside
@transaction.atomic
def tell_turned_clocks(*, at: datetime) -> int:
    """Tell of every clock that has turned since the last sweep, up to `at` (UTC); give how many.

    Sweeps wait for each other; one whose `at` lies before the last sweep's tells nothing.
    """
    sweep, _ = Sweep.objects.select_for_update().get_or_create(pk=1)
    if sweep.swept_until is not None and at <= sweep.swept_until:
        return 0
    turned = queries.list_turned(from_at=sweep.swept_until, until_at=at)
    _tell(turned, at)
    sweep.swept_until = at
    sweep.save(update_fields=["swept_until"])
    return len(turned)


@permits.inside
def tell_if_turned(*, case: Case, at: datetime) -> None:
    """Tell of a clock that a move has just set to a colour that it shows already.

    In the move's transaction, under the case's lock.
    """
    light = rules.light(case.due_at, case.amber_at, at, paused_at=case.paused_at)
    if case.due_at is None or light not in (rules.Light.AMBER, rules.Light.RED):
        return
    is_response = case.due_at == case.response_due_at
    clock = rules.Clock.RESPONSE if is_response else rules.Clock.SOLUTION
    _tell([Turned(case.id, case.desk_id, clock, light, case.due_at)], at)


def _tell(turned: Sequence[Turned], at: datetime) -> None:
    ledger.write_many(
        actor=SYSTEM, what="case.clock_turned", about_kind="case", at=at,
        entries=[(t.case_id, {"clock": t.clock, "light": t.light}) for t in turned],
    )  # fmt: skip
    told = [(str(t.case_id), t.clock.value, t.light.value, t.due_at.isoformat()) for t in turned]
    events.emit(
        *(
            rules.CasesTurned(turned=tuple(told[begin : begin + TOLD_AT_ONCE]))
            for begin in range(0, len(told), TOLD_AT_ONCE)
        )
    )

"""The sweep: cases whose clock has turned amber or red are told of, once each."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from anlan.cases import queries, rules
from anlan.cases.models import Case
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM
from anlan.ledger import actions as ledger

BATCH = 500


@permits.inside
@transaction.atomic
def tell_turned_clocks(*, at: datetime) -> int:
    """Mark and tell of up to 500 cases whose clock has turned by `at`; give how many.

    Rows another sweep holds are skipped, so that sweeps may run side by side.
    """
    turned = queries.list_due_cases(at=at, limit=BATCH)
    for case in turned:
        case.told_light = rules.light(case.due_at, case.amber_at, at)
        ledger.write(
            actor=SYSTEM, what="case.clock_turned", about_kind="case", about_id=case.id,
            data={"light": case.told_light}, at=at,
        )  # fmt: skip
    Case.objects.bulk_update(turned, ["told_light"])
    events.emit(
        *(
            rules.CaseTurned(
                case_id=str(c.id),
                light=c.told_light,
                due_at=c.due_at.isoformat() if c.due_at else "",
            )
            for c in turned
        )
    )
    return len(turned)

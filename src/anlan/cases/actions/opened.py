"""From the outbox of the hot write to an event: which cases have been opened."""

from __future__ import annotations

from django.db import connection, transaction

from anlan.cases import rules
from anlan.kernel import events, permits, sql

ANNOUNCED_AT_ONCE = 200


@permits.inside
@transaction.atomic
def announce_opened() -> int:
    """Tell of up to 200 cases that have been opened, the oldest first; give how many.

    Exactly once: the rows go and the jobs come in one transaction. Several may announce at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.cases", "take_untold"), {"row_limit": ANNOUNCED_AT_ONCE})
        ids = sorted(str(case_id) for (case_id,) in cursor.fetchall())
    if ids:
        events.emit(rules.CasesOpened(case_ids=tuple(ids)))
    return len(ids)

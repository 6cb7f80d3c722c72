"""Writes of the room: folding deltas into daily figures."""

from __future__ import annotations

from django.db import connection, transaction

from anlan.kernel import permits, sql

BATCH = 50_000


@permits.inside
@transaction.atomic
def fold_deltas(*, limit: int = BATCH) -> int:
    """Fold up to `limit` deltas into daily figures; give how many.

    Deleting and adding are one statement: a job killed in between leaves all as it was.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.rollup", "fold"), {"row_limit": limit})
        row = cursor.fetchone()
    return int(row[0]) if row else 0

"""Background entry points of the room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.kernel import scope
from anlan.rollup import actions


@app.periodic(cron="* * * * *")
@app.task(name="rollup.fold_deltas", queueing_lock="rollup.fold_deltas")
@scope.under(scope.NOTHING)
def fold_deltas(timestamp: int) -> None:
    """Fold every minute what has changed."""
    while actions.fold_deltas() == actions.BATCH:
        pass

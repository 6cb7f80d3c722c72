"""Background entry points of the room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.cases import actions
from anlan.cases.actions.clocks import BATCH
from anlan.kernel import clock


@app.periodic(cron="* * * * *")
@app.task(name="cases.tell_turned_clocks", queueing_lock="cases.tell_turned_clocks")
def tell_turned_clocks(timestamp: int) -> None:
    """Sweep the clocks every minute until nothing that has turned is left."""
    while actions.tell_turned_clocks(at=clock.now()) == BATCH:
        pass

"""Background entry points of the room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.kernel import clock, scope
from anlan.situation import actions


@app.periodic(cron="40 21 * * *")
@app.task(name="situation.review_week", queueing_lock="situation.review_week")
@scope.under(scope.EVERYTHING)
def review_week(timestamp: int) -> None:
    """Judge the newest week that is over: on Monday morning first, then daily for what comes late."""
    actions.review_week(at=clock.now())

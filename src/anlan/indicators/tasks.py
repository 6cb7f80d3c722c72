"""Background entry points of the room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.indicators import actions
from anlan.kernel import clock, scope


@app.periodic(cron="10 21 * * *")
@app.task(name="indicators.count_months", queueing_lock="indicators.count_months")
@scope.under(scope.NOTHING)
def count_months(timestamp: int) -> None:
    """Count every night what late figures have changed."""
    actions.count_months(at=clock.now())


@app.periodic(cron="0 1 * * *")
@app.task(name="indicators.notice_late", queueing_lock="indicators.notice_late")
@scope.under(scope.EVERYTHING)
def notice_late(timestamp: int) -> None:
    """Tell in the morning who owes figures."""
    actions.notice_late(at=clock.now())

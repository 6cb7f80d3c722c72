"""Background entry points of the room."""

from __future__ import annotations

from procrastinate.contrib.django import app

from anlan.kernel import clock, scope
from anlan.kernel.actor import SYSTEM
from anlan.privacy import actions, queries


@app.periodic(cron="*/10 * * * *")
@app.task(name="privacy.reseal", queueing_lock="privacy.reseal")
@scope.under(scope.EVERYTHING)
def reseal(timestamp: int = 0, number: int = 0) -> None:
    """Seal anew what older keys sealed, and retire the keys that nothing needs any more.

    Started by a rotation (number: the new key) and by the clock, which goes on with what a killed
    worker left. Does nothing, not even a statement, while the ring has one key.
    """
    if queries.has_older_keys():
        actions.reseal_all()
        actions.retire_unused(actor=SYSTEM, at=clock.now())


@app.periodic(cron="7 3 * * *")
@app.task(name="privacy.keep_terms", queueing_lock="privacy.keep_terms")
@scope.under(scope.EVERYTHING)
def keep_terms(timestamp: int) -> None:
    """Erase every night what was asked for and what is over its term, and leave a proof."""
    actions.answer_requests(actor=SYSTEM, at=clock.now())
    actions.keep_terms(at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="privacy.end_due_access", queueing_lock="privacy.end_due_access")
@scope.under(scope.EVERYTHING)
def end_due_access(timestamp: int) -> None:
    """Note every minute which emergency accesses have run out; the seats have ended by themselves."""
    actions.end_due_access(at=clock.now())

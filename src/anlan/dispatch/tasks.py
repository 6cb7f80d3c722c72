"""Background entry points of the room."""

from __future__ import annotations

import logging
from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from anlan.dispatch import actions, queries
from anlan.kernel import clock, scope
from anlan.kernel.errors import AnlanError

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)
PLAN_RETRIES = 2
PLAN_AGAIN = RetryStrategy(max_attempts=PLAN_RETRIES, wait=1)
"""Somebody is waiting in front of the page."""

BATCH = 500
log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="dispatch.follow_up_due", queueing_lock="dispatch.follow_up_due")
@scope.under(scope.EVERYTHING)
def follow_up_due(timestamp: int) -> None:
    """Ask the next, every minute, where somebody has not signed in time. One transaction each.

    One that fails does not hold up the others: it stays due for the next minute.
    """
    for dispatch_id in queries.list_due_follow_ups(at=clock.now(), limit=BATCH):
        try:
            actions.follow_up(dispatch_id=dispatch_id, at=clock.now())
        except AnlanError:
            log.exception("the follow-up of dispatch %s failed", dispatch_id)


@app.task(name="dispatch.follow_up", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def follow_up(dispatch_id: str) -> None:
    """Ask the next at once where somebody has declined."""
    actions.follow_up(dispatch_id=UUID(dispatch_id), at=clock.now())


@app.task(name="dispatch.carry_over", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def carry_over(case_id: str, lead_id: str) -> None:
    """Let those who were sent to a merged case go on with its lead."""
    actions.carry_over(case_id=UUID(case_id), lead_id=UUID(lead_id), at=clock.now())


@app.task(name="dispatch.carry_back", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def carry_back(case_id: str, lead_id: str) -> None:
    """Let those who came along with a merged case go back with it."""
    actions.carry_back(case_id=UUID(case_id), lead_id=UUID(lead_id), at=clock.now())


@app.task(name="dispatch.tell_stood_down", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def tell_stood_down(dispatch_id: str) -> None:
    """Tell somebody who is not needed any more."""
    actions.tell_stood_down(dispatch_id=UUID(dispatch_id), at=clock.now())


@app.task(name="dispatch.tell_centre", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def tell_centre(handover_id: int) -> None:
    """Tell the county centre that nobody is left."""
    actions.tell_centre(handover_id=handover_id, at=clock.now())


@app.task(name="dispatch.tell_dispatched", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def tell_dispatched(dispatch_id: str) -> None:
    """Tell a responder of a dispatch."""
    actions.tell_dispatched(dispatch_id=UUID(dispatch_id), at=clock.now())


@app.task(name="dispatch.tell_desk_unsigned", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def tell_desk_unsigned(dispatch_id: str) -> None:
    """Tell the desk of a dispatch nobody has signed for."""
    actions.tell_desk_unsigned(dispatch_id=UUID(dispatch_id), at=clock.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="dispatch.forget_positions", queueing_lock="dispatch.forget_positions")
@scope.under(scope.EVERYTHING)
def forget_positions(timestamp: int) -> None:
    """Delete positions before they are a day old, and those whose duty has ended."""
    actions.forget_positions(at=clock.now())


@app.task(name="dispatch.solve_batch", retry=PLAN_AGAIN, pass_context=True)
@scope.under(scope.EVERYTHING)
def solve_batch(context: JobContext, batch_id: str) -> None:
    """Make the plan of a storm night; when the last try fails, say so where people wait for it."""
    try:
        actions.solve_batch(batch_id=UUID(batch_id), at=clock.now())
    except Exception:
        if context.job.attempts >= PLAN_RETRIES:
            actions.fail_batch(batch_id=UUID(batch_id), at=clock.now())
        raise


@app.task(name="dispatch.send_batch", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def send_batch(batch_id: str) -> None:
    """Send a confirmed batch; begun again, it goes on where it stopped."""
    actions.send_items(batch_id=UUID(batch_id), at=clock.now())

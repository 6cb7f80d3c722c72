"""Background entry points of the room."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from anlan.dispatch import actions
from anlan.kernel import clock, scope

AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


@app.periodic(cron="* * * * *")
@app.task(name="dispatch.tell_unsigned", queueing_lock="dispatch.tell_unsigned")
@scope.under(scope.EVERYTHING)
def tell_unsigned(timestamp: int) -> None:
    """Find every minute what nobody has signed for in time."""
    while actions.tell_unsigned(at=clock.now()) == actions.BATCH:
        pass


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

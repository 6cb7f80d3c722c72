"""Background work of the room: sends what is due.

Deferred with every batch of new notices, and every minute for whatever is left over: a notice
whose pause has passed, or whose worker died.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from anlan.kernel import scope
from anlan.kernel.clock import now
from anlan.notices import actions, adapters

AT_ONCE = 8
BATCHES = 50
AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


@app.periodic(cron="* * * * *", queueing_lock="notices.send_due")
@app.task(name="notices.send_due", queue="default", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def send_due(timestamp: int = 0) -> int:
    """Send what is due, a few at a time so that one slow receiver does not hold up the others.

    timestamp: given by the minute's clock, not needed. Gives the number of tries.
    """
    tries = 0
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for _ in range(BATCHES):
            at = now()
            deliveries = actions.claim_due(at=at, limit=AT_ONCE)
            if not deliveries:
                break
            outcomes = pool.map(lambda each, at=at: adapters.deliver(each, at=at), deliveries)
            for delivery, outcome in zip(deliveries, outcomes, strict=True):
                actions.record_outcome(
                    notice_id=delivery.notice_id,
                    attempt=delivery.attempt,
                    outcome=outcome,
                    at=now(),
                )
            tries += len(deliveries)
    return tries


@app.task(name="notices.tell_credential", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def tell_credential(person_id: str, change: str, mark: str) -> None:
    """Tell somebody that his means of signing in have changed."""
    actions.tell_credential(person_id=UUID(person_id), change=change, mark=mark, at=now())

"""Background entry points of the room."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from anlan.kernel import clock, scope
from anlan.triage.actions.shadow import record_shadow
from anlan.triage.actions.topics import refresh_topics

AGAIN = RetryStrategy(max_attempts=3, exponential_wait=4)


@app.task(name="triage.record_shadow", retry=AGAIN)
def record_shadow_proposals(case_ids: list[str]) -> None:
    """Let the version in shadow propose for cases that have just been opened. Again is no harm."""
    ids = tuple(UUID(case_id) for case_id in case_ids)
    with scope.acting(scope.Scope(cases=ids)):
        record_shadow(case_ids=ids, at=clock.now())


@app.periodic(cron="7 * * * *")
@app.task(name="triage.refresh_topics", queueing_lock="triage.refresh_topics")
@scope.under(scope.EVERYTHING)
def refresh_hot_topics(timestamp: int) -> None:
    """Find the hot topics anew, every hour."""
    refresh_topics(at=clock.now())

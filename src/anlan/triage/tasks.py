"""Background entry points of the room."""

from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from anlan.kernel import clock, scope
from anlan.triage.actions.shadow import record_shadow

AGAIN = RetryStrategy(max_attempts=3, exponential_wait=4)


@app.task(name="triage.record_shadow", retry=AGAIN)
def record_shadow_proposals(case_ids: list[str]) -> None:
    """Let the version in shadow propose for cases that have just been opened. Again is no harm."""
    ids = tuple(UUID(case_id) for case_id in case_ids)
    with scope.acting(scope.Scope(cases=ids)):
        record_shadow(case_ids=ids, at=clock.now())

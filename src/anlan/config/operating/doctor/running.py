"""What can be told of the work going on: workers, jobs, notices."""

from __future__ import annotations

from collections.abc import Iterator

from anlan.config.operating import queue
from anlan.config.operating.doctor import findings
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.notices import queries as notices

LATE_AFTER_S = 300


def check_workers() -> Iterator[AnlanError]:
    """Find that nobody works, or too slowly."""
    stand = queue.look(at=now())
    if not stand.workers:
        yield findings.WorkerMissing()
    elif stand.oldest_s > LATE_AFTER_S:
        yield findings.JobsLate(waiting=stand.waiting, minutes=round(stand.oldest_s / 60))
    if stand.stalled:
        yield findings.JobsStalled(count=stand.stalled)
    if stand.failed:
        yield findings.JobsFailed(count=stand.failed, tasks=", ".join(queue.list_failed_tasks()))


def check_notices() -> Iterator[AnlanError]:
    """Find notices that were given up."""
    count, newest = notices.get_given_up()
    if newest is not None:
        yield findings.NoticesFailed(
            count=count, newest=f"{newest.created_at:%Y-%m-%d %H:%M} UTC", reason=newest.last_error
        )

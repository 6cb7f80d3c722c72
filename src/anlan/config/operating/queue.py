"""How the job queue stands, in one statement on the queue's own tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

HEARTBEAT_WITHIN = timedelta(minutes=1)
"""A worker says every ten seconds that it lives."""

# Relied on: the partial indexes of jobs by priority (todo), by lock (doing) and by worker.
_LOOK = """
SELECT
    count(*) FILTER (WHERE job.status = 'todo' AND coalesce(job.scheduled_at, %(at)s) <= %(at)s),
    count(*) FILTER (WHERE job.status = 'todo' AND job.scheduled_at > %(at)s),
    count(*) FILTER (WHERE job.status = 'doing'),
    count(*) FILTER (WHERE job.status = 'failed'),
    count(*) FILTER (WHERE job.status = 'doing' AND worker.id IS NULL),
    coalesce(extract(epoch FROM %(at)s - least(
        min(job.scheduled_at) FILTER (WHERE job.status = 'todo' AND job.scheduled_at <= %(at)s),
        (SELECT max(event.at) FROM procrastinate_events AS event WHERE event.job_id = (
            SELECT min(oldest.id) FROM procrastinate_jobs AS oldest
            WHERE oldest.status = 'todo' AND oldest.scheduled_at IS NULL
        ))
    )), 0)::float8,
    (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat >= %(heard_since)s)
FROM procrastinate_jobs AS job
LEFT JOIN procrastinate_workers AS worker
    ON worker.id = job.worker_id AND worker.last_heartbeat >= %(heard_since)s
WHERE job.status IN ('todo', 'doing', 'failed')
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """How many jobs are where; `oldest_s`: how long the oldest has been due."""

    waiting: int
    later: int
    running: int
    failed: int
    stalled: int
    oldest_s: float
    workers: int


def look(*, at: datetime) -> Stand:
    """Look at the queue."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, {"at": at, "heard_since": at - HEARTBEAT_WITHIN})
        row = cursor.fetchone()
    waiting, later, running, failed, stalled, oldest_s, workers = row
    return Stand(
        waiting=waiting, later=later, running=running, failed=failed, stalled=stalled,
        oldest_s=max(0.0, oldest_s), workers=workers,
    )  # fmt: skip


def list_failed_tasks() -> list[str]:
    """List the tasks of jobs that failed for good."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT task_name FROM procrastinate_jobs WHERE status = 'failed' ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]

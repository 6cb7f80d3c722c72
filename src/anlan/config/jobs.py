"""Stores background jobs in the transaction of whoever caused them.

One INSERT on Django's own connection: the jobs exist if and only if the caller commits, and
the queue wakes its worker by itself (a trigger notifies on commit).
"""

import json
from collections.abc import Sequence

from django.db import connection
from procrastinate.contrib.django import app

from anlan.config.operating import traces
from anlan.kernel.events import Job, JobRows

HEARTBEAT_SECONDS = 5
STALLED_AFTER_SECONDS = 15
"""How often a worker says that it lives, and after what silence its jobs go to others."""

_INSERT = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)
SELECT job.queue, job.task, job.priority, job.lock, job.args
FROM jsonb_to_recordset(%s::jsonb)
    AS job (queue text, task text, priority integer, lock text, args jsonb)
"""


def describe(jobs: Sequence[Job]) -> JobRows:
    """Write jobs down as rows.

    Raises KeyError when a task of that name does not exist: the wiring is wrong.
    """
    rows: JobRows = []
    for job in jobs:
        task = app.tasks[job.task]
        rows.append(
            {
                "queue": task.queue,
                "task": task.name,
                "priority": task.priority,
                "lock": job.lock or task.lock,
                "args": traces.carry(job.args),
            }
        )
    return rows


def defer(rows: JobRows) -> None:
    """Store jobs in one statement, in the running transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [json.dumps(rows, ensure_ascii=False)])

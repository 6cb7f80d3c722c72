"""Stores background jobs in the transaction of whoever caused them.

One INSERT on Django's own connection: the jobs exist if and only if the caller commits, and
the queue wakes its worker by itself (a trigger notifies on commit).
"""

import json
from collections.abc import Sequence

from django.db import connection
from procrastinate.contrib.django import app

from anlan.kernel.events import Job, JobColumns

_INSERT = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)
SELECT * FROM unnest(
    %(queues)s::text[], %(tasks)s::text[], %(priorities)s::int[], %(locks)s::text[],
    %(args)s::jsonb[]
)
"""


def describe(jobs: Sequence[Job]) -> JobColumns:
    """Write jobs down by column, as SQL takes them.

    Raises KeyError when a task of that name does not exist: the wiring is wrong.
    """
    tasks = [app.tasks[job.task] for job in jobs]
    return {
        "queues": [task.queue for task in tasks],
        "tasks": [task.name for task in tasks],
        "priorities": [task.priority for task in tasks],
        "locks": [job.lock or task.lock for job, task in zip(jobs, tasks, strict=True)],
        "args": [json.dumps(job.args, ensure_ascii=False) for job in jobs],
    }


def defer(columns: JobColumns) -> None:
    """Store jobs in one statement, in the running transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, columns)

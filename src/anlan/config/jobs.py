"""Stores background jobs in the transaction of whoever caused them.

One INSERT on Django's own connection: the jobs exist if and only if the caller commits, and
the queue wakes its worker by itself (a trigger notifies on commit).
"""

import json
from collections.abc import Sequence

from django.db import connection
from procrastinate.contrib.django import app

from anlan.kernel.events import Job

_INSERT = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)
SELECT * FROM unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::jsonb[])
"""


def defer(jobs: Sequence[Job]) -> None:
    """Store `jobs` in one statement, in the running transaction.

    Raises KeyError when a task of that name does not exist: the wiring is wrong.
    """
    tasks = [app.tasks[job.task] for job in jobs]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                [task.queue for task in tasks],
                [task.name for task in tasks],
                [task.priority for task in tasks],
                [job.lock or task.lock for job, task in zip(jobs, tasks, strict=True)],
                [json.dumps(job.args, ensure_ascii=False) for job in jobs],
            ],
        )

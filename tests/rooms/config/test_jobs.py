"""Jobs are stored with what caused them, survive their worker, and connections survive theirs."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from procrastinate.exceptions import ConnectorException

from anlan.config import env, tasks
from anlan.config.database import address
from anlan.config.jobs import defer, describe
from anlan.config.operating import jobs
from anlan.kernel.clock import now
from anlan.kernel.events import Job

TASK = "config.resume_stalled_jobs"
JOBS = [Job(task=TASK, args={"timestamp": 1}), Job(task=TASK, args={"timestamp": 2}, lock="路灯")]


@pytest.mark.django_db
def test_jobs_are_stored_in_one_statement(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        defer(describe(JOBS))
    stored = ProcrastinateJob.objects.order_by("id")
    assert [(job.task_name, job.args, job.lock, job.status) for job in stored] == [
        (TASK, {"timestamp": 1}, None, "todo"),
        (TASK, {"timestamp": 2}, "路灯", "todo"),
    ]


@pytest.mark.django_db(transaction=True)
def test_jobs_go_back_with_what_caused_them() -> None:
    with transaction.atomic():
        defer(describe(JOBS))
        assert ProcrastinateJob.objects.count() == 2
        transaction.set_rollback(True)
    assert ProcrastinateJob.objects.count() == 0


@pytest.mark.django_db
def test_a_task_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError, match="nobody"):
        describe([Job(task="nobody.does_this", args={})])
    assert ProcrastinateJob.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_killed_worker_are_done_by_another() -> None:
    defer(describe(JOBS[:1]))
    with connection.cursor() as cursor:
        long_ago = now() - timedelta(minutes=5)
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id",
            [long_ago],
        )
        (worker_id,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker_id]
        )
    assert ProcrastinateWorker.objects.count() == 1
    resume_stalled_jobs()
    assert ProcrastinateJob.objects.get().status == "todo"


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_killed_worker_whose_successor_waits_holds_up_no_other() -> None:
    with connection.cursor() as cursor:
        # Without a worker: the one that had them has been forgotten already.
        cursor.execute("""
            INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, queueing_lock)
            VALUES ('default', 'ledger.sequence', '{}', 'doing', 'ledger.sequence'),
                ('default', 'ledger.sequence', '{}', 'todo', 'ledger.sequence'),
                ('default', 'cases.tell_opened', '{}', 'doing', NULL)""")
    resume_stalled_jobs()
    left = ProcrastinateJob.objects.order_by("id").values_list("task_name", "status")
    assert list(left) == [("ledger.sequence", "todo"), ("cases.tell_opened", "todo")]


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_worker_that_cannot_record_how_a_job_ended_ends_itself(is_recorded: bool) -> None:
    stopped: list[bool] = []
    worker: Any = SimpleNamespace(stop=lambda: stopped.append(True))
    job = SimpleNamespace(id=1, task_name=TASK, task_kwargs={})

    async def do() -> None:
        pass

    async def process_job() -> None:
        """Do as the queue's worker does: the job itself, watched, then its end written down."""
        await jobs.watch(do, cast(Any, SimpleNamespace(job=job)), worker)
        if not is_recorded:
            raise ConnectorException

    async def play() -> None:
        await asyncio.wait([asyncio.create_task(process_job())])
        await asyncio.sleep(0)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, play()).result()
    assert stopped == ([] if is_recorded else [True])


def resume_stalled_jobs() -> None:
    def resume() -> None:
        async_to_sync(tasks.resume_stalled_jobs.func)(timestamp=0)
        connection.close()

    # In a thread of its own: a browser test before this one leaves a running event loop here.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(resume).result()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_replaced_before_a_request_meets_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (before,) = cursor.fetchone()
    name = connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(address.get_url(env.get_home()), autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        ).fetchall()
    assert (True,) in ended
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (before,)

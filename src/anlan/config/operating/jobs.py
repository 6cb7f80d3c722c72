"""Watches every background job: its id in each log line, its outcome counted, its trace continued.

A worker that cannot write down how a job ended (its connection died at that moment) lives on, and
nobody would ever do that job again: it stands as being done by a living worker. So such a worker is
ended; it is started again, and its jobs go back to the queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from anlan.config.operating import counts, logs, traces

_log = logging.getLogger("anlan.job")

if TYPE_CHECKING:
    from procrastinate import JobContext
    from procrastinate.worker import Worker


async def watch(call: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Run a job, watched; as the queue calls its worker middleware."""
    _end_when_unrecorded(worker)
    job = context.job
    carried = job.task_kwargs.pop(traces.CARRIED, None)
    fields: logs.Fields = {"job": job.id or 0, "task": job.task_name}
    token = logs.context.set(fields)
    outcome, began = "failed", perf_counter()
    try:
        tracer = traces.get_tracer()
        if tracer is None:
            result = await call()
        else:
            carrier = {traces.CARRIED: carried} if isinstance(carried, str) else None
            with tracer.span(
                job.task_name, kind="CONSUMER", carrier=carrier, anlan__job=job.id or 0
            ):
                fields["trace"] = tracer.trace_id()
                result = await call()
        outcome = "done"
        return result
    except Exception:
        # The queue itself tells only of the last try.
        _log.warning("a job broke", exc_info=True)
        raise
    finally:
        counts.count_job(job.task_name, outcome, perf_counter() - began)
        logs.context.reset(token)


def _end_when_unrecorded(worker: Worker) -> None:
    """End the worker in peace when the task that runs this job breaks after the job itself."""

    def look(task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (wrong := task.exception()) is not None:
            _log.error("a job's end could not be recorded; the worker ends", exc_info=wrong)
            worker.stop()  # type: ignore[no-untyped-call]

    running = asyncio.current_task()
    if running is not None:
        running.add_done_callback(look)

"""Preparing the batches of a file ahead of whoever writes them, in processes of their own.

A batch needs no more than what is known at the start, and comes back as blocks of COPY text. Processes,
because threads would take turns at the interpreter; forked ones, because places, catalogue and
classifier then stand in memory once. They ask the database nothing.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import connection, get_context, parent_process
from typing import Any

from django.db import connection as database

from anlan.intake.rules import Mapping, Record
from anlan.kernel.actor import Actor
from anlan.kernel.errors import Unavailable
from anlan.kernel.ids import reserve_ids
from anlan.triage.actions.batches import Known, Reject, prepare_batch
from anlan.triage.actions.copying import Blocks, write_blocks

MOST_PROCESSES = 4
"""One connection writes no faster than four prepare."""


class PreparingEnded(Unavailable):
    """A process of this import was ended from outside, for want of memory perhaps. What was taken is kept: start the same import again."""


@dataclass(frozen=True, slots=True)
class Job:
    """What all batches of a run are prepared by."""

    actor: Actor
    mapping: Mapping
    known: Known
    file_digest: str
    at: datetime

    def prepare(self, chunk: list[Record], last_number: int, first_id: int) -> Prepared:
        """Prepare the records of one batch. first_id: two reserved places a record."""
        batch = prepare_batch(
            chunk, self.mapping, self.known, file_digest=self.file_digest, first_id=first_id,
            at=self.at,
        )  # fmt: skip
        blocks = write_blocks(batch.openings, self.known.gazetteer, actor=self.actor, at=self.at)
        return Prepared(blocks, len(batch.openings), batch.rejects, last_number)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch ready to be written; `last_number`: the last record it was made from."""

    blocks: Blocks | None
    taken: int
    rejects: list[Reject]
    last_number: int


def prepare_ahead(
    job: Job, chunks: Iterator[tuple[list[Record], int]], *, batches: int
) -> Generator[Prepared, None, None]:
    """Prepare chunks (records, last number) in their order, as many ahead as there are processes.

    batches: about how many there will be; one is prepared here, without a process.
    Raises PreparingEnded.
    """
    processes = min(MOST_PROCESSES, os.cpu_count() or 1, batches)
    if processes < 2:
        for chunk, last_number in chunks:
            yield job.prepare(chunk, last_number, reserve_ids(2 * len(chunk)))
        return
    gc.collect()
    gc.freeze()  # what stands in memory already is looked at by no collector, and so copied by none
    pool = ProcessPoolExecutor(processes, get_context("fork"), initializer=_begin, initargs=(job,))
    ahead: deque[Future[Prepared]] = deque()
    try:
        for chunk, last_number in chunks:
            with warnings.catch_warnings():
                # The first submission forks beside the threads of the database pool. What they may
                # hold, the forked ones never ask for.
                warnings.simplefilter("ignore", DeprecationWarning)
                ahead.append(pool.submit(_prepare, chunk, last_number, reserve_ids(2 * len(chunk))))
            if len(ahead) > processes:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    except BrokenProcessPool as broken:
        raise PreparingEnded() from broken
    finally:
        pool.shutdown(cancel_futures=True)
        gc.unfreeze()


_job: Job


def _begin(job: Job) -> None:
    """Begin as a process that prepares: end with the one that writes, however that ends."""
    global _job
    _job = job
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that writes is told, and ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    database.execute_wrappers.append(_refuse)
    writer = parent_process()
    assert writer is not None

    def follow() -> None:
        connection.wait([writer.sentinel])
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _refuse(*asked: Any) -> None:
    """Keep the connection to the one that writes: two processes at it would garble what both say."""
    raise RuntimeError(f"preparing a batch asked the database: {asked[1]}")


def _prepare(chunk: list[Record], last_number: int, first_id: int) -> Prepared:
    return _job.prepare(chunk, last_number, first_id)

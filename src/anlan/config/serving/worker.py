"""A worker with two ways to end: SIGTERM gives its jobs a few seconds, SIGUSR1 all the time they need."""

from __future__ import annotations

import asyncio
import signal

from anlan.config import env
from anlan.config.serving import leaving

_GRACE_S = 5


def work(ready: int | None) -> None:
    """Run background jobs until told to end or to leave; Django must be set up.

    ready: descriptor to write to once jobs can be taken.
    """
    from procrastinate.contrib.django import app
    from procrastinate.worker import Worker

    from anlan.config.jobs import HEARTBEAT_SECONDS, STALLED_AFTER_SECONDS
    from anlan.config.operating import jobs

    async def run() -> None:
        async with working.open_async():
            working.perform_import_paths()  # type: ignore[no-untyped-call]
            worker = Worker(
                app=working,
                worker_middleware=[jobs.watch],
                concurrency=env.get_number("ANLAN_WORKER_JOBS"),
                shutdown_graceful_timeout=_GRACE_S,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
                # What was done is in the ledger; a queue that keeps it grows without bound.
                delete_jobs="successful",
            )

            def leave() -> None:
                worker.shutdown_graceful_timeout = None
                worker.stop()  # type: ignore[no-untyped-call]

            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, leave)
            if ready is not None:
                leaving.tell_ready(ready, 1)
            await worker.run()  # type: ignore[no-untyped-call]

    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        asyncio.run(run())

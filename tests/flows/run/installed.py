"""Homes that were set up before: made once a test run and copied, they save half a minute each time.

That an empty home is set up by its first start is what tests/flows/test_one_command_runs_everything.py
shows; whoever tests something else begins here.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from tests.flows.run.instance import Instance

READY = ".set-up"


def set_up(instance: Instance, *, demo: bool = False) -> Instance:
    """Fill an empty home: all tables, and the demo county when asked for; nothing runs there yet."""
    kept = os.environ.get("ANLAN_TEST_HOME")
    if kept is None:  # outside of a test run nobody would clear the copy away
        return instance
    folder = Path(kept) / ("home-demo" if demo else "home-tables")
    with (Path(kept) / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / READY).exists():
            _make(folder, demo=demo)
    subprocess.run(["cp", "-a", f"{folder}/.", str(instance.home)], check=True)
    (instance.home / READY).unlink()
    return instance


def _make(folder: Path, *, demo: bool) -> None:
    made = Instance.make()
    try:
        if demo:
            made.start()
            made.wait(within_s=300)
            assert made.stop() == 0
        else:
            made.anlan("db", "start")
            made.anlan("migrate")
            made.anlan("db", "stop")
        (made.home / READY).touch()
        subprocess.run(["cp", "-a", str(made.home), str(folder)], check=True)
    finally:
        made.remove()

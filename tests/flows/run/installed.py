"""Homes that were set up before: made once a test run and copied, they save half a minute each time.

That an empty home is set up by its first start is what tests/flows/test_one_command_runs_everything.py
shows; whoever tests something else begins here.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from anlan.config.database import server
from tests.flows.run.instance import Instance
from tests.house.floors import PROJECT

READY = ".set-up"
COLLECT = """
from anlan.cli import set_up_django

set_up_django()
from anlan.config import static

static.collect_stale()
"""


def set_up(instance: Instance, what: str = "tables") -> Instance:
    """Fill an empty home; nothing runs there yet. `what`: one of MAKERS."""
    if (folder := _find(what)) is not None:
        _copy(folder, instance.home)
        (instance.home / READY).unlink()
    return instance


def give_files(instance: Instance) -> Instance:
    """Give a home that has or will have another database the translations and static files."""
    if (folder := _find("tables")) is not None:
        for name in ("locale", "static"):
            _copy(folder / name, instance.home / name)
    return instance


def _find(what: str) -> Path | None:
    kept = os.environ.get("ANLAN_TEST_HOME")
    if kept is None:  # outside of a test run nobody would clear the copy away
        return None
    folder = Path(kept) / f"home-{what}"
    with (Path(kept) / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / READY).exists():
            _make(folder, what)
    return folder


def _make(folder: Path, what: str) -> None:
    made = Instance.make()
    try:
        # The disk is waited for once, when all is copied.
        with server.running(made.home, fsync=False):
            MAKERS[what](made)
        (made.home / READY).touch()
        _copy(made.home, folder)
    finally:
        made.remove()


def _copy(source: Path, target: Path) -> None:
    target.mkdir(mode=0o711, exist_ok=True)
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)


def _make_tables(made: Instance) -> None:
    made.anlan("migrate")
    made.run_python(COLLECT)


def _make_demo(made: Instance) -> None:
    made.start()
    made.wait(within_s=600)
    assert made.stop() == 0


def _make_lively(made: Instance) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.worlds.lively", made.home],
        cwd=PROJECT, check=True, capture_output=True,
        env=made.environment | {"DJANGO_SETTINGS_MODULE": "anlan.config.settings"},
    )  # fmt: skip


MAKERS: dict[str, Callable[[Instance], None]] = {
    "tables": _make_tables,
    "demo": _make_demo,
    "lively": _make_lively,
}
"""All tables and files to serve; the demo county as well; or what tests/worlds/lively.py makes."""

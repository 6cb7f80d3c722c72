"""How long do backup, proof and return take, and is what returns the same?

Fills an instance by `bench/many.py` (synthetic), then runs the very commands an operator runs: `anlan
backup`, `anlan backup verify`, `anlan restore` into an empty home. Rows of every table and the
ledger's root must be equal before and after. `ratio` compares making and restoring with PostgreSQL's
own pg_dump and pg_restore of the same database in the same run: what encryption, checks and the
ledger's audit cost on top.

Ten thousand cases by default; larger by hand:
`ANLAN_BENCH_CASES=1000000 python -m bench backup` (about 15 GB of disk while it runs).
`ANLAN_BENCH_HOME=FOLDER` keeps the database there, or takes what another benchmark left there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench import many, world

DEFAULT = 10_000

_STATE = """
import json
from anlan.cli import set_up_django, database_running
with database_running():
    set_up_django()
    from anlan.backup import checking
    entries, root = checking.ledger_state()
    print(json.dumps({"rows": checking.count_rows(), "entries": entries, "root": root}))
"""


def run() -> dict[str, Any]:
    """Measure once, each step after the other."""
    count = int(os.environ.get("ANLAN_BENCH_CASES", DEFAULT))
    keep = os.environ.get("ANLAN_BENCH_HOME", "")
    shelf = Path(tempfile.mkdtemp(prefix="anlan-bench-shelf-"))
    back = Path(tempfile.mkdtemp(prefix="anlan-bench-back-"))
    # The system user that a bundled server runs as must get through.
    back.chmod(0o711)
    try:
        with world.instance(Path(keep) if keep else None) as home:
            took: dict[str, float] = {}
            began = time.monotonic()
            _fill(count)
            took["fill"] = time.monotonic() - began
            environment = os.environ | {
                "ANLAN_BACKUP_FOLDER": str(shelf / "backups"),
                "ANLAN_BACKUP_KEY_FILE": str(shelf / "backup.key"),
            }
            _time(took, "backup", environment, "backup", "--no-verify")
            _time(took, "verify", environment, "backup", "verify", "newest")
            _time(took, "restore", environment | {"ANLAN_HOME": str(back)}, "restore")
            before = _state(environment)
            after = _state(environment | {"ANLAN_HOME": str(back)})
            if before != after:
                raise AssertionError(f"not the same: {before} and {after}")
            sizes = _plain(home, shelf, took)
            [archive] = (shelf / "backups").glob("2*/archive.age")
            sizes["archive_bytes"] = archive.stat().st_size
    finally:
        from anlan.backup import targets

        targets.remove_database(back)
        shutil.rmtree(back, ignore_errors=True)
        shutil.rmtree(shelf, ignore_errors=True)
    ours, plain = took["backup"] + took["restore"], took["pg_dump"] + took["pg_restore"]
    return {
        "bench": "backup",
        "ratio": round(ours / plain, 2),
        "cases": before["rows"]["cases_case"],
        "rows": sum(before["rows"].values()),
        "entries": before["entries"],
        "root": before["root"],
        "is_same": before == after,
        "seconds": {name: round(seconds, 1) for name, seconds in took.items()},
        **sizes,
        "data": "synthetic",
    }


def _fill(count: int) -> None:
    """Load the county and draw cases; what a kept database has is left."""
    from anlan.cases.models import Case

    if not Case.objects.exists():
        world.load_county(train=False)
        many.fill(count, tell=_tell)


def _tell(step: str) -> None:
    sys.stderr.write(f"backup: {step}\n")
    sys.stderr.flush()


def _time(took: dict[str, float], name: str, environment: dict[str, str], *arguments: str) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "anlan", *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    took[name] = time.monotonic() - began
    if done.returncode:
        raise AssertionError(f"anlan {' '.join(arguments)}: {done.stdout}{done.stderr}")
    _tell(f"{name} {took[name]:.1f} s: {' | '.join(done.stdout.split(chr(10)))}")


def _state(environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _STATE], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _plain(home: Path, folder: Path, took: dict[str, float]) -> dict[str, int]:
    """Do the same by PostgreSQL's own programs, into another database of the same server."""
    from anlan.backup import programs

    server, dump = programs.find_bundled(home), folder / "plain.dump"
    with psycopg.connect(server.url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
        connection.execute("CREATE DATABASE plain TEMPLATE template0")
        began = time.monotonic()
        programs.run(server, "pg_dump", "--format=custom", "--compress=1", f"--file={dump}")
        took["pg_dump"] = time.monotonic() - began
        began = time.monotonic()
        jobs = f"--jobs={min(os.cpu_count() or 1, 8)}"
        programs.run(server, "pg_restore", "--no-owner", jobs, "--dbname=plain", dump)
        took["pg_restore"] = time.monotonic() - began
        connection.execute("DROP DATABASE plain")
    return {"database_bytes": int(row[0]), "dump_bytes": dump.stat().st_size}

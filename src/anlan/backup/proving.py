"""Proves that what was restored is what was backed up, by commands that run on the restored home."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from anlan.backup import rules
from anlan.backup.errors import NotTheSame, ProgramFailed
from anlan.backup.targets import Target
from anlan.config.database import server


def prove(manifest: rules.Manifest, target: Target, *, exact: bool) -> dict[str, Any]:
    """Bring the tables up to this version and check the whole instance in processes of its own.

    exact: nothing was written since, so that every table must have the rows of the backup.
    Gives what was found. Raises NotTheSame.
    """
    with contextlib.ExitStack() as held:
        if not target.outside:
            held.enter_context(server.running(target.home, fsync=not target.is_scratch))
        return _check(manifest, target, exact=exact)


def _check(manifest: rules.Manifest, target: Target, *, exact: bool) -> dict[str, Any]:
    before = None
    if list_known_migrations() - set(manifest.migrations):
        before = _run_anlan(target, "backup", "check", "--json", "--rows-only")
        _run_anlan(target, "migrate")
    said = _run_anlan(
        target, "backup", "check", "--json",
        "--entries", str(manifest.entries), "--root", manifest.root,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(said)
    wrong = list(found["wrong"])
    if exact:
        rows = json.loads(before)["rows"] if before else found["rows"]
        wrong += rules.list_differences(manifest.rows, rows)
    if found["entries"] < manifest.entries:
        wrong.append(f"the ledger has {found['entries']} instead of {manifest.entries} entries")
    if wrong:
        raise NotTheSame(differences="; ".join(wrong[:20]))
    return found


def list_known_migrations() -> set[str]:
    """List what this version can do to tables; Django, set up, would make keys in an empty home."""
    found = set()
    for package, pattern in (
        ("anlan", "*/migrations/[0-9]*.py"),
        ("procrastinate", "contrib/django/migrations/[0-9]*.py"),
    ):
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        for path in Path(spec.origin).parent.glob(pattern):
            room = path.parent.parent.name if package == "anlan" else package
            found.add(f"{room}.{path.stem}")
    return found


def _run_anlan(target: Target, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "anlan", *arguments],
        env=target.environment, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ProgramFailed(
            program=f"anlan {' '.join(arguments[:2])}", reason=done.stderr.strip()[-1500:]
        )
    return done.stdout

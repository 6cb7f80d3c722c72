"""Brings a base backup back: unpacks the data, lays the log beside it, replays up to an instant."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyrage.x25519 import Identity

from anlan.backup import log as logs
from anlan.backup import rules, shelf
from anlan.backup.errors import (
    BackupDamaged,
    BackupOfOtherServer,
    InstantNotReached,
    ProgramFailed,
)
from anlan.config.database import layout as layouts
from anlan.config.database import server
from anlan.config.database.layout import Layout

BACKUP, END = "backup", "end"
"""Replay only what belongs to the base itself; replay all the log there is."""

_TOO_SHORT = "recovery ended before configured recovery target was reached"
_LAST = re.compile(r"last completed transaction was at log time (\S+ \S+)")

Tell = Callable[[str, int, int | None], None]


def check_server(manifest: rules.Manifest) -> None:
    """Refuse a base of another PostgreSQL than the bundled one. Raises BackupOfOtherServer."""
    program = layouts.find_installed_program() / "bin" / "postgres"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"(\d+)", said.stdout)
    if match is None or int(match[1]) != manifest.postgresql:
        raise BackupOfOtherServer(
            made_with=manifest.postgresql, here=match[1] if match else said.stderr
        )


def lay_out_log(
    manifest: rules.Manifest,
    folder: Path,
    home: Path,
    *,
    to: datetime | str,
    identity: Identity,
    key_file: Path,
    tell: Tell,
) -> Path:
    """Decrypt the log that a replay needs to where the server reads it.

    Without any to replay, still the histories: they tell which timelines are taken.
    Raises LogMissing.
    """
    assert manifest.log is not None
    layout = layouts.find_layout(home)
    layouts.prepare(layout)
    target = layout.folder / "log-restored"
    shutil.rmtree(target, ignore_errors=True)
    layouts.make_folder(target, layout.owner)
    names = logs.list_names(folder, manifest.log.system)
    if to == BACKUP:  # the base holds the segments that it needs
        names = [name for name in names if name.endswith(".history")]
    else:
        names = rules.choose_log(names, start=manifest.log)
    logs.lay_out(
        names, source=folder / shelf.LOG / manifest.log.system, target=target, owner=layout.owner,
        identity=identity, key_file=key_file,
        tell=lambda done, total: tell("log", done, total),
    )  # fmt: skip
    return target


def unpack(stream: Any, layout: Layout) -> None:
    """Unpack a base into the server's data folder and have PostgreSQL verify every file of it."""
    layouts.prepare(layout)
    fresh = layout.data.with_suffix(".restored")
    shutil.rmtree(fresh, ignore_errors=True)
    layouts.make_folder(fresh, layout.owner)
    try:
        with tarfile.open(fileobj=stream, mode="r|gz") as tar:
            tar.extractall(fresh, filter="data")
    except (tarfile.TarError, EOFError, OSError) as wrong:
        raise BackupDamaged(reason=f"its base cannot be unpacked ({wrong})") from wrong
    program = layouts.find_program(layout) / "pg_verifybackup"
    checked = subprocess.run(
        [program, "--no-parse-wal", "--quiet", fresh],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if checked.returncode:
        raise ProgramFailed(program="pg_verifybackup", reason=checked.stderr.strip()[-1500:])
    if os.geteuid() == 0:
        for path in (fresh, *fresh.rglob("*")):
            os.chown(path, layout.owner.uid, layout.owner.gid)
    fresh.chmod(0o700)
    fresh.rename(layout.data)


def replay(manifest: rules.Manifest, home: Path, *, log: Path, to: datetime | str) -> None:
    """Replay the log and let the server begin a timeline of its own. Raises InstantNotReached."""
    layout = layouts.find_layout(home)
    signal = layout.data / "recovery.signal"
    signal.touch(mode=0o600)
    if os.geteuid() == 0:
        os.chown(signal, layout.owner.uid, layout.owner.gid)
    path = str(log).replace("%", "%%")
    options = {
        "restore_command": f'cp "{path}/%f" "%p"',
        "recovery_target_timeline": "current",
    }
    if to == BACKUP:
        options |= {"recovery_target": "immediate", "recovery_target_action": "promote"}
    elif isinstance(to, datetime):
        at = to.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        options |= {"recovery_target_time": at, "recovery_target_action": "promote"}
    try:
        server.recover(layout, options=options)
    except server.DatabaseNotStarted as wrong:
        said = wrong.data["reason"]
        if _TOO_SHORT in said and isinstance(to, datetime):
            last = _LAST.search(said)
            raise InstantNotReached(
                instant=to.isoformat(), last=last[1] if last else manifest.made_at.isoformat()
            ) from wrong
        raise
    finally:
        shutil.rmtree(log, ignore_errors=True)


def list_histories(home: Path) -> dict[str, bytes]:
    """Read the histories of timelines that the server has begun."""
    folder = layouts.find_layout(home).data / "pg_wal"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.history"))}

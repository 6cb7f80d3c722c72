"""The folder where backups stand: one folder each, complete or not there.

ANLAN_BACKUP_FOLDER/
    20261127T030000Z/   archive.age, keys.age, about.json (open, nothing secret)
    log/SYSTEM/         archived write-ahead log of the bundled server, and keys.age as of its end
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from anlan.backup import rules
from anlan.backup.errors import BackupNotWritten, BackupRunning, BackupUnknown
from anlan.config.operating.backups import NOTE

ARCHIVE, KEYS = "archive.age", "keys.age"
LOG = "log"


def list_backups(folder: Path) -> list[rules.Shelved]:
    """List the backups of a folder, oldest first; what has no readable note is none."""
    found = []
    for note in sorted(folder.glob(f"*/{NOTE}")):
        if rules.NAME.fullmatch(note.parent.name):
            with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
                found.append(rules.read_shelved(note.read_text(encoding="utf-8")))
    return sorted(found, key=lambda one: one.made_at)


def find_backup(folder: Path, name: str) -> Path:
    """Find a backup's folder by name ("newest", too) or by path. Raises BackupUnknown."""
    if name == "newest":
        backups = list_backups(folder)
        if not backups:
            raise BackupUnknown(name=name, folder=folder)
        name = backups[-1].name
    for path in (folder / name, Path(name).expanduser().absolute()):
        if (path / ARCHIVE).is_file():
            return path
    raise BackupUnknown(name=name, folder=folder)


def get_note(backup: Path) -> rules.Shelved | None:
    """Read the open note of a backup."""
    with contextlib.suppress(ValueError, KeyError, TypeError, OSError):
        return rules.read_shelved((backup / NOTE).read_text(encoding="utf-8"))
    return None


def find_key_files(backup: Path, log: rules.LogPoint | None) -> Path:
    """Find the newest archive of the instance's keys: with the log, else beside the backup."""
    if log is not None:
        newest = backup.parent / LOG / log.system / KEYS
        if newest.is_file():
            return newest
    return backup / KEYS


def put_note(backup: Path, note: rules.Shelved) -> None:
    """Write the open note, whole or not at all."""
    fresh = backup / f"{NOTE}.new"
    fresh.write_text(note.to_json(), encoding="utf-8")
    fresh.replace(backup / NOTE)


@contextlib.contextmanager
def new_backup(folder: Path, name: str) -> Iterator[Path]:
    """Give an empty folder that stands on the shelf under its name once the block has succeeded.

    Raises BackupRunning, BackupNotWritten.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as wrong:
        raise BackupNotWritten(folder=folder, reason=wrong.strerror or str(wrong)) from wrong
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRunning(folder=folder) from None
        # Left by one that was killed: the lock was ours to take, so it works no more.
        for left in folder.glob(".new-*"):
            shutil.rmtree(left)
        draft = folder / f".new-{name}"
        try:
            draft.mkdir(mode=0o700)
            yield draft
            draft.rename(folder / name)
            _sync(folder)
        except OSError as wrong:
            raise BackupNotWritten(folder=folder, reason=wrong.strerror or str(wrong)) from wrong
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    finally:
        os.close(lock)


def remove(folder: Path, backup: rules.Shelved) -> None:
    """Take a backup off the shelf; its note goes first, so that a half one is none."""
    (folder / backup.name / NOTE).unlink(missing_ok=True)
    shutil.rmtree(folder / backup.name, ignore_errors=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Files under ANLAN_HOME/files, named by the SHA-256 of their bytes.

A file is written under another name, flushed to the disk and then renamed, so that under its
own name it is either whole or absent, whatever happens to the machine. The same bytes are
stored once. A file is there before the row that names it; what no row names any more is swept
by a nightly task, not before it is a day old.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from anlan.documents import rules


def folder() -> Path:
    """Give the store's folder."""
    return Path(settings.ANLAN_HOME) / "files"


@contextmanager
def held() -> Iterator[Path]:
    """Keep every stored file from being swept while the block runs, and give the folder."""
    with _sweeping_lock(fcntl.LOCK_SH):
        yield folder()


def put_file(data: bytes) -> str:
    """Store bytes durably and give their SHA-256 (64 hex digits)."""
    sha256 = hashlib.sha256(data).hexdigest()
    target = folder() / rules.file_path(sha256)
    with _sweeping_lock(fcntl.LOCK_SH):
        try:
            # Tells the sweeper that the file is wanted again, before the row that says so commits.
            os.utime(target)
        except FileNotFoundError:
            pass
        else:
            return sha256
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_whole(data, target)
    return sha256


@contextmanager
def _sweeping_lock(kind: int) -> Iterator[None]:
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder() / ".sweeping").open("wb") as lock:
        fcntl.flock(lock, kind)
        yield


def _write_whole(data: bytes, target: Path) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(path: Path) -> None:
    # A rename is on the disk only when its folder is; new folders hang in theirs.
    for each in (path, path.parent, path.parent.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def open_file(sha256: str) -> BinaryIO:
    """Open stored bytes for reading. Raises FileNotFoundError."""
    return (folder() / rules.file_path(sha256)).open("rb")


def list_files(*, used_before: datetime) -> Iterator[Path]:
    """List stored files, and left-overs of writes cut off, last wanted before an instant (UTC)."""
    return (path for path in folder().glob("??/??/*") if _is_older(path, used_before))


def delete_files(paths: Iterable[Path], *, used_before: datetime) -> int:
    """Delete files unless somebody has wanted them since they were listed, and give how many."""
    count = 0
    with _sweeping_lock(fcntl.LOCK_EX):
        for path in paths:
            if _is_older(path, used_before):
                path.unlink()
                count += 1
    return count


def _is_older(path: Path, instant: datetime) -> bool:
    try:
        return path.stat().st_mtime < instant.timestamp()
    except FileNotFoundError:
        return False

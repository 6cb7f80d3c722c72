"""The archived write-ahead log of the bundled server: taken from the spool, laid out for a replay.

PostgreSQL copies each finished segment into the spool (at the latest a minute after something was
written); here it is compressed, encrypted and put on the shelf, and only then leaves the spool. A
worker that is down delays that and loses nothing.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pyrage.x25519 import Identity

from anlan.backup import archive, keys, rules, shelf
from anlan.backup.errors import BackupNotWritten, LogConflict
from anlan.config.database.layout import Layout, Owner

_SUFFIX = ".gz.age"
_HOLE_BYTES = 64 << 10


def ship(
    *,
    layout: Layout,
    system: str,
    folder: Path,
    identity: Identity,
    key_file: Path,
    read_keys: Callable[[], Mapping[str, bytes]],
) -> int:
    """Take what lies in the spool to the shelf, oldest first; give how many files went.

    read_keys: gives the instance's key files. They go first, read after the segments were finished,
    so that no segment on the shelf holds what its keys do not open, also when keys were just rotated.

    Raises BackupNotWritten, LogConflict.
    """
    target = folder / shelf.LOG / system
    try:
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (target / ".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting = sorted(
                path for path in layout.spool.glob("*") if not path.name.endswith(".part")
            )
            if waiting:
                keys.keep(target / shelf.KEYS, identity, read_keys(), key_file=key_file)
            for path in waiting:
                put(
                    path.name,
                    path.read_bytes(),
                    target=target,
                    identity=identity,
                    key_file=key_file,
                )
                path.unlink()
    except OSError as wrong:
        raise BackupNotWritten(folder=target, reason=wrong.strerror or str(wrong)) from wrong
    return len(waiting)


def put(name: str, data: bytes, *, target: Path, identity: Identity, key_file: Path) -> None:
    """Put one file of the log on the shelf; the same one twice is no harm. Raises LogConflict."""
    path = target / f"{name}{_SUFFIX}"
    if path.exists():
        if get(path, identity, key_file=key_file) != data:
            raise LogConflict(segment=name)
        return

    def members() -> Iterator[archive.Member]:
        yield name, zlib.compress(data, 1)
        yield "end.json", b"{}"

    fresh = target / f".{name}.new"
    fresh.unlink(missing_ok=True)
    try:
        archive.write(fresh, identity, members())
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def get(path: Path, identity: Identity, *, key_file: Path) -> bytes:
    """Read one file of the log."""
    with archive.reading(path, identity, key_file=key_file) as members:
        ((_, data), _) = list(members)
    return zlib.decompress(data)


def list_names(folder: Path, system: str) -> list[str]:
    """List the files of a cluster's archived log."""
    found = (folder / shelf.LOG / system).glob(f"*{_SUFFIX}")
    return sorted(path.name.removesuffix(_SUFFIX) for path in found)


def lay_out(
    names: Sequence[str],
    *,
    source: Path,
    target: Path,
    owner: Owner,
    identity: Identity,
    key_file: Path,
    tell: Callable[[int, int], None],
) -> None:
    """Decrypt log files into a folder the server reads from; zeros, which most end in, take no room."""
    for number, name in enumerate(names):
        tell(number, len(names))
        data = get(source / f"{name}{_SUFFIX}", identity, key_file=key_file)
        path = target / name
        with path.open("wb") as file:
            for start in range(0, len(data), _HOLE_BYTES):
                part = data[start : start + _HOLE_BYTES]
                if part.count(0) == len(part):
                    file.seek(len(part), os.SEEK_CUR)
                else:
                    file.write(part)
            file.truncate(len(data))
        path.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(path, owner.uid, owner.gid)


def expire(folder: Path, backups: Sequence[rules.Shelved]) -> int:
    """Delete log that no base backup on the shelf needs; give how many files went."""
    gone = 0
    for system in (folder / shelf.LOG).glob("*"):
        starts = [
            rules.place_of_segment(one.log.segment, one.log.segment_bytes)
            for one in backups
            if one.log is not None and one.log.system == system.name
        ]
        sizes = {one.log.segment_bytes for one in backups if one.log is not None}
        if not starts:
            continue
        for name in list_names(folder, system.name):
            size = next(iter(sizes))
            if rules.is_segment(name) and rules.place_of_segment(name, size) < min(starts):
                (system / f"{name}{_SUFFIX}").unlink()
                gone += 1
    return gone

"""The key ring: which keys seal and open personal data, in two files beside the instance key.

Key 0 is derived from the instance key, so that a fresh instance has one file to back up; the
first rotation makes `<instance key>.ring`. A key is NEXT (every host knows it, nothing is sealed
with it yet), SEALING (just one), or OPENING (superseded, still opens what it sealed). A retired
key leaves the ring for `<instance key>.archive`: backups of its time open again once it is
recalled from there, until it is destroyed.

A file is replaced whole, under a lock. Whoever seals asks first whether the file is still the
one he knows (one `stat`), so a rotation holds at once in every process of a host.
Algorithm and guarantees: docs/algorithms/key-rotation.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from anlan.kernel.errors import Conflict, Invalid, NotFound
from anlan.kernel.reading import read_json

KEY_BYTES = 32
NUMBERS = 256
"""A seal begins with its key's number in one byte."""

Mark = tuple[int, int, int]


class KeyState(StrEnum):
    """What a key on the ring is for."""

    NEXT = "NEXT"
    SEALING = "SEALING"
    OPENING = "OPENING"


class KeyRingBroken(Invalid):
    """The key ring {file} cannot be read ({reason}). Restore it from your backup; what it sealed cannot be read without it."""


class KeysUsedUp(Conflict):
    """All {count} key numbers have been used. No further key can be made."""


class KeyUnknown(NotFound):
    """Key {number} is not in {file}. `anlan keys status` lists what is where."""


class KeyInUse(Conflict):
    """Key {number} is the one that seals, or the next to. Rotate first."""


class KeyIsInstanceKey(Conflict):
    """Key 0 is derived from the instance key, which tracking codes need as well; it cannot be destroyed alone."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `secret` is None for key 0, which comes from the instance key."""

    number: int
    state: KeyState
    secret: bytes | None
    made_at: datetime | None
    superseded_at: datetime | None = None


FIRST = Key(0, KeyState.SEALING, None, None)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The files of one instance. Nothing is kept in memory: each call reads what stands there."""

    instance_file: Path
    instance_key: bytes

    @property
    def file(self) -> Path:
        return self.instance_file.with_name(f"{self.instance_file.name}.ring")

    @property
    def archive_file(self) -> Path:
        return self.instance_file.with_name(f"{self.instance_file.name}.archive")

    def mark(self) -> Mark | None:
        """Tell one state of the ring's file from another; None while there is none."""
        try:
            found = os.stat(self.file)  # noqa: PTH116 – half the time of Path.stat; asked at each seal
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def list_keys(self) -> list[Key]:
        """List the ring's keys by number. Raises KeyRingBroken."""
        return _read(self.file) if self.file.exists() else [FIRST]

    def list_archived(self) -> list[Key]:
        """List the retired keys by number. Raises KeyRingBroken."""
        return _read(self.archive_file) if self.archive_file.exists() else []

    def secrets(self) -> tuple[dict[int, bytes], int]:
        """Give the bytes of every key on the ring, and the number of the one that seals."""
        keys = self.list_keys()
        (sealing,) = (key.number for key in keys if key.state is KeyState.SEALING)
        return {key.number: key.secret or self.instance_key for key in keys}, sealing

    def prepare(self, *, at: datetime) -> Key:
        """Put the next key on the ring without sealing with it yet; the same one when repeated.

        For hosts that do not share the file: copy the ring to all of them, then rotate.
        Raises KeysUsedUp.
        """
        with self._changing():
            keys = self.list_keys()
            waiting = [key for key in keys if key.state is KeyState.NEXT]
            if waiting:
                return waiting[0]
            fresh = self._new_key(keys, KeyState.NEXT, at)
            _write(self.file, [*keys, fresh])
            return fresh

    def rotate(self, *, at: datetime) -> Key:
        """Seal with the prepared key from now on, or with a fresh one. Raises KeysUsedUp."""
        with self._changing():
            keys = self.list_keys()
            waiting = [key for key in keys if key.state is KeyState.NEXT]
            if waiting:
                fresh = replace(waiting[0], state=KeyState.SEALING)
            else:
                fresh = self._new_key(keys, KeyState.SEALING, at)
            others = [
                replace(key, state=KeyState.OPENING, superseded_at=at)
                if key.state is KeyState.SEALING
                else key
                for key in keys
                if key.number != fresh.number
            ]
            _write(self.file, [*others, fresh])
            return fresh

    def retire(self, number: int) -> None:
        """Move a key that nothing needs any more into the archive. Raises KeyUnknown, KeyInUse."""
        with self._changing():
            keys = self.list_keys()
            key = _pick(keys, number, self.file)
            if key.state is not KeyState.OPENING:
                raise KeyInUse(number=number)
            # The archive first: cut off between the two, a key stands twice, never nowhere.
            _write(self.archive_file, _with(self.list_archived(), key))
            _write(self.file, [other for other in keys if other.number != number])

    def recall(self, number: int, *, at: datetime) -> None:
        """Put an archived key back on the ring, to open a restored backup. Raises KeyUnknown.

        at: it counts as superseded from then on, which keeps it for the time of the restoring.
        """
        with self._changing():
            archived = self.list_archived()
            key = replace(_pick(archived, number, self.archive_file), superseded_at=at)
            _write(self.file, _with(self.list_keys(), key))
            _write(self.archive_file, [other for other in archived if other.number != number])

    def destroy(self, number: int) -> None:
        """Delete an archived key for good. Raises KeyUnknown, KeyIsInstanceKey."""
        with self._changing():
            archived = self.list_archived()
            if _pick(archived, number, self.archive_file).secret is None:
                raise KeyIsInstanceKey()
            # Its number stays, so that no later key is ever taken for it.
            kept = [replace(key, secret=b"") if key.number == number else key for key in archived]
            _write(self.archive_file, kept)

    def _new_key(self, keys: list[Key], state: KeyState, at: datetime) -> Key:
        number = max(key.number for key in [*keys, *self.list_archived()]) + 1
        if number >= NUMBERS:
            raise KeysUsedUp(count=NUMBERS)
        return Key(number, state, secrets.token_bytes(KEY_BYTES), at)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        lock = self.file.with_name(f"{self.file.name}.lock")
        with os.fdopen(os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


def _pick(keys: list[Key], number: int, file: Path) -> Key:
    for key in keys:
        if key.number == number and key.secret != b"":
            return key
    raise KeyUnknown(number=number, file=file)


def _with(keys: list[Key], key: Key) -> list[Key]:
    return [*(other for other in keys if other.number != key.number), key]


def _read(file: Path) -> list[Key]:
    try:
        rows = read_json(file.read_text(encoding="ascii"))["keys"]
        keys = [_read_key(row) for row in rows]
    except (ValueError, KeyError, TypeError) as wrong:
        raise KeyRingBroken(file=file, reason=repr(wrong)) from wrong
    if file.suffix == ".ring" and [key.state for key in keys].count(KeyState.SEALING) != 1:
        raise KeyRingBroken(file=file, reason="not one key is SEALING")
    return keys


def _read_key(row: Mapping[str, str | int | None]) -> Key:
    secret = row["secret"]
    key = Key(
        number=int(row["number"] or 0),
        state=KeyState(str(row["state"])),
        secret=None if secret is None else bytes.fromhex(str(secret)),
        made_at=_read_instant(row["made_at"]),
        superseded_at=_read_instant(row["superseded_at"]),
    )
    if key.secret is not None and len(key.secret) not in (0, KEY_BYTES):
        raise ValueError(f"key {key.number} has {len(key.secret)} bytes")
    return key


def _read_instant(text: str | int | None) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _write(file: Path, keys: list[Key]) -> None:
    """Replace a file whole and durably, readable by its owner only."""
    rows = [
        {
            "number": key.number,
            "state": key.state.value,
            "secret": None if key.secret is None else key.secret.hex(),
            "made_at": key.made_at.isoformat() if key.made_at else None,
            "superseded_at": key.superseded_at.isoformat() if key.superseded_at else None,
        }
        for key in sorted(keys, key=lambda key: key.number)
    ]
    fresh = file.with_name(f"{file.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as writer:
        json.dump({"keys": rows}, writer, indent=1)
        writer.write("\n")
        writer.flush()
        os.fsync(writer.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

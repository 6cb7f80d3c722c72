"""The form of an archive: a tar of small members, encrypted as age v1 (age-encryption.org).

    manifest.json, database/000000 …, files/ab/cd/abcd… …, end.json

age authenticates every 64 KiB and the end, so that a changed or shortened file is noticed. What
has no known length (a dump being written) goes in pieces, in order; whoever has the backup key and
the program `age` gets at everything without anlan (docs/how-to/back-up-and-return.md). Both ways
hold a few megabytes in memory, whatever the size.
"""

from __future__ import annotations

import contextlib
import os
import tarfile
import threading
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any, cast

import pyrage
from pyrage.x25519 import Identity

from anlan.backup.errors import BackupDamaged, BackupKeyWrong, BackupNotWritten

PIECE_BYTES = 4 << 20
_BLOCK = tarfile.BLOCKSIZE

Member = tuple[str, bytes]


def write(target: Path, identity: Identity, members: Iterator[Member]) -> int:
    """Write an archive for the holder of a key, flushed to the disk; give its bytes.

    Raises BackupNotWritten; what the members raise comes through as it is.
    """
    source = _Source(members)
    try:
        with target.open("xb") as file:
            target.chmod(0o600)
            sink = _Sink(file)
            try:
                pyrage.encrypt_io(source, sink, [identity.to_public()])
            except (pyrage.EncryptError, OSError) as wrong:
                raise source.problem or sink.problem or wrong from wrong
            file.flush()
            os.fsync(file.fileno())
            return file.tell()
    except OSError as wrong:
        if wrong is source.problem:
            raise
        raise BackupNotWritten(folder=target.parent, reason=wrong.strerror or str(wrong)) from wrong


@contextlib.contextmanager
def reading(path: Path, identity: Identity, *, key_file: Path) -> Iterator[Iterator[Member]]:
    """Read an archive's members in order; leaving the block early is allowed.

    What is yielded is authentic as far as it goes; that nothing is missing is only known when all
    has been read. Raises BackupKeyWrong, BackupDamaged.
    """
    inlet, outlet = os.pipe()
    problems: list[Exception] = []

    def decrypt() -> None:
        try:
            with os.fdopen(outlet, "wb", buffering=1 << 20) as writer, path.open("rb") as file:
                pyrage.decrypt_io(file, cast("BufferedIOBase", writer), [identity])
        except (pyrage.DecryptError, OSError) as wrong:
            problems.append(wrong)

    thread = threading.Thread(target=decrypt, name="decrypt-backup", daemon=True)
    with os.fdopen(inlet, "rb", buffering=1 << 20) as reader:
        thread.start()
        try:
            yield _read(reader, thread, problems, path=path, key_file=key_file)
        finally:
            # Whoever still writes into it notices that nobody reads any more.
            reader.close()
            thread.join()


def cut(source: IO[bytes], name: str) -> Iterator[Member]:
    """Cut a stream into members NAME/000000, NAME/000001, …"""
    number = 0
    while data := _fill(source):
        yield f"{name}/{number:06}", data
        number += 1


def _fill(source: IO[bytes]) -> bytes:
    parts, missing = [], PIECE_BYTES
    while missing > 0 and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _read(
    reader: IO[bytes],
    thread: threading.Thread,
    problems: list[Exception],
    *,
    path: Path,
    key_file: Path,
) -> Iterator[Member]:
    is_complete = False
    try:
        with tarfile.open(fileobj=reader, mode="r|") as tar:
            for info in tar:
                file = tar.extractfile(info)
                if file is None or info.name.startswith(("/", "..")) or "/../" in info.name:
                    raise BackupDamaged(reason=f"it has a member of no known kind, {info.name}")
                is_complete = info.name == "end.json"
                yield info.name, file.read()
        while reader.read(1 << 20):
            pass
    except tarfile.TarError as wrong:
        thread.join()
        if not problems:
            raise BackupDamaged(reason=str(wrong)) from wrong
    thread.join()
    for problem in problems:
        if isinstance(problem, pyrage.DecryptError) and "matching keys" in str(problem):
            raise BackupKeyWrong(name=path.parent.name, file=key_file) from problem
        raise BackupDamaged(reason=f"{path.name}: {problem}") from problem
    if not is_complete:
        raise BackupDamaged(reason=f"{path.name} has no end")


class _Source(BufferedIOBase):
    """The tar as a file that age reads from; makes it member by member."""

    def __init__(self, members: Iterator[Member]) -> None:
        self.problem: BaseException | None = None
        self._blocks = self._make(members)
        self._rest = memoryview(b"")

    def read(self, size: int | None = -1) -> bytes:
        """Give at most `size` bytes, none at the end."""
        if not self._rest:
            try:
                self._rest = memoryview(next(self._blocks, b""))
            except BaseException as wrong:
                # age would only keep its text.
                self.problem = wrong
                raise
        given = self._rest[: size if size is not None and size >= 0 else None]
        self._rest = self._rest[len(given) :]
        return bytes(given)

    @staticmethod
    def _make(members: Iterator[Member]) -> Iterator[bytes]:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o600
            yield info.tobuf(tarfile.GNU_FORMAT)
            if data:
                yield data
            if fill := -len(data) % _BLOCK:
                yield bytes(fill)
        yield bytes(2 * _BLOCK)


class _Sink(BufferedIOBase):
    """The file that age writes to; keeps the error that age would only keep the text of."""

    def __init__(self, file: IO[bytes]) -> None:
        self.problem: BaseException | None = None
        self._file = file

    def write(self, data: Any) -> int:
        """Write all of it."""
        try:
            return self._file.write(data)
        except OSError as wrong:
            self.problem = wrong
            raise

    def flush(self) -> None:
        """Pass it on."""
        try:
            self._file.flush()
        except OSError as wrong:
            self.problem = wrong
            raise

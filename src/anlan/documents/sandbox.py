"""Decodes photos in a process of its own, which can do nothing else and is given little.

What strangers send is read by C libraries with a history of faults. So the web process never decodes:
it hands the bytes to a child that has no environment, no files but its pipes, no more memory, processor time
and output than a photo needs, and as root's child no root's rights. A child that crashes, hangs or grows
takes one photo with it and nothing else. Children are kept for some photos and then replaced;
a child whose parent is gone reads the end of its pipe and ends.
Why so: docs/decisions/0025-photos-are-decoded-apart.md.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, Any

from anlan.documents import pictures, rules
from anlan.documents.pictures import Picture
from anlan.kernel.errors import AnlanError, Unavailable

CHILDREN = 2
"""50 million pixels take 200 MB decoded: no more than two at a time."""
PHOTOS_A_CHILD = 100
CHILD = ("-m", "anlan.documents.sandbox")
LIMIT_S = 20.0
MEMORY_BYTES = 1_500_000_000
OPEN_FILES = 16
NOBODY = 65534

_log = logging.getLogger(__name__)


class DecoderAway(Unavailable):
    """Photos cannot be read just now. Send the report without them, or try again in a minute."""


def clean(*, data: bytes, name: str) -> Picture:
    """Do what `pictures.clean` does, in a child. Raises what it raises, and DecoderAway.

    A picture on which the child ends or takes longer than 20 seconds is PictureBroken.
    """
    # What needs no decoding is refused here.
    pictures.check(data=data, name=name)
    with _pool.child() as child:
        return child.clean(data, name)


class _Child:
    def __init__(self) -> None:
        self.photos = 0
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", *CHILD],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={}, cwd="/", start_new_session=True,
            )  # fmt: skip
        except OSError as wrong:
            raise DecoderAway() from wrong

    @property
    def is_good(self) -> bool:
        return self.photos < PHOTOS_A_CHILD and self._process.poll() is None

    def clean(self, data: bytes, name: str) -> Picture:
        self.photos += 1
        sent, received = self._process.stdin, self._process.stdout
        assert sent is not None
        assert received is not None
        late = threading.Timer(LIMIT_S, self._process.kill)
        late.start()
        try:
            _write(sent, {"name": name}, data)
            told, parts = _read(received)
        except (OSError, EOFError) as wrong:
            self.end()
            _log.warning("a photo decoder ended on a photo of %d bytes", len(data))
            raise rules.PictureBroken(name=name) from wrong
        finally:
            late.cancel()
        if "error" in told:
            raise _ERRORS[told["error"]](**told["data"])
        return Picture(
            media_type=rules.MediaType(told["media_type"]), data=parts[0], thumbnail=parts[1],
            width=told["width"], height=told["height"],
        )  # fmt: skip

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.wait()


class _Pool:
    """Children that wait for photos; at most `CHILDREN` work at a time."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(CHILDREN)
        self._idle: list[_Child] = []

    @contextlib.contextmanager
    def child(self) -> Iterator[_Child]:
        with self._places:
            child = self._idle.pop() if self._idle else _Child()
            if not child.is_good:
                child.end()
                child = _Child()
            try:
                yield child
            finally:
                if child.is_good:
                    self._idle.append(child)
                else:
                    child.end()

    def end(self) -> None:
        while self._idle:
            self._idle.pop().end()


_pool = _Pool()
atexit.register(_pool.end)

_ERRORS: dict[str, type[AnlanError]] = {
    error.__name__: error
    for error in (
        rules.FileEmpty, rules.FileTooLarge, rules.WrongFileType, rules.PictureTooLarge,
        rules.PictureMoves, rules.PictureBroken,
    )
}  # fmt: skip


def _write(pipe: IO[bytes], told: dict[str, Any], *parts: bytes) -> None:
    head = json.dumps(told | {"sizes": [len(part) for part in parts]}).encode()
    pipe.write(struct.pack("!I", len(head)) + head)
    for part in parts:
        pipe.write(part)
    pipe.flush()


def _read(pipe: IO[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    (size,) = struct.unpack("!I", _take(pipe, 4))
    told: dict[str, Any] = json.loads(_take(pipe, size))
    return told, [_take(pipe, part) for part in told.pop("sizes")]


def _take(pipe: IO[bytes], size: int) -> bytes:
    taken = pipe.read(size)
    if len(taken) != size:
        raise EOFError
    return taken


def _give_up_rights() -> None:
    """Leave this process what decoding needs, for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    seconds = int(PHOTOS_A_CHILD * LIMIT_S)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    with contextlib.suppress(OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def serve(received: IO[bytes], sent: IO[bytes]) -> None:
    """Clean photo after photo until the pipe ends. The child's whole life."""
    while True:
        try:
            told, (data,) = _read(received)
        except EOFError:
            return
        try:
            picture = pictures.clean(data=data, name=told["name"])
        except AnlanError as wrong:
            _write(sent, {"error": type(wrong).__name__, "data": wrong.data})
            continue
        fields = asdict(picture)
        kept, small = fields.pop("data"), fields.pop("thumbnail")
        _write(sent, fields, kept, small)


if __name__ == "__main__":
    pictures.prepare()
    _give_up_rights()
    serve(sys.stdin.buffer, sys.stdout.buffer)

"""A line that can be cut, made slow, or go silent: between product and database, client and web."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

CHUNK_BYTES = 65536
Address = tuple[str, int] | Path


class Line:
    """Passes bytes on from where it listens to where it leads, as its mode allows.

    PASS: at once. SLOW: each piece `delay_s` later. SILENT: not at all, as behind a firewall that
    drops packets. REFUSED: connections end as soon as they are made.
    """

    def __init__(self, listens_on: Address, leads_to: Address) -> None:
        self._leads_to = leads_to
        self.mode, self.delay_s = "PASS", 0.0
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._server = _open(listens_on)
        if isinstance(listens_on, Path):
            self._server.bind(str(listens_on))
            listens_on.chmod(0o700)
        else:
            self._server.bind(listens_on)
        self._server.listen(128)
        self._is_over = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def cut(self) -> int:
        """Cut every connection that runs now, in the middle of whatever it carries."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        return len(pairs)

    def close(self) -> None:
        self._is_over = True
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        self._thread.join(5)

    def _accept(self) -> None:
        while not self._is_over:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = _open(self._leads_to)
            try:
                if self.mode == "REFUSED":
                    raise ConnectionRefusedError
                far.connect(
                    str(self._leads_to) if isinstance(self._leads_to, Path) else self._leads_to
                )
            except OSError:
                near.close()
                far.close()
                continue
            with self._lock:
                self._pairs.add((near, far))
            for source, target in ((near, far), (far, near)):
                threading.Thread(
                    target=self._carry, args=[source, target, (near, far)], daemon=True
                ).start()

    def _carry(
        self, source: socket.socket, target: socket.socket, pair: tuple[socket.socket, ...]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK_BYTES):
                if self.mode == "SLOW":
                    time.sleep(self.delay_s * random.uniform(0.5, 1.5))
                self._hold(lambda: self.mode == "SILENT")
                target.sendall(data)
        for end in pair:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._pairs.discard(pair)

    def _hold(self, holds: Callable[[], bool]) -> None:
        while holds() and not self._is_over:
            time.sleep(0.05)


def _open(address: Address) -> socket.socket:
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    return socket.socket(family, socket.SOCK_STREAM)

"""Read-mostly tables held in memory: one copy a process, re-checked against a version.

`get` returns the copy at once; at most every two seconds it first asks for the version (one
cheap statement) and loads again when that has changed. Loading is done by one thread while
others keep the old copy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Snapshot(Generic[T]):
    """A cached value with the two functions that load it and tell its version."""

    def __init__(
        self, load: Callable[[], T], version: Callable[[], int], recheck_seconds: float = 2.0
    ) -> None:
        self._load, self._version, self._recheck_seconds = load, version, recheck_seconds
        self._lock = threading.Lock()
        self._value: T | None = None
        self._held_version = -1
        self._checked = float("-inf")

    def get(self) -> T:
        """Give the value, at most `recheck_seconds` older than the table."""
        value = self._value
        if value is not None and time.monotonic() - self._checked < self._recheck_seconds:
            return value
        if value is not None and not self._lock.acquire(blocking=False):
            return value
        if value is None:
            self._lock.acquire()
        try:
            if self._value is None or time.monotonic() - self._checked >= self._recheck_seconds:
                version = self._version()
                if self._value is None or version != self._held_version:
                    self._value, self._held_version = self._load(), version
                self._checked = time.monotonic()
            return self._value
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Load afresh at the next `get`."""
        with self._lock:
            self._value, self._checked = None, float("-inf")

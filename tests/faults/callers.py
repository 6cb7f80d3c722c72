"""Asking until there is a plain answer, as a good client does when the line or the server fails.

An answer that never came, or a 5xx, says nothing about what was stored: the request is repeated,
with the same key or the same expected step, so that repeating is safe.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

TIMEOUT_S = 6.0
PAUSE_S = 0.25
CLOCK = "CLOCK_RAN_BACKWARDS"


class GaveUp(Exception):
    """The load was over before an answer came."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A plain answer; `is_repeated`: an earlier try of the same request may have been stored."""

    status: int
    data: Any
    is_repeated: bool

    @property
    def code(self) -> str:
        return self.data.get("code", "") if isinstance(self.data, dict) else ""


@dataclass
class Gate:
    """Lets all writers through, or has them rest between two requests."""

    is_open: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)
    at_work: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self) -> None:
        while True:
            self.is_open.wait()
            with self.lock:
                if self.is_open.is_set():
                    self.at_work.add(threading.get_ident())
                    return

    def leave(self) -> None:
        with self.lock:
            self.at_work.discard(threading.get_ident())

    def rest(self, *, within_s: float) -> bool:
        """Have the writers rest; tell whether each of them got an answer to its last request."""
        with self.lock:
            self.is_open.clear()
        until = time.monotonic() + within_s
        while self.at_work and time.monotonic() < until:
            time.sleep(0.05)
        return not self.at_work


@dataclass
class Caller:
    """Somebody with an account, on a line of his own."""

    client: httpx.Client
    gate: Gate
    counts: Counter[str]
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **sent: Any) -> Reply:
        """Send a request until there is an answer that says what became of it."""
        self.gate.enter()
        try:
            return self._repeat(method, path, sent)
        finally:
            self.gate.leave()

    def _repeat(self, method: str, path: str, sent: dict[str, Any]) -> Reply:
        headers = self.headers | sent.pop("headers", {})
        is_repeated = False
        while not self.gate.is_over.is_set():
            try:
                answer = self.client.request(method, path, headers=headers, **sent)
            except httpx.TransportError as wrong:
                self.counts[type(wrong).__name__] += 1
            else:
                self.counts[str(answer.status_code)] += 1
                is_plain = answer.status_code < 500 and answer.status_code != 429
                if is_plain or CLOCK in answer.text:
                    return Reply(answer.status_code, answer.json(), is_repeated)
            is_repeated = True
            time.sleep(PAUSE_S)
        raise GaveUp

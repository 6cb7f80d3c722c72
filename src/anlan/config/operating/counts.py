"""Counts of one process, and their sum over all processes of this host.

A process counts in its own memory, under a lock held for a fraction of a microsecond, and writes what
changed once a second into ANLAN_HOME/metrics/PID-START.json. Whoever is asked for the figures adds up
those files and his own memory. What processes that have ended had counted is kept in `ended.json`.
A killed process loses at most its last second; figures that must be exact are counted in the database.

Not memory-mapped files, as the Prometheus client offers them: on a full disk the first write to one
kills the process (docs/decisions).
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from anlan.config import env
from anlan.kernel.reading import read_json

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "http_requests": ("Requests answered.", ("route", "method", "status")),
    "signals_taken": ("Signals taken.", ("channel",)),
    "ledger_entries": ("Things done, as the ledger names them; new cases aside.", ("what",)),
    "obstacles": ("Requests that met an obstacle, by its code.", ("code",)),
    "notice_tries": ("Tries to hand over a notice, by what became of it.", ("channel", "state")),
    "jobs_run": (
        "Background jobs run; one that is tried again counts each time.",
        ("task", "outcome"),
    ),
}
"""name → what it counts, its labels. Labels come from closed lists in the code, never from users."""
RARE: dict[str, tuple[tuple[str, ...], ...]] = {
    "ledger_entries": tuple(
        (what,)
        for what in (
            "person.sign_in_failed", "person.factor_refused", "person.password_refused",
            "person.recovered", "privacy.exported", "contact.opened", "case.looked_at",
            "access.asked", "access.confirm", "batch.confirmed", "client.created", "duty.granted",
            "key.destroyed", "notice.given_up",
        )
    ),
    "obstacles": (
        ("SEAT_NEEDED",), ("CASE_NOT_VISIBLE",), ("MOVE_NOT_YOURS",), ("TOKEN_UNKNOWN",),
        ("TOO_MANY",), ("FAILURE",),
    ),
    "notice_tries": tuple(
        (channel, state)
        for channel in ("EMAIL", "CHAT", "WEBHOOK")
        for state in ("SENT", "FAILED", "GIVEN_UP")
    ),
}  # fmt: skip
"""What alerts watch and may not have happened yet: shown as 0, for a count that appears with its first
event has no growth that Prometheus could see."""
HISTOGRAMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "http_request_duration_seconds": ("Time to answer.", ("route",)),
    "job_duration_seconds": ("Time a background job ran.", ("task",)),
}
_WRITE_EVERY_S = 1.0
_ENDED = "ended.json"

Labels = tuple[str, ...]


@dataclass
class Counts:
    """Counters and histograms; a histogram holds its buckets, not yet added up, and the sum."""

    counters: dict[tuple[str, Labels], int] = field(default_factory=dict)
    histograms: dict[tuple[str, Labels], list[float]] = field(default_factory=dict)
    pool: list[int] = field(default_factory=lambda: [0, 0, 0])
    """Database connections open, idle, and requests waiting for one; of living processes only."""

    def add(self, other: Counts) -> None:
        """Add what another process counted."""
        for key, value in other.counters.items():
            self.counters[key] = self.counters.get(key, 0) + value
        for key, values in other.histograms.items():
            mine = self.histograms.get(key) or [0.0] * len(values)
            self.histograms[key] = [a + b for a, b in zip(mine, values, strict=True)]
        self.pool = [a + b for a, b in zip(self.pool, other.pool, strict=True)]

    def to_json(self) -> str:
        """Write down."""
        return json.dumps({
            "counters": [[name, labels, value] for (name, labels), value in self.counters.items()],
            "histograms": [[name, labels, v] for (name, labels), v in self.histograms.items()],
            "pool": self.pool,
        })  # fmt: skip

    @classmethod
    def from_json(cls, text: str) -> Counts:
        """Read what was written down. Raises ValueError for anything else."""
        try:
            read = read_json(text)
            counters = {(str(n), tuple(labels)): int(v) for n, labels, v in read["counters"]}
            histograms = {
                (str(n), tuple(labels)): [float(v) for v in values]
                for n, labels, values in read["histograms"]
            }
            pool = [int(value) for value in read["pool"]]
        except (ValueError, KeyError, TypeError, OverflowError) as wrong:
            raise ValueError(f"no counts: {wrong!r}") from wrong
        is_whole = all(len(values) == len(BUCKETS_S) + 2 for values in histograms.values())
        if not is_whole or len(pool) != len(cls().pool):
            raise ValueError("no counts of this version")
        return cls(counters, histograms, pool)


_own = Counts()
_lock = threading.Lock()
_has_changed = False
_writer: threading.Thread | None = None
_look_at_pool: Callable[[], list[int]] | None = None


def count(name: str, by: int, *labels: str) -> None:
    """Count something of COUNTERS."""
    key = (name, labels)
    with _lock:
        _own.counters[key] = _own.counters.get(key, 0) + by
        _change()


def count_request(route: str, method: str, status: int, took_s: float) -> None:
    """Count a request and how long it took, in one step."""
    key = ("http_requests", (route, method, str(status)))
    with _lock:
        _own.counters[key] = _own.counters.get(key, 0) + 1
        _observe("http_request_duration_seconds", (route,), took_s)
        _change()


def count_job(task: str, outcome: str, took_s: float) -> None:
    """Count a run of a job and how long it took."""
    key = ("jobs_run", (task, outcome))
    with _lock:
        _own.counters[key] = _own.counters.get(key, 0) + 1
        _observe("job_duration_seconds", (task,), took_s)
        _change()


def connect_pool(look: Callable[[], list[int]]) -> None:
    """Say how to look at this process's database connections."""
    global _look_at_pool
    _look_at_pool = look


def add_up() -> Counts:
    """Add up this process and what all others on this host have written."""
    total = Counts()
    with _lock:
        total.add(_own)
    total.pool = _pool()
    with contextlib.suppress(OSError), _folder_locked(fcntl.LOCK_SH) as folder:
        for file, counted, is_alive in _read_all(folder):
            if file == _own_file(folder):
                continue
            if not is_alive:
                counted.pool = [0, 0, 0]
            total.add(counted)
    return total


def write() -> None:
    """Write down what this process has counted; a full disk costs no request."""
    global _has_changed
    with _lock:
        _own.pool = _pool()
        text, _has_changed = _own.to_json(), False
    with contextlib.suppress(OSError), _folder_locked(fcntl.LOCK_SH) as folder:
        _put(_own_file(folder), text)


def fold_ended() -> None:
    """Move what ended processes had counted into one file, so that files do not pile up."""
    with contextlib.suppress(OSError), _folder_locked(fcntl.LOCK_EX) as folder:
        total, gone = Counts(), []
        for file, counted, is_alive in _read_all(folder):
            if not is_alive:
                counted.pool = [0, 0, 0]
                total.add(counted)
                gone.append(file)
        if gone != [folder / _ENDED]:
            _put(folder / _ENDED, total.to_json())
            for file in gone:
                if file.name != _ENDED:
                    file.unlink(missing_ok=True)


def _observe(name: str, labels: Labels, took_s: float) -> None:
    values = _own.histograms.get((name, labels))
    if values is None:
        values = _own.histograms[name, labels] = [0.0] * (len(BUCKETS_S) + 2)
    values[bisect_left(BUCKETS_S, took_s)] += 1
    values[-1] += took_s


def _change() -> None:
    """Note, under the lock, that there is something to write; the first time starts the writer."""
    global _has_changed, _writer
    _has_changed = True
    if _writer is None:
        _writer = threading.Thread(target=_keep_writing, name="counts", daemon=True)
        _writer.start()
        atexit.register(write)


def _keep_writing() -> None:
    fold_ended()
    while True:
        time.sleep(_WRITE_EVERY_S)
        if _has_changed:
            write()


def _pool() -> list[int]:
    return _look_at_pool() if _look_at_pool is not None else [0, 0, 0]


@contextlib.contextmanager
def _folder_locked(how: int) -> Iterator[Path]:
    folder = env.get_home() / "metrics"
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("a", encoding="ascii") as holder:
        fcntl.flock(holder, how)
        yield folder


def _own_file(folder: Path) -> Path:
    return folder / f"{os.getpid()}-{_started(os.getpid())}.json"


def _read_all(folder: Path) -> Iterator[tuple[Path, Counts, bool]]:
    for file in sorted(folder.glob("*.json")):
        try:
            counted = Counts.from_json(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        pid, _, started = file.stem.partition("-")
        yield file, counted, pid.isdigit() and _started(int(pid)) == started


def _started(pid: int) -> str:
    try:
        return str(int(psutil.Process(pid).create_time() * 100))
    except psutil.Error:
        return ""


def _put(file: Path, text: str) -> None:
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.rename(file)


def _begin_anew() -> None:
    """Forget, in a child made by fork, what its parent had counted."""
    global _own, _lock, _writer, _has_changed
    _own, _lock, _writer, _has_changed = Counts(), threading.Lock(), None, False


os.register_at_fork(after_in_child=_begin_anew)

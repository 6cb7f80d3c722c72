"""How `anlan restart` asks the supervisor and hears what came of it: two small files and a signal.

The asker writes `restart.request` with a number nobody else has and signals the process that holds
the lock; the supervisor writes `restart.answer` with that number when it is done. Files and no
socket: they work in any state folder, however deep, and only its owner may write there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from anlan.kernel.errors import Conflict, Unavailable
from anlan.kernel.reading import read_json

RUN, WEB = "run.lock", "web.lock"
"""Locks held by `anlan run`, and by `anlan web` on its own."""
SIGNAL = signal.SIGUSR1
_LOOK_EVERY_S = 0.2
_DONE = "done"


class AlreadyRunning(Conflict):
    """anlan runs already on {home} (process {pid}, {url}). Stop it first, or set another ANLAN_HOME."""


class NothingToRestart(Conflict):
    """Neither anlan run nor anlan web runs on {home}. Start it: anlan run"""


class RestartRunning(Conflict):
    """Another anlan restart is under way on {home}. Wait until it has ended."""


class RestartFailed(Unavailable):
    """The restart was given up, and what ran before goes on: {reason}"""


class RestartUnanswered(Unavailable):
    """The supervisor (process {pid}) has not answered within {seconds} s; its log tells what it does."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for."""

    number: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of it: the reason it was given up, or nothing; and what was done."""

    number: str
    problem: str = ""
    done: tuple[str, ...] = ()


@contextlib.contextmanager
def only_one(home: Path, url: str, *, name: str = RUN) -> Iterator[None]:
    """Hold the state folder for this run. Raises AlreadyRunning."""
    home.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    with (home / name).open("a+", encoding="utf-8") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder.seek(0)
            pid, _, url = holder.read().strip().partition(" ")
            raise AlreadyRunning(home=home, pid=pid, url=url) from None
        holder.truncate(0)
        holder.write(f"{os.getpid()} {url}\n")
        holder.flush()
        yield


def find_supervisor(home: Path) -> int:
    """Find the process that supervises this state folder's. Raises NothingToRestart."""
    for name in (RUN, WEB):
        with contextlib.suppress(OSError, ValueError), (home / name).open() as holder:
            try:
                fcntl.flock(holder, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(holder.read().split()[0])
    raise NothingToRestart(home=home)


def ask(home: Path, *, within_s: float, tell: Callable[[str], None]) -> Answer:
    """Have everything started anew and wait for the outcome.

    Raises NothingToRestart, RestartRunning, RestartFailed, RestartUnanswered.
    """
    pid = find_supervisor(home)
    with (home / "restart.lock").open("a") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RestartRunning(home=home) from None
        request = Request(number=uuid.uuid4().hex)
        _put(home / "restart.request", json.dumps(asdict(request)))
        os.kill(pid, SIGNAL)
        return _wait(home, request, pid, within_s=within_s, tell=tell)


def read_request(home: Path) -> Request | None:
    """Read what was asked for, once."""
    file = home / "restart.request"
    with contextlib.suppress(OSError, ValueError, TypeError):
        request = Request(**read_json(file.read_text(encoding="utf-8")))
        file.unlink()
        return request
    return None


def answer(home: Path, given: Answer, *, is_last: bool = False) -> None:
    """Say how it stands; whoever asked may have gone."""
    if is_last:
        given = replace(given, done=(*given.done, _DONE))
    with contextlib.suppress(OSError):
        _put(home / "restart.answer", json.dumps(asdict(given), ensure_ascii=False))


def _wait(
    home: Path, request: Request, pid: int, *, within_s: float, tell: Callable[[str], None]
) -> Answer:
    until, told = time.monotonic() + within_s, 0
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError):
            said = read_json((home / "restart.answer").read_text(encoding="utf-8"))
            if said["number"] == request.number:
                for line in said["done"][told:]:
                    if line != _DONE:
                        tell(line)
                told = len(said["done"])
                if said["problem"]:
                    raise RestartFailed(reason=said["problem"])
                if _DONE in said["done"]:
                    return Answer(number=request.number, done=tuple(said["done"]))
        if not _lives(pid):
            raise NothingToRestart(home=home)
        time.sleep(_LOOK_EVERY_S)
    raise RestartUnanswered(pid=pid, seconds=round(within_s))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _put(file: Path, text: str) -> None:
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.rename(file)

"""Keeps the children up, and renews them one after the other when `anlan restart` asks for it.

Renewing, step by step; whenever one fails, what ran before goes on and the asker is told why:

1. the program as it lies there now prepares itself in a process of its own: texts, static files, and
   tables, as long as the version that runs can live with the change (`anlan migrate --while-running`);
2. a new web server is started on the same listening socket and says when it can answer;
3. the old one leaves: accepts nothing new, tells clients to connect anew, finishes what it has;
4. the same with the worker, which finishes its jobs.

This process itself and the database server stay as they are.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import psycopg

from anlan.config import processes, restarting
from anlan.config.database import address, server
from anlan.config.operating import logs
from anlan.config.processes import Child
from anlan.config.restarting import Answer, RestartFailed
from anlan.kernel.errors import Unavailable

READY_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.25
_MEND_AGAIN_S = 2.0
_STOP_WITHIN_S = 7.0


class Supervisor:
    """The children of one run, those that are about to leave, and the wish to renew them."""

    def __init__(self, home: Path, children: list[Child], *, mends_database: bool) -> None:
        self.children = children
        self._home, self._mends_database = home, mends_database
        self._leaving: list[Child] = []
        # What was asked for while everything started is found at the first look.
        self._is_asked = True

    def ask(self, *_: object) -> None:
        """Note that somebody wants a restart; called by a signal."""
        self._is_asked = True

    def start(self) -> None:
        """Start the children and wait until they can work, or say that they cannot yet."""
        for child in self.children:
            child.start()
        until = time.monotonic() + READY_WITHIN_S
        while not all(child.is_ready for child in self.children):
            if time.monotonic() > until:
                logs.tell("the web server does not answer yet")
                return
            for child in self.children:
                child.look_after(logs.tell)
            time.sleep(0.1)

    def supervise(self) -> NoReturn:
        """Look after everything, for ever."""
        while True:
            time.sleep(_LOOK_EVERY_S)
            self._look()
            if self._is_asked:
                self._is_asked = False
                if (request := restarting.read_request(self._home)) is not None:
                    self._renew(request)

    def stop(self) -> None:
        """End everything."""
        everyone = [*self.children, *self._leaving]
        for name in processes.stop_all(everyone, within_s=_STOP_WITHIN_S):
            logs.tell(f"{name} did not end by itself and was killed")

    def _look(self) -> None:
        for child in self.children:
            child.look_after(logs.tell)
        self._leaving = [child for child in self._leaving if not child.has_left(logs.tell)]
        if self._mends_database and not address.is_outside():
            _mend_database(self._home)

    def _renew(self, request: restarting.Request) -> None:
        done: tuple[str, ...] = ()
        try:
            for line in self._steps():
                logs.tell(f"restart: {line}")
                done += (line,)
                restarting.answer(self._home, Answer(number=request.number, done=done))
        except RestartFailed as wrong:
            reason = str(wrong.data["reason"])
            logs.tell(f"restart given up, what ran before goes on: {reason}")
            restarting.answer(self._home, Answer(number=request.number, done=done, problem=reason))
            return
        restarting.answer(self._home, Answer(number=request.number, done=done), is_last=True)

    def _steps(self) -> Iterator[str]:
        began = time.monotonic()
        prepared = subprocess.Popen(
            [sys.executable, "-m", "anlan", "migrate", "--while-running"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._wait(lambda: prepared.poll() is not None)
        assert prepared.stderr is not None
        with prepared.stderr as said:
            if prepared.returncode:
                raise RestartFailed(reason=" ".join(said.read().split())[-1500:])
        yield f"texts, static files and tables are those of the program  {_since(began)}"
        for number, old in enumerate(list(self.children)):
            began = time.monotonic()
            new = old.again()
            new.start()
            self._wait_for(new)
            self.children[number] = new
            old.leave()
            self._leaving.append(old)
            yield f"new {new.name} works  {_since(began)}"
        web = [child for child in self._leaving if child.socket is not None]
        self._wait(lambda: not any(child in self._leaving for child in web))
        busy = ", ".join(child.name for child in self._leaving)
        yield f"old {busy} finishes its jobs and then ends" if busy else "the old ones have ended"

    def _wait_for(self, new: Child) -> None:
        until = time.monotonic() + READY_WITHIN_S
        self._wait(lambda: new.is_ready or bool(new.ending) or time.monotonic() > until)
        if new.is_ready and not new.ending:
            return
        ending = new.ending
        new.kill()
        why = f"ended ({ending})" if ending else f"was not ready within {READY_WITHIN_S:.0f} s"
        raise RestartFailed(reason=f"the new {new.name} {why}; the log tells more")

    def _wait(self, holds: Callable[[], bool]) -> None:
        """Wait, and look after what runs meanwhile."""
        while not holds():
            time.sleep(_LOOK_EVERY_S)
            self._look()


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def _mend_database(home: Path) -> None:
    """Start the database again if it has ended; what stands in the way may pass (a full disk)."""
    try:
        if server.mend(home):
            logs.tell("the database had ended and was started again")
    except (Unavailable, OSError, psycopg.OperationalError) as wrong:
        logs.tell(f"the database had ended and does not start, trying again: {wrong}")
        time.sleep(_MEND_AGAIN_S)

"""What an open desk hears: that something of its own has changed, and nothing else.

Twice a second the newest steps of all cases are read, once for all desks: case, place and departments, no
word of what happened. Whoever has a seat that covers the case, by the rule of the queue itself
(`visible_to`), or covered it until this step, is told that something changed; the page then reads what it shows by itself, under its
reader's own scope. To everybody else nothing is sent. The sign-in is asked for again all the time: when it
has ended, so does the stream. The streams themselves are served by web/command/live.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from anlan.cases import queries as cases
from anlan.cases.rules import Change
from anlan.kernel import scope
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import queries as people

EVERY_S = 0.5
ASK_AGAIN_S = 10.0
ASKED_AT_ONCE = 20
OVERLAP_S = 10.0
"""So far back each reading begins: steps get their numbers before their transactions end."""


class Desk:
    """Who listens: at a queue to all cases of the own seats, at a case to that one."""

    def __init__(self, actor: Actor, *, token: str, case_id: UUID | None = None) -> None:
        self.actor, self.token, self.case_id = actor, token, case_id
        self.news = asyncio.Event()
        self.is_over = False
        self.asked_at = monotonic()

    def hears(self, change: Change) -> bool:
        """Tell whether a change is of a case that this desk shows."""
        if self.case_id is not None:
            return change.case_id == self.case_id
        return change.case_id in self.actor.opened_cases or any(
            seat.covers(change.place_path, change.departments)
            or (change.left_path != "" and seat.covers(change.left_path, change.left_departments))
            for seat in self.actor.watching_seats
        )

    def tell(self) -> None:
        """Let the page know that something changed; what was not sent yet says the same."""
        self.news.set()

    def end(self) -> None:
        """End the stream; the browser comes again and is asked anew."""
        self.is_over = True
        self.news.set()

    def say(self) -> bytes:
        """Write the event. It holds nothing: who reads the page's answer sees what he may."""
        return b"event: desk\ndata: changed\n\n"


class Heard:
    """Which changes were heard of, and from which number on to read again."""

    def __init__(self, newest: int) -> None:
        self.after = newest
        self.recent: deque[tuple[float, Change]] = deque()
        self._told: set[int] = set()
        self._marks: deque[tuple[float, int]] = deque()

    def take(self, changes: Iterable[Change], *, at: float, is_all: bool = True) -> list[Change]:
        """Give the changes not heard of before. at: seconds. is_all: there were no more to read."""
        fresh = [change for change in changes if change.number not in self._told]
        self._told.update(change.number for change in fresh)
        self.recent.extend((at, change) for change in fresh)
        while self.recent and at - self.recent[0][0] > OVERLAP_S:
            self.recent.popleft()
        newest = max((change.number for change in fresh), default=None)
        if newest is not None:
            self._marks.append((at, newest))
            if not is_all:  # a flood, a file being taken in: what lies behind is given up
                self.after = newest
        while self._marks and at - self._marks[0][0] > OVERLAP_S:
            self.after = max(self.after, self._marks.popleft()[1])
        self._told = {number for number in self._told if number > self.after}
        return fresh


class Desks:
    """Reads what changed for everybody who listens."""

    def __init__(self) -> None:
        self.readers: set[Desk] = set()
        self._thread = ThreadPoolExecutor(1, "anlan-desks")
        self._heard: Heard | None = None
        self._runs: asyncio.Task[None] | None = None

    async def ask(self, question: Callable[..., Any], *given: Any) -> Any:
        """Ask the database in the one thread that does."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, *given)

    def join(self, desk: Desk) -> None:
        """Add a desk. What happened between its page and now is told at once, where it is known."""
        self.readers.add(desk)
        if self._runs is None or self._runs.done():
            self._runs = asyncio.get_running_loop().create_task(self._run())
        elif self._heard and any(desk.hears(change) for _, change in self._heard.recent):
            desk.tell()

    def leave(self, desk: Desk) -> None:
        """Forget a desk."""
        self.readers.discard(desk)

    def close(self) -> None:
        """End every stream: this process leaves."""
        for desk in self.readers:
            desk.end()

    async def _run(self) -> None:
        try:
            await self._keep_reading()
        finally:
            self._heard = None
            self.close()  # whatever broke: browsers come again, and the reading begins anew

    async def _keep_reading(self) -> None:
        while self.readers:
            began = monotonic()
            with contextlib.suppress(DatabaseError):  # away: the next reading catches up
                if self._heard is None:
                    # Also what happened since the first page was read, a moment before its stream.
                    since = now() - timedelta(seconds=OVERLAP_S)
                    self._heard = Heard(await self.ask(_read, cases.find_change_before, since))
                read = await self.ask(_read, cases.list_changes, self._heard.after)
                fresh = self._heard.take(
                    read, at=monotonic(), is_all=len(read) < cases.CHANGES_LIMIT
                )
                for desk in list(self.readers):
                    if any(desk.hears(change) for change in fresh):
                        desk.tell()
                await self._ask_again()
            await asyncio.sleep(max(0.0, EVERY_S - (monotonic() - began)))

    async def _ask_again(self) -> None:
        """Ask for the sign-ins that were not asked for lately, a few at a time."""
        at = monotonic()
        due = sorted(
            (desk for desk in self.readers if at - desk.asked_at > ASK_AGAIN_S),
            key=lambda desk: desk.asked_at,
        )
        for desk in due[:ASKED_AT_ONCE]:
            actor = await self.ask(find_listener, desk.token, desk.case_id)
            desk.asked_at = monotonic()
            if actor is None:
                desk.end()
            else:
                desk.actor = actor


def _read(question: Callable[..., Any], *given: Any) -> Any:
    """Read of all places: only case, place and departments, and they leave this module as yes or no."""
    try:
        with scope.acting(scope.EVERYTHING):
            return question(*given)
    except DatabaseError:
        connection.close()
        raise


def find_listener(token: str, case_id: UUID | None) -> Actor | None:
    """Give whoever holds a sign-in and may listen at the queue, or at a case; None: may not."""
    close_old_connections()
    try:
        found = people.find_sign_in(token=token, at=now()) if token else None
        if found is None or not any(seat.role in PLACE_ROLES for seat in found.actor.seats):
            return None
        if case_id is not None:
            with scope.acting(scope.of(found.actor)):
                cases.access_case(actor=found.actor, case_id=case_id)
    except AnlanError:
        return None
    return found.actor

"""An open desk hears that something of its own changed, and nobody else hears that anything happened."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.db import connections

from anlan.cases.actions import move_case
from anlan.cases.rules import Change, Given
from anlan.kernel.actor import Actor, ActorKind, Role, Seat
from anlan.people import actions as people
from anlan.web.command import live
from anlan.web.desk import live as desk_live
from anlan.web.desk.live import Desk, Heard
from tests.flows.run.instance import wait_until
from tests.make import NOW, OTHER_GRID, PASSWORD
from tests.worlds.fixtures import lasting_world

if TYPE_CHECKING:
    from tests.make import World

__all__ = ["lasting_world"]
TOWN, OTHER = "33.0999.001", "33.0999.002"
BEGIN, EVENT = b"retry: 2000\n\n", b"event: desk\ndata: changed\n\n"


class Listener:
    """One open page: what was sent to it so far."""

    def __init__(self, streams: Streams, path: str, token: str) -> None:
        self.status = 0
        self.sent = b""
        self.is_over = False
        self._news = threading.Condition()
        self._gone = asyncio.Event()
        asked = {
            "type": "http", "path": path, "method": "GET",
            "headers": [(b"host", b"localhost"), (b"cookie", f"anlan_sign_in={token}".encode())],
        }  # fmt: skip
        self.runs = asyncio.run_coroutine_threadsafe(self._listen(asked), streams.loop)

    async def _listen(self, asked: dict[str, Any]) -> None:
        await live.application(asked, self._receive, self._send)
        with self._news:
            self.is_over = True
            self._news.notify_all()

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        with self._news:
            self.status = message.get("status", self.status)
            self.sent += message.get("body", b"")
            self._news.notify_all()

    def wait(self, holds: Any) -> None:
        """Wait until something holds of what was sent."""
        with self._news:
            assert self._news.wait_for(holds, timeout=20), (self.status, self.sent)

    def wait_until_open(self) -> None:
        self.wait(lambda: self.sent.startswith(BEGIN))


class Streams:
    """The live process of one test: an event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def close(self) -> None:
        """End all streams, and the threads that asked the database."""
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(20)
        self.loop.close()

    async def _end(self) -> None:
        live.desks.close()
        while live.desks.readers:
            await asyncio.sleep(0.02)
        if live.desks._runs is not None:
            await asyncio.wait({live.desks._runs}, timeout=5)
        await live.desks.ask(connections.close_all)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator[Streams]:
    monkeypatch.setattr(desk_live, "EVERY_S", 0.05)
    monkeypatch.setattr(desk_live, "ASK_AGAIN_S", 0.1)
    monkeypatch.setattr(desk_live, "OVERLAP_S", 0.0)
    monkeypatch.setattr(live, "desks", desk_live.Desks())
    running = Streams()
    yield running
    running.close()


def test_only_who_may_see_the_case_is_told_and_of_nothing_but_that_it_changed(
    lasting_world: World, streams: Streams
) -> None:
    taken = lasting_world.take()
    case = f"/live/desk/{taken.case_id}"
    first = Listener(streams, "/live/desk", lasting_world.token("desk"))
    first.wait(lambda: EVENT in first.sent)  # what happened between the page and its stream
    wait_until(lambda: live.desks._heard and not live.desks._heard.recent, within_s=20)
    own, open_case = (
        Listener(streams, path, lasting_world.token("desk")) for path in ("/live/desk", case)
    )
    others = [
        Listener(streams, "/live/desk", lasting_world.token(login))
        for login in ("other_desk", "other_grid", "mediator")
    ]
    strangers = [
        Listener(streams, path, token)
        for path, token in (
            (case, lasting_world.token("other_desk")),
            (f"/live/desk/{uuid4()}", lasting_world.token("desk")),
            ("/live/desk", lasting_world.token("resident")),
            ("/live/desk", "invented"),
        )
    ]
    for stranger in strangers:
        stranger.wait(lambda stranger=stranger: stranger.status)
        assert (stranger.status, stranger.sent) == (403, b"")
    for listener in (own, open_case, *others):
        listener.wait_until_open()
    lasting_world.take("桥头护栏松了", idempotency_key="second")
    own.wait(lambda: EVENT in own.sent)
    assert own.sent == BEGIN + EVENT
    for other in (open_case, *others):
        assert other.sent == BEGIN, "not even that something happened"
    desk = lasting_world.actor("desk")
    move_case(actor=desk, case_id=taken.case_id, move="accept", given=Given(), at=NOW)
    open_case.wait(lambda: open_case.sent == BEGIN + EVENT)
    for other in others:
        assert other.sent == BEGIN
    own.wait(lambda: own.sent == BEGIN + 2 * EVENT)
    # It lay here and lies there now: both queues look different.
    there = Given(place_code=OTHER_GRID)
    move_case(actor=desk, case_id=taken.case_id, move="relocate", given=there, at=NOW)
    own.wait(lambda: own.sent == BEGIN + 3 * EVENT)
    others[0].wait(lambda: others[0].sent == BEGIN + EVENT)
    for listener in (first, own, open_case, *others):
        assert not listener.is_over


def test_a_stream_ends_when_the_sign_in_ends(lasting_world: World, streams: Streams) -> None:
    token = lasting_world.token("desk")
    stays = Listener(
        streams, "/live/desk",
        people.sign_in(login="desk", password=PASSWORD, at=NOW).token,
    )  # fmt: skip
    leaves = Listener(streams, "/live/desk", token)
    leaves.wait_until_open()
    people.sign_out(token=token, at=NOW)
    leaves.wait(lambda: leaves.is_over)
    assert not stays.is_over
    again = Listener(streams, "/live/desk", token)
    again.wait(lambda: again.status)
    assert again.status == 403


def seat(path: str, department: str = "") -> Actor:
    return Actor(ActorKind.PERSON, uuid4(), "某", (Seat(Role.TOWN_DESK, path, department),))


@pytest.mark.parametrize(
    ("actor", "is_told"),
    [
        (seat(TOWN), True), (seat("33.0999"), True), (seat(TOWN, "WATER"), True), (seat(TOWN, "FIRE"), False),
        (seat(OTHER), False), (seat(TOWN + ".201"), False), (seat("33.0999.00"), False),
        (Actor(ActorKind.PERSON, uuid4(), "某", (Seat(Role.RESIDENT, TOWN),)), False),
    ],
)  # fmt: skip
def test_a_desk_hears_of_what_lies_in_its_seats(actor: Actor, is_told: bool) -> None:
    change = Change(1, uuid4(), TOWN, ("DESK", "WATER"))
    assert Desk(actor, token="").hears(change) is is_told


@pytest.mark.parametrize(
    ("actor", "is_told"),
    [
        (seat(OTHER), True), (seat(OTHER, "FIRE"), True), (seat(OTHER, "WATER"), False), (seat(TOWN, "WATER"), True),
        (seat("33.0999.003"), False),
    ],
)  # fmt: skip
def test_a_desk_hears_of_what_leaves_it(actor: Actor, is_told: bool) -> None:
    change = Change(1, uuid4(), TOWN, ("WATER",), OTHER, ("FIRE",))
    assert Desk(actor, token="").hears(change) is is_told


def changes(*numbers: int) -> list[Change]:
    return [Change(number, uuid4(), TOWN, ()) for number in numbers]


def test_a_step_that_becomes_visible_after_later_ones_is_heard_of_once() -> None:
    heard = Heard(10)
    assert [one.number for one in heard.take(changes(11, 13), at=0.0)] == [11, 13]
    assert heard.after == 10
    assert [one.number for one in heard.take(changes(11, 12, 13), at=1.0)] == [12]
    assert heard.take(changes(11, 12, 13), at=2.0) == []
    heard.take(changes(14), at=12.0)
    assert heard.after == 13, "what is ten seconds old is read no more"
    assert [one.number for _, one in heard.recent] == [14]


def test_a_flood_is_walked_through_and_not_read_again_and_again() -> None:
    heard = Heard(0)
    heard.take(changes(1, 2, 3), at=0.0, is_all=False)
    assert heard.after == 3

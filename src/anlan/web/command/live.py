"""The streams of live boards and desks: one process, one event loop, any number of readers.

Once a second the figures of every place that somebody looks at are read, once for all its readers, in one
thread; who reads is told only when they changed, and a slow reader gets the newest only. Every half minute
the right to read is asked for again, so that a sign-in that was ended ends its streams. What desks hear
is in web/desk/live.py. Server-sent events as the HTML standard describes them (§9.2), over ASGI: a thread of
the web server could serve but one reader.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http.cookies import CookieError, SimpleCookie
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from anlan.boards import queries
from anlan.boards.rules import hold_back
from anlan.kernel import scope
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import queries as people
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.web.command.board import show_tally
from anlan.web.desk.live import Desk, Desks, find_listener

EVERY_S = 1.0
ASK_AGAIN_S = 30.0
BEAT_S = 15.0
READERS_LIMIT = 5_000
_PATH = re.compile(r"/live/(public|command)/([^/]{1,64})")
_DESK_PATH = re.compile(r"/live/desk(?:/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?")

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


class Reader:
    """Who looks at one board: the newest figures, and whether they were sent."""

    def __init__(self, place: PlaceInfo, *, is_public: bool, token: str) -> None:
        self.key = (place.id, is_public)
        self.place, self.is_public, self.token = place, is_public, token
        self.zone = ZoneInfo(get_gazetteer().time_zone(place.id))
        self.news = asyncio.Event()
        self.body = b""
        self.is_over = False

    def tell(self, body: bytes) -> None:
        """Take the newest figures; what was not sent yet is out of date."""
        if body != self.body:
            self.body = body
            self.news.set()

    def end(self) -> None:
        """End the stream; the browser comes again and is asked anew."""
        self.is_over = True
        self.news.set()

    def say(self) -> bytes:
        """Write the newest figures as an event, with the time it is there."""
        at = now()
        clock = at.astimezone(self.zone)
        said = f'"at":"{at:%Y-%m-%dT%H:%M:%SZ}","clock":"{clock:%H:%M:%S}"'
        return b'event: board\ndata: {%s,"places":%s}\n\n' % (said.encode(), self.body)


class Hub:
    """Reads the figures of every place that is looked at, once a second."""

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        self._thread = ThreadPoolExecutor(1, "anlan-live")
        self._told: dict[tuple[int, bool], bytes] = {}
        self._read_at: dict[tuple[int, bool], float] = {}
        self._runs: asyncio.Task[None] | None = None

    async def ask(self, question: Callable[..., Any], *given: Any) -> Any:
        """Ask the database in the one thread that does."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question, *given)

    def join(self, reader: Reader) -> None:
        """Add a reader; who looks at a board already known is told at once."""
        self.readers.add(reader)
        if known := self._told.get(reader.key):
            reader.tell(known)
        if self._runs is None or self._runs.done():
            self._runs = asyncio.get_running_loop().create_task(self._run())

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        self.readers.discard(reader)

    def close(self) -> None:
        """End every stream: this process leaves."""
        for reader in self.readers:
            reader.end()

    async def _run(self) -> None:
        try:
            await self._keep_reading()
        finally:
            self.close()  # whatever broke: browsers come again, and the reading begins anew

    async def _keep_reading(self) -> None:
        asked_at = monotonic()
        while self.readers:
            began = monotonic()
            boards = {reader.key: reader.place for reader in self.readers}
            self._told = {key: body for key, body in self._told.items() if key in boards}
            self._read_at = {key: at for key, at in self._read_at.items() if key in boards}
            # Those who command first. Of public boards as many as a second has room for, the one that
            # has waited longest first: whoever opens a thousand slows down strangers, not the wall.
            for key in sorted(boards, key=lambda key: (key[1], self._read_at.get(key, 0.0))):
                if key[1] and monotonic() - began > EVERY_S:
                    break
                self._read_at[key] = monotonic()
                # Away: the figures stay as old as they say
                with contextlib.suppress(DatabaseError):
                    self._told[key] = await self.ask(_read, boards[key], key[1])
            for reader in list(self.readers):
                if body := self._told.get(reader.key):
                    reader.tell(body)
            if monotonic() - asked_at > ASK_AGAIN_S:
                asked_at = monotonic()
                for reader in [r for r in self.readers if not r.is_public]:
                    with contextlib.suppress(DatabaseError):
                        if (
                            await self.ask(_find_place, reader.token, reader.place.code, False)
                            is None
                        ):
                            reader.end()
            await asyncio.sleep(max(0.0, EVERY_S - (monotonic() - began)))


def _read(place: PlaceInfo, is_public: bool) -> bytes:
    """Read a place's figures as they are sent: texts as the page shows them, by place code."""
    try:
        total, tallies = queries.get_tallies(place=place, at=now())
    except DatabaseError:
        connection.close()
        raise
    if is_public and queries.is_small(place):
        gazetteer = get_gazetteer()
        rows = hold_back(
            [(gazetteer.place_by_code(code), tally) for code, tally in tallies.items()]
        )
        tallies = {child.code: tally for child, tally in rows}
    if is_public and queries.is_small_itself(place):
        total = hold_back([(place, total)])[0][1]
    shown = {place.code: show_tally(total)} | {
        code: show_tally(tally) for code, tally in tallies.items()
    }
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def _find_place(token: str, code: str, is_public: bool) -> PlaceInfo | None:
    """Give the place of a board that whoever holds a sign-in may read; None: not this one."""
    close_old_connections()
    try:
        if is_public:
            return get_gazetteer().place_by_code(code)
        found = people.find_sign_in(token=token, at=now()) if token else None
        if found is None:
            return None
        with scope.acting(scope.of(found.actor)):
            return queries.access_board(actor=found.actor, place_code=code)
    except AnlanError:
        return None


hub = Hub()
desks = Desks()


async def application(asked: Message, receive: Receive, send: Send) -> None:
    """Answer one connection (ASGI 3)."""
    if asked["type"] == "lifespan":
        await _live(receive, send)
        return
    if asked["type"] != "http":
        return
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in asked["headers"]
    }
    allowed = _allow(headers)
    if asked["path"] == "/live/health" and asked["method"] == "GET":
        await _refuse(send, 200, allowed)
        return
    match, desk = _PATH.fullmatch(asked["path"]), _DESK_PATH.fullmatch(asked["path"])
    if (match is None and desk is None) or asked["method"] != "GET":
        await _refuse(send, 404, allowed)
        return
    if len(hub.readers) + len(desks.readers) >= READERS_LIMIT:
        await _refuse(send, 503, allowed)
        return
    if match is None:
        assert desk is not None
        await _serve_desk(desk[1], headers, receive, send, allowed)
        return
    is_public = match[1] == "public"
    token = "" if is_public else _read_cookie(headers.get("cookie", ""))
    try:
        place = await hub.ask(_find_place, token, match[2], is_public)
    except DatabaseError:
        await _refuse(send, 503, allowed)
        return
    if place is None:
        await _refuse(send, 404 if is_public else 403, allowed)
        return
    reader = Reader(place, is_public=is_public, token=token)
    hub.join(reader)
    try:
        await _stream(reader, receive, send, allowed)
    finally:
        hub.leave(reader)


async def _serve_desk(
    case: str | None, headers: dict[str, str], receive: Receive, send: Send, allowed: list[tuple[bytes, bytes]]
) -> None:  # fmt: skip
    """Let whoever may hear of changes listen; a case that is not his and one that is not at all are refused alike."""
    token = _read_cookie(headers.get("cookie", ""))
    case_id = UUID(case) if case else None
    try:
        actor = await desks.ask(find_listener, token, case_id)
    except DatabaseError:
        await _refuse(send, 503, allowed)
        return
    if actor is None:
        await _refuse(send, 403, allowed)
        return
    listener = Desk(actor, token=token, case_id=case_id)
    desks.join(listener)
    try:
        await _stream(listener, receive, send, allowed)
    finally:
        desks.leave(listener)


async def _stream(
    reader: Reader | Desk, receive: Receive, send: Send, allowed: list[tuple[bytes, bytes]]
) -> None:
    gone = asyncio.get_running_loop().create_task(_wait_until_gone(receive, reader))
    try:
        await send({
            "type": "http.response.start", "status": 200,
            "headers": [
                (b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"), (b"x-content-type-options", b"nosniff"), *allowed,
            ],
        })  # fmt: skip
        await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
        while True:
            try:
                await asyncio.wait_for(reader.news.wait(), BEAT_S)
            except TimeoutError:
                # A line that says nothing keeps proxies from ending what seems asleep
                await send(
                    {"type": "http.response.body", "body": b": still here\n\n", "more_body": True}
                )
                continue
            reader.news.clear()
            if reader.is_over:
                break
            await send({"type": "http.response.body", "body": reader.say(), "more_body": True})
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


async def _wait_until_gone(receive: Receive, reader: Reader | Desk) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    reader.end()


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            hub.close()
            desks.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _refuse(send: Send, status: int, allowed: list[tuple[bytes, bytes]]) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        *allowed,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _allow(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Let the product's own pages read the answer, and nobody else's: same host, or the public address."""
    origin = urlsplit(headers.get("origin", ""))
    host = urlsplit(f"//{headers.get('host', '')}").hostname
    public = urlsplit(settings.PUBLIC_URL)
    is_own = origin.hostname and (
        origin.hostname == host or (origin.scheme, origin.netloc) == (public.scheme, public.netloc)
    )
    if not is_own:
        return [(b"vary", b"Origin")]
    return [
        (b"access-control-allow-origin", headers["origin"].encode("latin-1")),
        (b"access-control-allow-credentials", b"true"), (b"vary", b"Origin"),
        (b"cross-origin-resource-policy", b"same-site"),
    ]  # fmt: skip


def _read_cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(SIGN_IN_COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""

"""How long until a new signal shows on live boards, and is told to desks: 200 of each, 50 signals a second come in.

Signals go through the API of the product's own web server; boards are streams of its live process, of the
county and of its towns. A signal shows when a county board's count of today has reached it. What desks are
told says nothing of what changed, so it is timed at desks of villages, which hear of few: of 200 desks 160 are
the county's, who hear of everything, and 40 of villages. The ratio is the larger 95th percentile of the delays
÷ the two seconds allowed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from statistics import median
from typing import Any

from bench import world
from bench.client import request
from bench.create import prepare

BOARDS, RATE_PER_S, SECONDS = 200, 50, 20
COUNTY_DESKS, VILLAGE_DESKS = 160, 40
ALLOWED_S = 2.0
APART_S = 2.0
"""Signals of one village that follow each other sooner are not told apart."""


def run() -> dict[str, Any]:
    """Measure in one run of one instance."""
    with world.instance():
        world.load_county()
        token, bodies = prepare()
        from anlan.demo.world import COUNTY
        from anlan.places.queries import get_gazetteer

        gazetteer = get_gazetteer()
        county = gazetteer.place_by_code(COUNTY)
        places = [COUNTY, *(town.code for town in gazetteer.children(county.id))]
        villages = _count_villages(bodies)[:VILLAGE_DESKS]
        tokens = [_open_desk(COUNTY), *(_open_desk(code) for code in villages)]
        port = world.free_port()
        with world.web_server(), _live(port):
            watch = _Watch(port, places, tokens, villages, [_village_of(body) for body in bodies])
            delays, late, open_ = asyncio.run(watch.run(token, bodies))
    delays.sort()
    told = sorted(watch.told)
    p95, desk_p95 = (each[int(len(each) * 0.95)] for each in (delays, told))
    return {
        "bench": "board",
        "ratio": round(max(p95, desk_p95) / ALLOWED_S, 3),
        "p50_s": round(median(delays), 3),
        "p95_s": round(p95, 3),
        "max_s": round(delays[-1], 3),
        "boards": open_,
        "desks": COUNTY_DESKS + VILLAGE_DESKS,
        "desk_p50_s": round(median(told), 3),
        "desk_p95_s": round(desk_p95, 3),
        "desk_max_s": round(told[-1], 3),
        "desk_timed": len(told),
        "desk_not_told": watch.missed,
        "signals_per_s": round(len(delays) / SECONDS, 1),
        "not_shown": late,
        "data": "synthetic",
    }


def _live(port: int) -> Any:
    command = [
        sys.executable, "-m", "granian", "anlan.config.live:application", "--interface", "asgi",
        "--port", str(port), "--workers", "1", "--no-ws", "--log-level", "error",
    ]  # fmt: skip
    return world.server_process(command, f"http://localhost:{port}/live/health", os.environ)


def _village_of(body: bytes) -> str:
    """Give the village that a report's point lies in."""
    from anlan.places.queries import get_gazetteer

    gazetteer, report = get_gazetteer(), json.loads(body)
    grid = int(gazetteer.locate_many([report["lon"]], [report["lat"]])[0])
    return next(p.code for p in gazetteer.lineage(grid) if p.level == "VILLAGE")


def _count_villages(bodies: list[bytes]) -> list[str]:
    """List the villages that are reported from, the busiest first."""
    return [code for code, _ in Counter(map(_village_of, bodies)).most_common()]


def _open_desk(place_code: str) -> str:
    """Open an account that watches over a place, and give its sign-in."""
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM, Role
    from anlan.people import actions as people
    from anlan.places.queries import get_gazetteer

    at, password = clock.now(), "枫桥经验 一九六三 2026"
    place = get_gazetteer().place_by_code(place_code)
    role = Role.COUNTY_CENTRE if place.level == "COUNTY" else Role.VILLAGE_CADRE
    person = people.create_person(
        actor=SYSTEM, login=f"bench-{place_code}", name="bench", password=password, is_demo=True, at=at
    )  # fmt: skip
    people.grant_duty(actor=SYSTEM, person_id=person.id, role=role, place_id=place.id, at=at)
    return people.sign_in(login=f"bench-{place_code}", password=password, at=at).token


class _Watch:
    """Opens boards and desks, lets signals come in, and notes when they are shown and told."""

    def __init__(
        self, port: int, places: list[str], tokens: list[str], villages: list[str], village_of: list[str]
    ) -> None:  # fmt: skip
        self.port, self.places, self.tokens = port, places, tokens
        self.villages, self.village_of = villages, village_of
        self.shown: list[tuple[float, int]] = []
        self.heard: list[list[float]] = [[] for _ in villages]
        self.told: list[float] = []
        self.missed = 0
        self.opened = asyncio.Semaphore(0)

    async def run(self, token: str, bodies: list[bytes]) -> tuple[list[float], int, int]:
        """Give the boards' delays in seconds, how many signals never showed, and how many boards were open."""
        boards = [
            asyncio.create_task(
                _read(self.port, self.places[n % len(self.places)], self.shown if n == 0 else None, self.opened)
            )
            for n in range(BOARDS)
        ]  # fmt: skip
        desks = [
            asyncio.create_task(_listen(self.port, self.tokens[0], None, self.opened))
            for _ in range(COUNTY_DESKS)
        ] + [
            asyncio.create_task(_listen(self.port, one, self.heard[n], self.opened))
            for n, one in enumerate(self.tokens[1:])
        ]
        for _ in range(len(boards) + len(desks)):
            await asyncio.wait_for(self.opened.acquire(), 60)
        base = self.shown[-1][1]
        sent = await _send(token, bodies)
        until = time.perf_counter() + 10
        while self.shown[-1][1] < base + len(sent) and time.perf_counter() < until:
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)
        open_ = sum(not task.done() for task in boards)
        if any(task.done() for task in desks):
            raise AssertionError("desks were not kept open")
        for task in (*boards, *desks):
            task.cancel()
        self._time_desks(sent)
        return *self._time_boards(base, sorted(at for _, at in sent)), open_

    def _time_boards(self, base: int, sent: list[float]) -> tuple[list[float], int]:
        delays, missing = [], 0
        for number, at in enumerate(sent, start=1):
            seen = next((when for when, count in self.shown if count >= base + number), None)
            if seen is None:
                missing += 1
            else:
                delays.append(max(0.0, seen - at))
        return delays, missing

    def _time_desks(self, sent: list[tuple[int, float]]) -> None:
        of_village: dict[str, list[float]] = {}
        for number, at in sorted(sent, key=lambda one: one[1]):
            of_village.setdefault(self.village_of[number % len(self.village_of)], []).append(at)
        for village, heard in zip(self.villages, self.heard, strict=True):
            before = -APART_S
            for at in of_village.get(village, []):
                if at - before >= APART_S:
                    # The answer may come after the event
                    when = next((when for when in heard if when >= at - 0.5), None)
                    if when is None:
                        self.missed += 1
                    else:
                        self.told.append(max(0.0, when - at))
                before = at


async def _listen(
    port: int, token: str, heard: list[float] | None, opened: asyncio.Semaphore
) -> None:
    reader, writer = await asyncio.open_connection("localhost", port)
    head = f"GET /live/desk HTTP/1.1\r\nHost: localhost\r\nCookie: anlan_sign_in={token}\r\n\r\n"
    writer.write(head.encode())
    while line := await reader.readline():
        if line.startswith(b"retry:"):
            opened.release()
        elif line.startswith(b"data:") and heard is not None:
            heard.append(time.perf_counter())


async def _read(
    port: int, code: str, shown: list[tuple[float, int]] | None, opened: asyncio.Semaphore
) -> None:
    reader, writer = await asyncio.open_connection("localhost", port, limit=1 << 20)
    writer.write(f"GET /live/public/{code} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    is_first = True
    while line := await reader.readline():
        if not line.startswith(b"data: "):
            continue
        if shown is not None:
            told = json.loads(line[6:])
            shown.append(
                (time.perf_counter(), int(told["places"][code]["opened"].replace(",", "")))
            )
        if is_first:
            is_first = False
            opened.release()


async def _send(token: str, bodies: list[bytes]) -> list[tuple[int, float]]:
    """Send signals at the rate, over connections that stay; give the number of each and when it was answered."""
    answered: list[tuple[int, float]] = []
    began = time.perf_counter()

    async def send_every(first: int) -> None:
        reader, writer = await asyncio.open_connection("localhost", world.PORT)
        for number in range(first, RATE_PER_S * SECONDS, 10):
            await asyncio.sleep(max(0.0, began + number / RATE_PER_S - time.perf_counter()))
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"board-{number}"}
            writer.write(request("/api/v1/signals", bodies[number % len(bodies)], headers))
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 201 " not in head.split(b"\r\n", 1)[0]:
                raise AssertionError(head)
            length = next(
                int(row.split(b":")[1])
                for row in head.split(b"\r\n")
                if row.lower().startswith(b"content-length")
            )
            await reader.readexactly(length)
            answered.append((number, time.perf_counter()))

    await asyncio.gather(*(send_every(first) for first in range(10)))
    return answered

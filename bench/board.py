"""How long until a new signal shows on live boards: 200 boards open, 50 signals a second come in.

Signals go through the API of the product's own web server; boards are streams of its live process, of the
county and of its towns. A signal shows when a county board's count of today has reached it. The ratio is
the 95th percentile of the delays ÷ the two seconds allowed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from statistics import median
from typing import Any

from bench import world
from bench.client import request
from bench.create import prepare

BOARDS, RATE_PER_S, SECONDS = 200, 50, 20
ALLOWED_S = 2.0


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
        port = world.free_port()
        with world.web_server(), _live(port):
            delays, late, open_ = asyncio.run(_watch(port, places, token, bodies))
    delays.sort()
    p95 = delays[int(len(delays) * 0.95)]
    return {
        "bench": "board",
        "ratio": round(p95 / ALLOWED_S, 3),
        "p50_s": round(median(delays), 3),
        "p95_s": round(p95, 3),
        "max_s": round(delays[-1], 3),
        "boards": open_,
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


async def _watch(
    port: int, places: list[str], token: str, bodies: list[bytes]
) -> tuple[list[float], int, int]:
    """Give the delays in seconds, how many signals never showed, and how many boards were open."""
    shown: list[tuple[float, int]] = []
    opened = asyncio.Semaphore(0)
    tasks = [
        asyncio.create_task(_read(port, places[n % len(places)], shown if n == 0 else None, opened))
        for n in range(BOARDS)
    ]
    for _ in range(BOARDS):
        await asyncio.wait_for(opened.acquire(), 60)
    base = shown[-1][1]
    sent = await _send(token, bodies)
    until = time.perf_counter() + 10
    while shown[-1][1] < base + len(sent) and time.perf_counter() < until:
        await asyncio.sleep(0.1)
    open_ = sum(not task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    delays, missing = [], 0
    for number, at in enumerate(sorted(sent), start=1):
        seen = next((when for when, count in shown if count >= base + number), None)
        if seen is None:
            missing += 1
        else:
            delays.append(max(0.0, seen - at))
    return delays, missing, open_


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


async def _send(token: str, bodies: list[bytes]) -> list[float]:
    """Send signals at the rate, over connections that stay; give when each was answered."""
    answered: list[float] = []
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
            answered.append(time.perf_counter())

    await asyncio.gather(*(send_every(first) for first in range(10)))
    return answered

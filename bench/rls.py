"""What the second wall costs: list, create and move with row-level security and without it.

Two servers on one database: one connects as the application, under policies and telling its scope
with every transaction, the other as the owner, which the policies do not bind. They take turns, one
request after the other over one connection; the ratio of an operation is that of its median waits.
"""

from __future__ import annotations

import json
from itertools import count
from statistics import median
from typing import Any

from bench import create, move, queue, world
from bench.cases import copy_cases
from bench.client import press, request

CASES, ROUNDS, REQUESTS = 50_000, 9, 120


def run() -> dict[str, Any]:
    """Measure in one run; the ratio is the worst of the operations."""
    with world.instance():
        world.load_county()
        copy_cases(CASES)
        cookies = {duties: f"anlan_sign_in={queue.sign_in(duties)}" for duties in (1, 40)}
        token, bodies = create.prepare()
        mover, case_ids = move.prepare()
        numbers = count()
        step = json.dumps({"move": "report_back", "note": "进展"}).encode()

        def signal(number: int) -> bytes:
            key = {"Idempotency-Key": f"rls-{next(numbers)}", "Authorization": f"Bearer {token}"}
            return request("/api/v1/signals", bodies[number % len(bodies)], key)

        asked = {
            "list_one_duty": lambda _: _page(cookies[1]),
            "list_forty_duties": lambda _: _page(cookies[40]),
            "create": signal,
            "move": lambda n: request(
                f"/api/v1/cases/{case_ids[n % 500]}/moves",
                step,
                {"Authorization": f"Bearer {mover}"},
            ),
        }
        ports = {"with": world.PORT, "without": world.PORT + 1}
        with (
            world.web_server(port=ports["with"], processes=1),
            world.web_server(port=ports["without"], processes=1, BENCH_AS_OWNER="1"),
        ):
            waits: dict[str, dict[str, list[float]]] = {
                name: {wall: [] for wall in ports} for name in asked
            }
            for turn in range(ROUNDS + 1):
                for name, make in asked.items():
                    for wall, port in ports.items():
                        load = press(port, make, requests=REQUESTS, connections=1)
                        if load.failures:
                            raise AssertionError(f"{name} {wall} the wall: {load}")
                        if turn:
                            waits[name][wall].append(load.p50_ms)
    ratios = {
        name: round(median(a / b for a, b in zip(w["with"], w["without"], strict=True)), 3)
        for name, w in waits.items()
    }
    return {
        "bench": "rls",
        "ratio": max(ratios.values()),
        **{f"{name}_ratio": ratio for name, ratio in ratios.items()},
        **{f"{name}_ms": round(median(w["with"]), 2) for name, w in waits.items()},
        "cases": CASES,
        "data": "synthetic",
    }


def _page(cookie: str) -> bytes:
    return request("/api/v1/cases", b"", {"Cookie": cookie}, method="GET")

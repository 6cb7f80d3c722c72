"""Signals taken a second through the API, against a bare endpoint on the same server and client.

Ours: token sign-in, validation, classification among 240 matters, point to grid, routing, clocks,
signal, sealed contact, case, step, decision, ledger entry and outbox. Bare: one django-ninja
endpoint that validates a small body and inserts one row. Rounds alternate; medians are given.
Texts are synthetic, each different.
"""

from __future__ import annotations

import json
import random
from statistics import median
from typing import Any

from bench import world
from bench.client import Load, press, request

ROUNDS, REQUESTS, CONNECTIONS = 31, 250, 8
"""Short rounds, so that both meet the same pace of a machine whose pace changes by the minute."""


def run() -> dict[str, Any]:
    """Measure in one run of one server."""
    with world.instance():
        world.load_county()
        token, bodies = prepare()
        with world.web_server():
            headers = {"Authorization": f"Bearer {token}"}
            count = iter(range(10**9))

            def ours(number: int) -> bytes:
                key = {"Idempotency-Key": f"bench-{next(count)}"}
                return request("/api/v1/signals", bodies[number % len(bodies)], headers | key)

            def bare(number: int) -> bytes:
                return request("/bare/rows", bodies[number % len(bodies)], {})

            for make in (ours, bare):
                press(world.PORT, make, requests=400, connections=CONNECTIONS)
            pairs = [(_press(ours), _press(bare)) for _ in range(ROUNDS)]
        statements = _count_statements(token, bodies[0])
    if any(load.failures for pair in pairs for load in pair):
        raise AssertionError(f"requests failed: {pairs}")
    return {
        "bench": "create",
        "ratio": round(median(o.rate / b.rate for o, b in pairs), 3),
        "p95_ratio": round(median(o.p95_ms / b.p95_ms for o, b in pairs), 2),
        "statements": statements,
        "per_second": round(median(o.rate for o, _ in pairs)),
        "bare_per_second": round(median(b.rate for _, b in pairs)),
        "p95_ms": median(o.p95_ms for o, _ in pairs),
        "bare_p95_ms": median(b.p95_ms for _, b in pairs),
        "data": "synthetic",
    }


def _press(make: Any) -> Load:
    return press(world.PORT, make, requests=REQUESTS, connections=CONNECTIONS)


def prepare() -> tuple[str, list[bytes]]:
    """Open a machine account and write the bodies."""
    from django.db import connection

    from anlan.demo.world import COUNTY
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM, Role
    from anlan.people.actions import create_api_client
    from anlan.places.queries import get_gazetteer
    from bench.site import TABLE

    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    gazetteer = get_gazetteer()
    county = gazetteer.place_by_code(COUNTY)
    client = create_api_client(
        actor=SYSTEM, name="bench", channel="API", role=Role.COUNTY_CENTRE, place_id=county.id,
        at=clock.now(),
    )  # fmt: skip
    return client.token, write_bodies(2000)


def _count_statements(token: str, body: bytes) -> int:
    """Count the SQL statements of one create, BEGIN and COMMIT among them."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"Authorization": f"Bearer {token}", "host": "localhost"})
    post = {"content_type": "application/json"}
    client.post("/api/v1/signals", body, **post)
    with CaptureQueriesContext(connection) as captured:
        answer = client.post("/api/v1/signals", body, **post)
    if answer.status_code != 201:
        raise AssertionError(answer.content)
    return len(captured)


def write_bodies(count: int) -> list[bytes]:
    """Write the bodies of so many synthetic reports, spread over the county's grids."""
    import yaml

    from anlan.demo import phrases
    from anlan.demo.world import COUNTY, FOLDER
    from anlan.places.queries import get_gazetteer

    gazetteer = get_gazetteer()
    county = gazetteer.place_by_code(COUNTY)
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    reports = phrases.synthetic_reports(
        phrases.read_wordings(rows), count, 7, templates=phrases.Templates.CHECKING
    )
    grids = [p for p in gazetteer.descendants(county.id) if p.level == "GRID"]
    chance = random.Random(7)
    bodies = []
    for report in reports:
        grid = chance.choice(grids)
        bodies.append(
            json.dumps(
                {"text": report.text, "lon": grid.lon, "lat": grid.lat, "external_ref": "bench",
                 "contact": {"name": "演示居民", "phone": "00000000000"}},
                ensure_ascii=False,
            ).encode()
        )  # fmt: skip
    return bodies

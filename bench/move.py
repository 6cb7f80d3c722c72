"""48 writers move one case at once, and a move against a bare row update on the same database.

Each writer adds notes to the same case (`report_back`) through HTTP. Every answer is 2xx or 409; each
acknowledged move is one step and one ledger entry, and the case's entries stand in the tree in the
order of its steps. The ratio is rate of moves on many cases ÷ rate of a bare endpoint that
updates one row.
"""

from __future__ import annotations

import json
from statistics import median
from typing import Any

from bench import world
from bench.cases import copy_cases
from bench.client import press, request

WRITERS, MOVES, ROUNDS, REQUESTS = 48, 960, 5, 800


def run() -> dict[str, Any]:
    """Measure in one run of one server."""
    with world.instance():
        world.load_county()
        copy_cases(2_000)
        token, case_ids = prepare()
        headers = {"Authorization": f"Bearer {token}"}
        body = json.dumps({"move": "report_back", "note": "进展"}).encode()

        def move(case_id: str) -> bytes:
            return request(f"/api/v1/cases/{case_id}/moves", body, headers)

        with world.web_server():
            crowd = press(
                world.PORT, lambda _: move(case_ids[0]), requests=MOVES, connections=WRITERS
            )
            pairs = []
            for _ in range(ROUNDS):
                ours = press(world.PORT, lambda n: move(case_ids[1 + n % 500]), requests=REQUESTS,
                             connections=8)  # fmt: skip
                bare = press(world.PORT, lambda n: request(f"/bare/rows/{n % 500}", b"{}", {}),
                             requests=REQUESTS, connections=8)  # fmt: skip
                pairs.append((ours, bare))
        in_order = _check(case_ids[0], MOVES - crowd.failures)
        statements = _count(token, case_ids[600], body)
    return {
        "bench": "move",
        "ratio": round(median(o.rate / b.rate for o, b in pairs), 3),
        "statements": statements,
        "per_second": round(median(o.rate for o, _ in pairs)),
        "bare_per_second": round(median(b.rate for _, b in pairs)),
        "writers_on_one_case": WRITERS,
        "moves_on_one_case": MOVES,
        "server_errors": crowd.server_errors,
        "acknowledged_and_kept": in_order,
        "crowd_per_second": round(crowd.rate),
        "data": "synthetic",
    }


def prepare() -> tuple[str, list[str]]:
    """Accept 700 cases, open a machine account over them, and make the rows of the bare endpoint."""
    from django.db import connection

    from anlan.cases.actions import move_case
    from anlan.cases.models import Case
    from anlan.cases.rules import Given
    from anlan.demo.world import COUNTY
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role, Seat
    from anlan.people.actions import create_api_client
    from anlan.places.queries import get_gazetteer
    from bench.site import TABLE

    county = get_gazetteer().place_by_code(COUNTY)
    centre = Actor(ActorKind.SYSTEM, None, "bench", (Seat(Role.COUNTY_CENTRE, county.path),))
    case_ids = list(Case.objects.order_by("id").values_list("id", flat=True)[:700])
    for case_id in case_ids:
        move_case(actor=centre, case_id=case_id, move="accept", given=Given(), at=clock.now())
    client = create_api_client(
        actor=SYSTEM, name="bench", channel="API", role=Role.COUNTY_CENTRE, place_id=county.id,
        at=clock.now(),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute(
            "INSERT INTO bench_row SELECT n, 'x', 0, 0, '' FROM generate_series(0, 499) AS n"
            " ON CONFLICT DO NOTHING"
        )
    return client.token, [str(i) for i in case_ids]


def _check(case_id: str, acknowledged: int) -> int:
    """Make sure that every acknowledged move is there once, in one order; give how many."""
    from anlan.cases.models import Step
    from anlan.kernel import clock
    from anlan.ledger.actions import sequence
    from anlan.ledger.queries import list_entries

    while sequence(at=clock.now()):
        pass
    seqs = list(Step.objects.filter(case_id=case_id).order_by("seq").values_list("seq", flat=True))
    entries = sorted(list_entries(about_kind="case", about_id=case_id), key=lambda e: e.leaf_index)
    told = [
        json.loads(e.body)["data"]["seq"] for e in entries if "seq" in json.loads(e.body)["data"]
    ]
    if seqs != list(range(1, len(seqs) + 1)) or len(seqs) != acknowledged + 2:
        raise AssertionError(f"{acknowledged} moves acknowledged, {len(seqs)} steps")
    if told != sorted(told) or len(told) != len(seqs) - 1:
        raise AssertionError("the ledger's order is not the order of commits")
    return acknowledged


def _count(token: str, case_id: str, body: bytes) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"Authorization": f"Bearer {token}", "host": "localhost"})
    client.get(f"/api/v1/cases/{case_id}")  # memory is asked for its version every two seconds
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(
            f"/api/v1/cases/{case_id}/moves", body, content_type="application/json"
        )
    if answer.status_code != 200:
        raise AssertionError(answer.content[:300])
    return len(captured)

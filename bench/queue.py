"""A page of the queue through the API, against the same page from a bare query.

50,000 open cases of synthetic signals lie in the table. Ours: token sign-in, the scope of an actor
with 1 or with 40 duties, names of matter, place and unit, lights, JSON. Bare: a django-ninja endpoint
on the same server that selects the same columns of 50 rows by deadline, names joined, for nobody
in particular.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from bench import world
from bench.cases import copy_cases
from bench.client import Load, press, request

CASES, ROUNDS, REQUESTS = 50_000, 5, 300


def run() -> dict[str, Any]:
    """Measure in one run of one server."""
    with world.instance():
        world.load_county()
        copy_cases(CASES)
        tokens = {duties: sign_in(duties) for duties in (1, 40)}
        statements = {duties: _count(token) for duties, token in tokens.items()}
        with world.web_server():

            def page(token: str) -> bytes:
                return request(
                    "/api/v1/cases", b"", {"Cookie": f"anlan_sign_in={token}"}, method="GET"
                )

            bare = request("/bare/cases", b"", {}, method="GET")
            asked = {"1": page(tokens[1]), "40": page(tokens[40]), "bare": bare}
            rounds = [
                {name: _press(data) for name, data in asked.items()} for _ in range(ROUNDS + 1)
            ]
    counted = rounds[1:]
    if any(load.failures for found in counted for load in found.values()):
        raise AssertionError("requests failed")
    middle = {name: median(r[name].p50_ms for r in counted) for name in asked}
    return {
        "bench": "list",
        "ratio": round(max(middle["1"], middle["40"]) / middle["bare"], 2),
        "one_duty_ms": middle["1"],
        "forty_duties_ms": middle["40"],
        "bare_ms": middle["bare"],
        "statements": max(statements.values()),
        "cases": CASES,
        "data": "synthetic",
    }


def _press(data: bytes) -> Load:
    return press(world.PORT, lambda _: data, requests=REQUESTS, connections=1)


def sign_in(duties: int) -> str:
    """Open an account with so many duties in villages and towns of the county and sign it in."""
    from anlan.demo.world import COUNTY
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM, Role
    from anlan.people import actions as people
    from anlan.places.queries import get_gazetteer

    gazetteer = get_gazetteer()
    county = gazetteer.place_by_code(COUNTY)
    towns = gazetteer.children(county.id)
    seats = [(Role.COUNTY_CENTRE, county.id)]
    if duties > 1:
        villages = [v for town in towns[:8] for v in gazetteer.children(town.id)[:5]]
        seats = [(Role.VILLAGE_CADRE, v.id) for v in villages[:duties]]
    at = clock.now()
    person = people.create_person(
        actor=SYSTEM,
        login=f"bench{duties}",
        name="bench",
        password="bench-bench-bench",
        at=at,
        is_demo=True,
    )
    for role, place_id in seats:
        people.grant_duty(actor=SYSTEM, person_id=person.id, role=role, place_id=place_id, at=at)
    return people.sign_in(login=f"bench{duties}", password="bench-bench-bench", at=at).token


def _count(token: str) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.cookies["anlan_sign_in"] = token
    client.get("/api/v1/cases")
    with CaptureQueriesContext(connection) as captured:
        answer = client.get("/api/v1/cases")
    if answer.status_code != 200 or len(answer.json()["cases"]) != 50:
        raise AssertionError(answer.content[:300])
    return len(captured)

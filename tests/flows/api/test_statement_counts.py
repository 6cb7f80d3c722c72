"""What a call costs in SQL statements: a cap each, whatever the length of the page or the scope.

BEGIN and COMMIT count (inside a test they show as SAVEPOINT and RELEASE). Memory is warm, as it
is in a running server: places, catalogue and classifier are re-checked every two seconds at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.kernel.actor import SYSTEM, Role
from anlan.people.actions import grant_duty
from anlan.people.models import Duty
from anlan.places.queries import get_gazetteer
from tests.flows.api.calls import Api
from tests.make import NOW, TOWN, World


@contextmanager
def at_most(limit: int, name: str) -> Iterator[None]:
    with CaptureQueriesContext(connection) as captured:
        yield
    listed = "\n".join(query["sql"][:110] for query in captured)
    assert len(captured) <= limit, f"{name}: {len(captured)} statements\n{listed}"


def give_duties(world: World, login: str, count: int) -> None:
    """Give somebody as many duties as wanted, over all places and departments."""
    held = Duty.objects.filter(person_id=world.person_ids[login]).count()
    places = list(get_gazetteer().places.values())
    departments = ("", "CONSTRUCTION", "FIRE", "MEDIATION")
    for number in range(count - held):
        grant_duty(
            actor=SYSTEM,
            person_id=world.person_ids[login],
            role=Role.DEPARTMENT if number % 4 else Role.TOWN_DESK,
            place_id=places[number % len(places)].id,
            department=departments[number % 4],
            at=NOW,
        )


def test_create(world: World) -> None:
    app = Api(world, "app")
    app.post("/signals", app.signal())
    with at_most(12, "create"):
        assert app.post("/signals", app.signal(), **{"Idempotency-Key": "k"}).status_code == 201
    with at_most(12, "create repeated"):
        assert app.post("/signals", app.signal(), **{"Idempotency-Key": "k"}).status_code == 200


@pytest.mark.parametrize("duties", [1, 40])
def test_list_and_move(world: World, duties: int) -> None:
    give_duties(world, "desk", duties)
    desk = Api(world, "desk")
    case_ids = [world.take(f"第{n}盏路灯不亮").case_id for n in range(30)]
    desk.get("/cases")
    with at_most(8, f"list, {duties} duties"):
        assert len(desk.get("/cases").json()["cases"]) == 30
    unit_id = world.unit_id(TOWN, "CONSTRUCTION")
    with at_most(8, f"move, {duties} duties"):
        body = {"move": "assign_down", "unit_id": unit_id}
        assert desk.post(f"/cases/{case_ids[0]}/moves", body).status_code == 200
    with at_most(8, f"case, {duties} duties"):
        assert desk.get(f"/cases/{case_ids[0]}").status_code == 200


def test_track_and_rate(world: World) -> None:
    taken = world.take()
    anybody = Api(world)
    with at_most(8, "track"):
        assert anybody.get(f"/track/{taken.tracking_code}").status_code == 200


def test_calls_answered_from_memory_cost_nothing(world: World) -> None:
    anybody = Api(world)
    anybody.get("/matters")
    anybody.get("/places/locate", {"lon": 120.01, "lat": 29.705})
    with at_most(0, "matters"):
        assert anybody.get("/matters").status_code == 200
    with at_most(0, "locate"):
        assert anybody.get("/places/locate", {"lon": 120.01, "lat": 29.705}).status_code == 200


def test_a_stranger_costs_one_statement(world: World) -> None:
    app = Api(world, "app")
    with at_most(1, "wrong token"):
        app.post("/signals", app.signal(), Authorization="Bearer wrong")

"""The people of the day: a desk for every town, the county centre, and workers on shifts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from uuid import UUID

from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role, Seat
from anlan.people import actions as people
from anlan.places.queries import get_gazetteer
from anlan.places.rules import GRID_TEAM
from anlan.simulation.script import Script

DAY, NIGHT, STANDING = "DAY", "NIGHT", "STANDING"
SHIFTS = (DAY, DAY, NIGHT, DAY, STANDING)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who is sent. number: stands for the person wherever chance is asked."""

    number: int
    actor: Actor
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody of the day; desks by the path of their place."""

    desks: dict[str, Actor]
    workers: dict[UUID, Worker]

    def desk_over(self, place_path: str) -> Actor:
        """Give the nearest desk over a place."""
        fitting = [path for path in self.desks if (place_path + ".").startswith(path + ".")]
        return self.desks[max(fitting, key=len)]


def open_accounts(script: Script) -> Cast:
    """Open the accounts, give everybody a duty, and plan the day's shifts."""
    gazetteer = get_gazetteer()
    county = gazetteer.place_by_code(script.county)
    towns = gazetteer.children(county.id)
    opened = script.starts_at - timedelta(days=2)
    desks = {county.path: _open("centre", Role.COUNTY_CENTRE, county.id, "", opened)[0]}
    for number, town in enumerate(towns):
        desks[town.path] = _open(
            f"desk{number}", Role.TOWN_DESK, town.id, "", opened
        )[0]  # fmt: skip
    workers: dict[UUID, Worker] = {}
    for number, (role, place_id, department) in zip(
        range(script.workers), _posts(county.id), strict=False
    ):
        actor, duty_id = _open(f"worker{number}", role, place_id, department, opened)
        for begins, ends in _shifts(SHIFTS[number // 2 % len(SHIFTS)]):
            people.plan_shift(
                actor=SYSTEM, duty_id=duty_id, starts_at=script.starts_at + timedelta(hours=begins),
                ends_at=script.starts_at + timedelta(hours=ends), at=opened,
            )  # fmt: skip
        place = gazetteer.place(place_id)
        assert actor.id is not None
        workers[actor.id] = Worker(number, actor, place.lon or 0.0, place.lat or 0.0)
    return Cast(desks, workers)


def _open(
    login: str, role: Role, place_id: int, department: str, began: datetime
) -> tuple[Actor, int]:
    name = f"SYNTHETIC {login}"
    person = people.create_person(
        actor=SYSTEM, login=f"sim-{login}", name=name, password=secrets.token_hex(12), at=began,
        is_demo=True,
    )  # fmt: skip
    duty = people.grant_duty(
        actor=SYSTEM, person_id=person.id, role=role, place_id=place_id, department=department,
        at=began, from_date=began.date(),
    )  # fmt: skip
    path = get_gazetteer().place(place_id).path
    return Actor(ActorKind.PERSON, person.id, name, (Seat(role, path, department),)), duty.id


def _shifts(kind: str) -> list[tuple[float, float]]:
    """Give a shift's hours after midnight; a standing duty has no calendar and always holds."""
    if kind == DAY:
        return [(7, 19.5)]
    return [(-5, 7.5), (19, 31)] if kind == NIGHT else []


def _posts(county_id: int) -> Iterator[tuple[Role, int, str]]:
    """Give posts without end: half grid workers over the villages, half the units' own people."""
    gazetteer = get_gazetteer()
    towns = gazetteer.children(county_id)
    villages = [village for town in towns for village in gazetteer.children(town.id)]
    below = {county_id, *(place.id for place in gazetteer.descendants(county_id))}
    units = [
        unit for unit in sorted(gazetteer.units.values(), key=lambda unit: unit.id)
        if unit.place_id in below and unit.department != GRID_TEAM
    ]  # fmt: skip
    grid = cycle(villages or towns)
    cadre, mediator, seat = cycle(villages[::-1] or towns), cycle(towns), cycle(units)
    while True:
        yield Role.GRID_WORKER, next(grid).id, ""
        unit = next(seat)
        yield Role.DEPARTMENT, unit.place_id, unit.department
        yield Role.GRID_WORKER, next(grid).id, ""
        unit = next(seat)
        yield Role.DEPARTMENT, unit.place_id, unit.department
        yield Role.VILLAGE_CADRE, next(cadre).id, ""
        yield Role.MEDIATOR, next(mediator).id, "MEDIATION"

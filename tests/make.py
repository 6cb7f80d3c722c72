"""The small world that stories play in, built by calling the product's own actions.

A county with two towns, four villages and eight grids (tests/worlds/small, all made up), a
catalogue of seven matters, a trained classifier, somebody for every role and four partner
systems. Time stands still at `NOW`. Use the fixture `world` of tests/worlds/fixtures.py:

    world.token("desk")            a sign-in token, for the cookie of a test client
    world.actor("grid")            an Actor with his seats as they hold at NOW
    world.report("村口路灯坏了")    a report from the first grid, to be changed by keyword
    world.take()                   a signal taken: its case, code and tracking code
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from anlan.assessment.actions import load_schemes
from anlan.assessment.queries import forget_schemes
from anlan.cases import queries as cases
from anlan.cases.actions import load_catalogue
from anlan.dispatch import queries as dispatch
from anlan.dispatch.actions import load_run_cards
from anlan.indicators.actions import load_register
from anlan.indicators.queries import forget_register
from anlan.intake.rules import Channel, ContactDetails, Report
from anlan.kernel.actor import REPORTER, SYSTEM, Actor, Role
from anlan.people import actions as people
from anlan.people.queries import find_actor_by_api_token, find_actor_by_sign_in
from anlan.people.rules import NewClient
from anlan.places import queries as places
from anlan.places.actions import load_jurisdiction
from anlan.triage import actions as triage
from anlan.triage import queries as triage_queries
from anlan.triage.models import ClassifierVersion
from anlan.triage.queries.routing import forget_rules
from anlan.triage.queries.versions import forget_shadows

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Shanghai, within working hours."""

FOLDER = Path(__file__).parent / "worlds" / "small"
JURISDICTION = "TEST-SMALL"
PASSWORD = "枫桥经验 一九六三 2026"

COUNTY, TOWN, OTHER_TOWN = "330999", "330999001", "330999002"
VILLAGE, GRID, OTHER_GRID = "330999001201", "330999001201001", "330999002201001"
IN_GRID = (120.0100, 29.7050)
"""lon, lat in the middle of GRID."""
IN_OTHER_GRID = (120.0500, 29.7050)
NEAR_BORDER = (120.0100, 29.7099)
"""11 m inside GRID; the village's second grid begins at 29.71."""
OUTSIDE = (121.0, 30.5)

PEOPLE: dict[str, tuple[Role, str, str]] = {
    "grid": (Role.GRID_WORKER, GRID, ""),
    "lead": (Role.GRID_LEAD, VILLAGE, ""),
    "cadre": (Role.VILLAGE_CADRE, VILLAGE, ""),
    "desk": (Role.TOWN_DESK, TOWN, ""),
    "centre": (Role.COUNTY_CENTRE, COUNTY, ""),
    "builder": (Role.DEPARTMENT, TOWN, "CONSTRUCTION"),
    "mediator": (Role.MEDIATOR, TOWN, "MEDIATION"),
    "officer": (Role.ENFORCEMENT_OFFICER, COUNTY, "CONSTRUCTION"),
    "leader": (Role.DUTY_LEADER, COUNTY, ""),
    "principal": (Role.PRINCIPAL, COUNTY, ""),
    "volunteer": (Role.VOLUNTEER, TOWN, ""),
    "safety": (Role.ENTERPRISE_SAFETY_OFFICER, GRID, ""),
    "resident": (Role.RESIDENT, GRID, ""),
    "other_grid": (Role.GRID_WORKER, OTHER_GRID, ""),
    "other_desk": (Role.TOWN_DESK, OTHER_TOWN, ""),
}
"""login → role, place code, department. The two others belong to the second town."""

CLIENTS: dict[str, tuple[str, Role, str]] = {
    "app": ("API", Role.RESIDENT, ""),
    "system": ("API", Role.COUNTY_CENTRE, ""),
    "open311": ("OPEN311", Role.RESIDENT, ""),
    "police": ("POLICE_110", Role.RESIDENT, "https://110.example/progress"),
}
"""name → channel, role at the county, callback address."""


@dataclass
class World:
    """What the stories need to know of the world; everything else they ask the product."""

    person_ids: dict[str, UUID]
    duty_ids: dict[str, int]
    clients: dict[str, NewClient]
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, login: str) -> str:
        """Sign somebody in (once) and give the token for the cookie."""
        if login not in self._tokens:
            signed_in = people.sign_in(login=login, password=PASSWORD, at=NOW)
            self._tokens[login] = signed_in.token
        return self._tokens[login]

    def actor(self, login: str) -> Actor:
        """Give a person as an actor, with his seats."""
        found = find_actor_by_sign_in(token=self.token(login), at=NOW)
        assert found is not None
        return found

    def partner(self, name: str) -> Actor:
        """Give a partner system as an actor, with its seat."""
        found = find_actor_by_api_token(token=self.clients[name].token, at=NOW)
        assert found is not None
        return found

    def place_id(self, code: str) -> int:
        return places.get_gazetteer().place_by_code(code).id

    def unit_id(self, place_code: str, department: str) -> int:
        unit = places.get_gazetteer().unit_at(self.place_id(place_code), department)
        assert unit is not None, f"{department} has no seat at {place_code}"
        return unit.id

    def report(self, text: str = "村口路灯坏了三天，晚上看不清路", **given: Any) -> Report:
        """Make a report from GRID; any field of Report can be given instead."""
        fields: dict[str, Any] = {
            "channel": Channel.WEB,
            "lon": IN_GRID[0],
            "lat": IN_GRID[1],
            "contact": ContactDetails(name="陈晓", phone="13800000000"),
            "sender": "web",
        }
        return Report(text=text, **(fields | given))

    def take(self, text: str = "村口路灯坏了三天，晚上看不清路", **given: Any) -> triage.Taken:
        """Take a report as an unnamed resident's."""
        return triage.take_signal(actor=REPORTER, report=self.report(text, **given), at=NOW)


def build_world() -> World:
    """Build everything in the present transaction."""
    load_jurisdiction(folder=FOLDER)
    load_catalogue(jurisdiction=JURISDICTION, folder=FOLDER, at_date=NOW.date())
    load_run_cards(jurisdiction=JURISDICTION, folder=FOLDER)
    load_register(jurisdiction=JURISDICTION, folder=FOLDER, at=NOW)
    load_schemes(jurisdiction=JURISDICTION, folder=FOLDER, at=NOW)
    forget_memory()
    _train()
    person_ids: dict[str, UUID] = {}
    duty_ids: dict[str, int] = {}
    gazetteer = places.get_gazetteer()
    for login, (role, place_code, department) in PEOPLE.items():
        person = people.create_person(
            actor=SYSTEM, login=login, name=f"{login} 同志", password=PASSWORD, at=NOW,
            is_demo=True,
        )  # fmt: skip
        duty = people.grant_duty(
            actor=SYSTEM,
            person_id=person.id,
            role=role,
            place_id=gazetteer.place_by_code(place_code).id,
            department=department,
            at=NOW,
        )
        person_ids[login], duty_ids[login] = person.id, duty.id
    clients = {
        name: people.create_api_client(
            actor=SYSTEM,
            name=name,
            channel=channel,
            role=role,
            place_id=gazetteer.place_by_code(COUNTY).id,
            callback_url=callback_url,
            at=NOW,
        )
        for name, (channel, role, callback_url) in CLIENTS.items()
    }
    return World(person_ids, duty_ids, clients)


_trained: dict[str, Any] = {}


def _train() -> None:
    """Train once a process; later worlds get the same model as a row (half of a world's time)."""
    if _trained:
        ClassifierVersion.objects.create(**_trained)
    else:
        _train_anew()
        row = ClassifierVersion.objects.values().get()
        _trained.update({name: value for name, value in row.items() if name != "id"})
    triage_queries.forget_trained()


def _train_anew() -> None:
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    pairs = [(phrase, row["code"]) for row in rows for phrase in row["phrases"]]
    triage.train_classifier(
        actor=SYSTEM,
        jurisdiction=JURISDICTION,
        texts=[text for text, _ in pairs],
        labels=[label for _, label in pairs],
        data_source="synthetic, made for tests",
        scores={},
        at=NOW,
    )


def forget_memory() -> None:
    """Drop what processes hold in memory: a rolled-back test must not feed the next."""
    places.forget_gazetteer()
    cases.forget_catalogue()
    dispatch.forget_run_cards()
    forget_register()
    forget_schemes()
    triage_queries.forget_trained()
    forget_shadows()
    forget_rules()

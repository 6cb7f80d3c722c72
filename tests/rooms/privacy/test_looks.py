"""Every look is written down once a day, with role, office and ground, for the reporter to read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.cases.models import Case
from anlan.cases.queries import access_case
from anlan.cases.rules import CaseNotVisible
from anlan.dispatch.actions import dispatch_case
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.privacy import actions, queries
from anlan.privacy.models import Look
from anlan.privacy.rules import Ground, Looked
from tests.make import GRID, NOW, TOWN, World


def look(world: World, login: str, what: Looked = Looked.CASE, **later: int) -> None:
    actor = world.actor(login)
    case = access_case(actor=actor, case_id=Case.objects.get().id)
    actions.record_look(actor=actor, case=case, what=what, at=NOW + timedelta(**later))


def test_a_look_tells_role_office_and_ground_but_no_name(world: World) -> None:
    world.take()
    look(world, "desk")
    [seen] = queries.list_looks(case_id=Case.objects.get().id)
    assert (seen.role, seen.place_path.rpartition(".")[2]) == ("TOWN_DESK", TOWN)
    assert (seen.what, seen.why) == ("CASE", "HANDLING")
    entry = LedgerEntry.objects.get(what="case.looked_at")
    assert str(world.person_ids["desk"]) in entry.body
    assert "同志" not in entry.body


@pytest.mark.parametrize(
    ("login", "ground", "place"),
    [
        ("grid", Ground.HANDLING, GRID),
        ("leader", Ground.IN_CHARGE, "330999"),
        ("principal", Ground.IN_CHARGE, "330999"),
    ],
)
def test_the_ground_is_told(world: World, login: str, ground: Ground, place: str) -> None:
    world.take()
    look(world, login)
    seen = Look.objects.get()
    assert (seen.why, seen.place_path.rpartition(".")[2]) == (ground.value, place)


def test_whoever_was_sent_looks_because_he_was_sent(world: World) -> None:
    taken = world.take()
    dispatch_case(
        actor=world.actor("desk"), case_id=taken.case_id, duty_ids=[world.duty_ids["grid"]], at=NOW
    )
    look(world, "grid")
    assert Look.objects.get().why == "SENT"


def test_once_a_day_for_each_person_and_kind_but_contacts_each_time(world: World) -> None:
    world.take()
    for _ in range(3):
        look(world, "desk")
    look(world, "grid")
    look(world, "desk", Looked.PHOTO)
    look(world, "desk", days=1)
    for minutes in range(3):
        look(world, "desk", Looked.CONTACT, minutes=minutes)
    assert Look.objects.count() == 5
    assert Look.objects.get(what="CONTACT").times == 3
    assert LedgerEntry.objects.filter(what="case.looked_at").count() == 5


def test_it_costs_one_statement_in_its_transaction(world: World) -> None:
    world.take()
    actor, case = world.actor("desk"), Case.objects.get()
    with CaptureQueriesContext(connection) as statements:
        actions.record_look(actor=actor, case=case, what=Looked.CASE, at=NOW)
    assert [s["sql"] for s in statements if "SAVEPOINT" not in s["sql"]].__len__() == 1


def test_jobs_and_the_reporter_leave_none(world: World) -> None:
    world.take()
    for actor in (SYSTEM, REPORTER):
        actions.record_look(actor=actor, case=Case.objects.get(), what=Looked.CASE, at=NOW)
    assert not Look.objects.exists()


def test_nobody_looks_who_may_not_see_the_case(world: World) -> None:
    world.take()
    for login in ("other_desk", "other_grid", "volunteer"):
        with pytest.raises(CaseNotVisible):
            actions.record_look(
                actor=world.actor(login), case=Case.objects.get(), what=Looked.CASE, at=NOW
            )
    assert not Look.objects.exists()

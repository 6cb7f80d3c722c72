"""Back into an account at a counter: two colleagues together, neither of them the person."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role, Seat
from anlan.ledger.models import LedgerEntry
from anlan.people import actions, queries, rules
from anlan.people.models import Person
from anlan.places.models import Place
from tests.rooms.people.test_factors import set_up
from tests.rooms.people.test_passwords import told
from tests.rooms.people.worlds import NOW, PASSWORD, World


def colleague(login: str, role: Role, place: Place, department: str = "") -> Actor:
    made = actions.create_person(
        actor=SYSTEM, login=login, name=f"{login} 同志", password=PASSWORD, at=NOW, is_demo=True
    )
    return Actor(ActorKind.PERSON, made.id, made.name, (Seat(role, place.path, department),))


def give_duty(world: World, place: Place, role: Role = Role.GRID_WORKER) -> None:
    actions.grant_duty(
        actor=SYSTEM, person_id=world.person.id, role=role, place_id=place.id, at=NOW
    )


def test_two_colleagues_together_let_somebody_begin_anew(world: World) -> None:
    give_duty(world, world.village)
    set_up(world)
    token = actions.sign_in(login="desk.one", password=PASSWORD, at=NOW).token
    first = colleague("first", Role.TOWN_DESK, world.town)
    second = colleague("second", Role.COUNTY_CENTRE, world.county)
    asked = actions.ask_recovery(actor=first, login=" DESK.One ", at=NOW)
    assert [row.id for row in queries.list_recoveries(second, at=NOW)] == [asked.id]
    with pytest.raises(rules.AnotherPersonNeeded):
        actions.confirm_recovery(actor=first, recovery_id=asked.id, at=NOW)
    done = actions.confirm_recovery(actor=second, recovery_id=asked.id, at=NOW)
    assert queries.find_halfway(token=token, at=NOW) is None
    assert not queries.has_factor(world.person.id)
    with pytest.raises(rules.SignInFailed):
        actions.sign_in(login="desk.one", password=PASSWORD, at=NOW)
    halfway = actions.sign_in(login="desk.one", password=done.password, at=NOW)
    assert halfway.step is rules.Step.PASSWORD
    with pytest.raises(rules.SignInFailed):
        actions.sign_in(login="desk.one", password=done.password, at=NOW + timedelta(hours=24))
    with pytest.raises(rules.RecoveryUnknown):
        actions.confirm_recovery(actor=second, recovery_id=asked.id, at=NOW)
    assert told()[-1] == (str(world.person.id), "RECOVERED")
    entries = {e.what: e.body for e in LedgerEntry.objects.all()}
    assert str(first.id) in entries["recovery.asked"]
    assert str(second.id) in entries["person.recovered"]
    assert done.password not in " ".join(entries.values())


def test_a_role_that_needs_a_factor_sets_one_up_again(world: World) -> None:
    give_duty(world, world.town, Role.TOWN_DESK)
    asked = actions.ask_recovery(
        actor=colleague("first", Role.COUNTY_CENTRE, world.county), login="desk.one", at=NOW
    )
    second = colleague("second", Role.DUTY_LEADER, world.county)
    done = actions.confirm_recovery(actor=second, recovery_id=asked.id, at=NOW)
    halfway = actions.sign_in(login="desk.one", password=done.password, at=NOW)
    own = "雨水沟 铜桥 四月天的伞"
    assert (
        actions.choose_password(token=halfway.token, password=own, at=NOW).step is rules.Step.ENROL
    )


@pytest.mark.parametrize(
    ("role", "where", "department"),
    [
        (Role.TOWN_DESK, "village", ""),
        (Role.GRID_LEAD, "county", ""),
        (Role.PRINCIPAL, "county", ""),
        (Role.COUNTY_CENTRE, "office", ""),
        (Role.COUNTY_CENTRE, "county", "WATER"),
    ],
)
def test_nobody_helps_beyond_his_own_places(
    world: World, role: Role, where: str, department: str
) -> None:
    give_duty(world, world.town)
    asked = actions.ask_recovery(
        actor=colleague("first", Role.TOWN_DESK, world.town), login="desk.one", at=NOW
    )
    other = colleague("other", role, getattr(world, where), department)
    with pytest.raises(rules.RecoveryNotYours) as refused:
        actions.ask_recovery(actor=other, login="desk.one", at=NOW)
    with pytest.raises(rules.RecoveryNotYours) as unknown:
        actions.ask_recovery(actor=other, login="nobody", at=NOW)
    assert refused.value.message == unknown.value.message
    with pytest.raises(rules.RecoveryUnknown):
        actions.confirm_recovery(actor=other, recovery_id=asked.id, at=NOW)
    assert queries.list_recoveries(other, at=NOW) == []
    assert Person.objects.get(login="desk.one").initial_until is None


def test_one_duty_elsewhere_is_enough_to_be_out_of_reach(world: World) -> None:
    give_duty(world, world.village)
    give_duty(world, world.county)
    desk = colleague("first", Role.TOWN_DESK, world.town)
    with pytest.raises(rules.RecoveryNotYours):
        actions.ask_recovery(actor=desk, login="desk.one", at=NOW)


def test_without_a_duty_nobody_at_a_counter_helps(world: World) -> None:
    centre = colleague("first", Role.COUNTY_CENTRE, world.county)
    with pytest.raises(rules.RecoveryNotYours):
        actions.ask_recovery(actor=centre, login="desk.one", at=NOW)


def test_nobody_helps_himself(world: World) -> None:
    give_duty(world, world.town, Role.TOWN_DESK)
    me = Actor(ActorKind.PERSON, world.person.id, "王芳", (Seat(Role.TOWN_DESK, world.town.path),))
    with pytest.raises(rules.RecoveryNotYours):
        actions.ask_recovery(actor=me, login="desk.one", at=NOW)
    asked = actions.ask_recovery(
        actor=colleague("first", Role.COUNTY_CENTRE, world.county), login="desk.one", at=NOW
    )
    assert queries.list_recoveries(me, at=NOW) == []
    with pytest.raises(rules.AnotherPersonNeeded):
        actions.confirm_recovery(actor=me, recovery_id=asked.id, at=NOW)


def test_after_an_hour_it_must_be_asked_again(world: World) -> None:
    give_duty(world, world.village)
    asked = actions.ask_recovery(
        actor=colleague("first", Role.TOWN_DESK, world.town), login="desk.one", at=NOW
    )
    second, late = colleague("second", Role.TOWN_DESK, world.town), NOW + timedelta(hours=1)
    assert queries.list_recoveries(second, at=late) == []
    for recovery_id in (asked.id, uuid4()):
        with pytest.raises(rules.RecoveryUnknown):
            actions.confirm_recovery(actor=second, recovery_id=recovery_id, at=late)

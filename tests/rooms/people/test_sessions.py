"""One's own sign-ins are listed and ended; one duty among several narrows what one may do."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from anlan.kernel import scope
from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role
from anlan.ledger.models import LedgerEntry
from anlan.people import actions, queries, rules
from anlan.people.models import SignIn
from tests.rooms.people.worlds import NOW, PASSWORD, World

CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"


def me(world: World) -> Actor:
    return Actor(ActorKind.PERSON, world.person.id, "王芳")


def sign_in(*, hours: float = 0) -> str:
    at = NOW + timedelta(hours=hours)
    return actions.sign_in(login="desk.one", password=PASSWORD, at=at, user_agent=CHROME).token


def listed(world: World, token: str, *, hours: float = 0) -> list[rules.OpenSignIn]:
    at = NOW + timedelta(hours=hours)
    return queries.list_sign_ins(person_id=world.person.id, token=token, at=at)


def test_only_the_kind_of_browser_is_kept(world: World) -> None:
    sign_in()
    assert SignIn.objects.get().user_agent == "Chrome · Android"


def test_open_browsers_are_listed_this_one_first_and_ended_ones_are_not(world: World) -> None:
    here = sign_in()
    there = sign_in(hours=1)
    assert [each.is_this for each in listed(world, here, hours=1)] == [True, False]
    assert len(listed(world, here, hours=12.5)) == 1, "this one has idled out"
    actions.sign_out(token=there, at=NOW)
    assert len(listed(world, here, hours=1)) == 1


def test_one_is_ended_and_then_all_others(world: World) -> None:
    here, there, third = sign_in(), sign_in(), sign_in()
    other = next(each for each in listed(world, there) if each.is_this)
    actions.end_sign_in(actor=me(world), sign_in_id=other.sign_in_id, at=NOW)
    assert queries.find_sign_in(token=there, at=NOW) is None
    with pytest.raises(rules.SignInUnknown):
        actions.end_sign_in(actor=me(world), sign_in_id=other.sign_in_id, at=NOW)
    assert actions.end_other_sign_ins(actor=me(world), token=here, at=NOW) == 1
    assert queries.find_sign_in(token=third, at=NOW) is None
    assert queries.find_sign_in(token=here, at=NOW) is not None
    assert actions.end_other_sign_ins(actor=me(world), token=here, at=NOW) == 0
    assert LedgerEntry.objects.filter(what="person.other_sign_ins_ended").count() == 1


def test_nobody_ends_another_ones(world: World) -> None:
    here = sign_in()
    other = actions.create_person(actor=SYSTEM, login="other", name="他", password=PASSWORD, at=NOW)
    mine = next(each for each in listed(world, here) if each.is_this)
    with pytest.raises(rules.SignInUnknown):
        actions.end_sign_in(
            actor=Actor(ActorKind.PERSON, other.id, "他"), sign_in_id=mine.sign_in_id, at=NOW
        )
    assert queries.find_sign_in(token=here, at=NOW) is not None


def grant(world: World, role: Role, place_id: int) -> int:
    return actions.grant_duty(
        actor=SYSTEM, person_id=world.person.id, role=role, place_id=place_id, at=NOW
    ).id


def seats(token: str, *, hours: float = 0) -> list[tuple[str, str]]:
    found = queries.find_sign_in(token=token, at=NOW + timedelta(hours=hours))
    assert found is not None
    return [(seat.role, seat.place_path) for seat in found.actor.seats]


def test_one_duty_among_several_narrows_what_is_seen_in_this_browser(world: World) -> None:
    here, there = sign_in(), sign_in()
    town = grant(world, Role.TOWN_DESK, world.town.id)
    grant(world, Role.DUTY_LEADER, world.county.id)
    both = [("TOWN_DESK", world.town.path), ("DUTY_LEADER", world.county.path)]
    assert seats(here) == both
    actions.choose_duty(actor=me(world), token=here, duty_id=town, at=NOW)
    assert seats(here) == both[:1]
    assert seats(there) == both, "another browser goes on as it was"
    found = queries.find_sign_in(token=here, at=NOW)
    assert found is not None
    assert (found.duty_id, len(found.duties)) == (town, 2)
    assert scope.of(found.actor).wide == (world.town.path,), "the second wall is narrowed, too"
    actions.choose_duty(actor=me(world), token=here, duty_id=None, at=NOW)
    assert seats(here) == both


def test_a_chosen_duty_that_ends_gives_the_others_back(world: World) -> None:
    here = sign_in()
    town = grant(world, Role.TOWN_DESK, world.town.id)
    grant(world, Role.MEDIATOR, world.town.id)
    actions.choose_duty(actor=me(world), token=here, duty_id=town, at=NOW)
    actions.end_duty(actor=SYSTEM, duty_id=town, until_date=date(2026, 11, 25), at=NOW)
    assert seats(here, hours=9) == [("MEDIATOR", world.town.path)]


def test_only_ones_own_duty_can_be_chosen(world: World) -> None:
    here = sign_in()
    other = actions.create_person(actor=SYSTEM, login="other", name="他", password=PASSWORD, at=NOW)
    theirs = actions.grant_duty(
        actor=SYSTEM, person_id=other.id, role=Role.PRINCIPAL, place_id=world.county.id, at=NOW
    )
    for duty_id in (theirs.id, 10**15):
        with pytest.raises(rules.DutyUnknown):
            actions.choose_duty(actor=me(world), token=here, duty_id=duty_id, at=NOW)
    nobody = Actor(ActorKind.PERSON, uuid4(), "x")
    with pytest.raises(rules.NotYourAccount):
        actions.choose_duty(actor=nobody, token=here, duty_id=None, at=NOW)


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("", ""),
        ("x" * 5000, ""),
        (CHROME, "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) MicroMessenger/8.0", "WeChat · iPhone"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
            "Firefox · Linux",
        ),
    ],
)
def test_devices(user_agent: str, device: str) -> None:
    assert rules.device_of(user_agent) == device

"""Passwords that others gave, one's own, and who hears of a change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind
from anlan.ledger.models import LedgerEntry
from anlan.people import actions, queries, rules
from anlan.people.models import Person, SignIn
from tests.rooms.people.worlds import NOW, PASSWORD, World

GIVEN, OWN = "ditch-copper-vapour", "雨水沟 铜桥 四月天的伞"


def me(world: World) -> Actor:
    return Actor(ActorKind.PERSON, world.person.id, "王芳")


def give(world: World) -> None:
    actions.set_password(actor=SYSTEM, person_id=world.person.id, password=GIVEN, at=NOW)


def sign_in(password: str, *, hours: float = 0) -> rules.SignedIn:
    at = NOW + timedelta(hours=hours)
    return actions.sign_in(login="desk.one", password=password, at=at, user_agent="Firefox")


def told() -> list[tuple[str, str]]:
    jobs = ProcrastinateJob.objects.filter(task_name="notices.tell_credential").order_by("id")
    return [(job.args["person_id"], job.args["change"]) for job in jobs]


def test_a_given_password_opens_nothing_but_choosing_ones_own(world: World) -> None:
    give(world)
    halfway = sign_in(GIVEN)
    assert halfway.step is rules.Step.PASSWORD
    assert halfway.actor.seats == ()
    assert queries.find_sign_in(token=halfway.token, at=NOW) is None
    found = queries.find_halfway(token=halfway.token, at=NOW)
    assert found is not None
    assert (found.person_id, found.step) == (world.person.id, rules.Step.PASSWORD)

    whole = actions.choose_password(token=halfway.token, password=OWN, at=NOW, user_agent="x")
    assert whole.step is rules.Step.NONE
    assert queries.find_actor_by_sign_in(token=whole.token, at=NOW) == whole.actor
    assert queries.find_halfway(token=halfway.token, at=NOW) is None, "used up"
    assert queries.find_halfway(token=whole.token, at=NOW) is None, "nothing left to do"
    assert sign_in(OWN).step is rules.Step.NONE
    with pytest.raises(rules.SignInFailed):
        sign_in(GIVEN)
    whats = list(LedgerEntry.objects.order_by("id").values_list("what", flat=True))
    assert whats[-5:] == [
        "person.sign_in_begun", "person.password_chosen", "person.signed_in", "person.signed_in",
        "person.sign_in_failed",
    ]  # fmt: skip
    mine = str(world.person.id)
    assert told() == [(mine, "PASSWORD_SET"), (mine, "PASSWORD_CHANGED")]
    written = " ".join(LedgerEntry.objects.values_list("body", flat=True))
    assert not {GIVEN, OWN, "王芳"} & {word for word in (GIVEN, OWN, "王芳") if word in written}


def test_a_given_password_is_good_for_a_week(world: World) -> None:
    give(world)
    week = rules.INITIAL_PASSWORD_LIMIT.total_seconds() / 3600
    assert sign_in(GIVEN, hours=week - 0.1).step is rules.Step.PASSWORD
    with pytest.raises(rules.SignInFailed):
        sign_in(GIVEN, hours=week)


def test_choosing_takes_twenty_minutes_at_the_most(world: World) -> None:
    give(world)
    token = sign_in(GIVEN).token
    late = NOW + rules.HALFWAY_LIMIT
    assert queries.find_halfway(token=token, at=late) is None
    with pytest.raises(rules.SignInFailed):
        actions.choose_password(token=token, password=OWN, at=late)


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("short", rules.PasswordTooShort),
        ("雨水沟 " * 33, rules.PasswordTooLong),
        ("zhangwei1990", rules.PasswordEasilyGuessed),
        ("desk.one desk.one", rules.PasswordEasilyGuessed),
        (GIVEN, rules.PasswordUnchanged),
    ],
)
def test_what_cannot_be_chosen_leaves_everything_as_it_was(
    world: World, password: str, error: type[Exception]
) -> None:
    give(world)
    token, before = sign_in(GIVEN).token, Person.objects.values().get()
    with pytest.raises(error):
        actions.choose_password(token=token, password=password, at=NOW)
    assert Person.objects.values().get() == before
    assert queries.find_halfway(token=token, at=NOW) is not None, "may try another"


def test_a_whole_sign_in_chooses_no_first_password(world: World) -> None:
    token = sign_in(PASSWORD).token
    with pytest.raises(rules.SignInFailed):
        actions.choose_password(token=token, password=OWN, at=NOW)
    with pytest.raises(rules.SignInFailed):
        actions.choose_password(token="nonsense", password=OWN, at=NOW)


def test_a_changed_password_ends_the_other_sign_ins_and_is_told(world: World) -> None:
    here, there = sign_in(PASSWORD).token, sign_in(PASSWORD).token
    actions.change_password(actor=me(world), token=here, present=PASSWORD, password=OWN, at=NOW)
    assert queries.find_sign_in(token=here, at=NOW) is not None
    assert queries.find_sign_in(token=there, at=NOW) is None
    assert sign_in(OWN).step is rules.Step.NONE
    assert told() == [(str(world.person.id), "PASSWORD_CHANGED")]
    assert LedgerEntry.objects.filter(what="person.password_changed").count() == 1


def change(world: World, **given: Any) -> None:
    right = {"actor": me(world), "token": "", "present": PASSWORD, "password": OWN, "at": NOW}
    actions.change_password(**right | given)


def test_wrong_present_passwords_lock_the_account(world: World) -> None:
    for _ in range(rules.ATTEMPTS_ALLOWED):
        with pytest.raises(rules.PresentPasswordWrong):
            change(world, present="wrong")
    with pytest.raises(rules.PresentPasswordWrong):
        change(world)
    with pytest.raises(rules.SignInFailed):
        sign_in(PASSWORD)
    assert LedgerEntry.objects.filter(what="person.password_refused").count() == 6
    change(world, at=NOW + timedelta(minutes=rules.LOCK_MINUTES))


def test_a_new_password_that_will_not_do_is_no_wrong_try(world: World) -> None:
    for _ in range(rules.ATTEMPTS_ALLOWED + 1):
        with pytest.raises(rules.PasswordUnchanged):
            change(world, password=PASSWORD)
    assert Person.objects.get().failed_count == 0
    change(world)


def test_nobody_else_changes_it(world: World) -> None:
    with pytest.raises(rules.NotYourAccount):
        change(world, actor=Actor(ActorKind.CLIENT, world.person.id, "x"))
    actions.close_person(actor=SYSTEM, person_id=world.person.id, at=NOW)
    with pytest.raises(rules.PresentPasswordWrong):
        change(world)
    with pytest.raises(permits.InstallationOnly):
        actions.set_password(actor=me(world), person_id=world.person.id, password=OWN, at=NOW)


def test_demo_accounts_keep_theirs_until_somebody_gives_them_another(world: World) -> None:
    demo = actions.create_person(
        actor=SYSTEM, login="demo.one", name="演示", password=GIVEN, at=NOW, is_demo=True
    )
    assert actions.sign_in(login="demo.one", password=GIVEN, at=NOW).step is rules.Step.NONE
    actions.set_password(actor=SYSTEM, person_id=demo.id, password=OWN, at=NOW)
    assert not Person.objects.get(id=demo.id).is_demo
    assert actions.sign_in(login="demo.one", password=OWN, at=NOW).step is rules.Step.PASSWORD


def test_the_night_forgets_what_was_begun_and_not_finished(world: World) -> None:
    give(world)
    sign_in(GIVEN)
    assert actions.forget_ended_sign_ins(at=NOW + rules.HALFWAY_LIMIT) == 1
    assert not SignIn.objects.exists()

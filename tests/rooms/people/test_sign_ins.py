"""Signing in and out, expiry, lock-out, and what an actor's seats are made of."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from anlan.kernel.actor import SYSTEM, ActorKind, Role, Seat
from anlan.ledger.models import LedgerEntry
from anlan.people import actions, queries, rules
from anlan.people.models import Person, SignIn
from tests.rooms.people.worlds import NOW, PASSWORD, World

CountQueries = Callable[..., Any]


def sign_in(
    password: str = PASSWORD, *, login: str = "desk.one", minutes: float = 0
) -> rules.SignedIn:
    return actions.sign_in(
        login=login, password=password, at=NOW + timedelta(minutes=minutes), user_agent="Firefox"
    )


def test_a_person_signs_in_and_the_token_is_kept_only_as_a_digest(world: World) -> None:
    signed_in = sign_in(login=" DESK.One ")
    assert signed_in.actor.kind is ActorKind.PERSON
    assert signed_in.actor.id == world.person.id
    assert len(signed_in.token) >= 43, "256 bits in base64"
    row = SignIn.objects.get()
    assert row.token_digest == rules.digest_token(signed_in.token)
    assert signed_in.token not in str(SignIn.objects.values().get())
    assert queries.find_actor_by_sign_in(token=signed_in.token, at=NOW) == signed_in.actor
    entry = LedgerEntry.objects.get(what="person.signed_in")
    assert entry.about_id == str(world.person.id)
    assert "王芳" not in LedgerEntry.objects.get(what="person.created").body


DUTIES = [role for role in Role if role is not Role.EMERGENCY]


def test_the_look_up_is_one_statement_whatever_the_number_of_duties(
    world: World, django_assert_num_queries: CountQueries
) -> None:
    token = sign_in().token
    for index in range(40):
        actions.grant_duty(
            actor=SYSTEM,
            person_id=world.person.id,
            role=DUTIES[index % len(DUTIES)],
            place_id=world.town.id,
            at=NOW,
        )
    with django_assert_num_queries(1):
        actor = queries.find_actor_by_sign_in(token=token, at=NOW)
    assert actor is not None
    assert len(actor.seats) == 40


def test_seats_are_the_duties_valid_on_the_local_date_of_their_place(world: World) -> None:
    token = sign_in().token

    def grant(**period: Any) -> None:
        actions.grant_duty(
            actor=SYSTEM,
            person_id=world.person.id,
            role=Role.TOWN_DESK,
            at=NOW,
            **{"place_id": world.town.id, **period},
        )

    grant(from_date=date(2026, 11, 1), until_date=date(2026, 11, 24))  # ended this morning
    grant(from_date=date(2026, 11, 25), department="WATER")  # begins tomorrow
    grant(from_date=date(2026, 11, 25), place_id=world.office.id)
    grant(from_date=date(2026, 11, 24), place_id=world.county.id)

    def seats(hours: float) -> set[Seat]:
        actor = queries.find_actor_by_sign_in(token=token, at=NOW + timedelta(hours=hours))
        assert actor is not None
        return set(actor.seats)

    county = Seat(Role.TOWN_DESK, "330681")
    water = Seat(Role.TOWN_DESK, "330681.330681001", "WATER")
    office = Seat(Role.TOWN_DESK, "us1")
    assert seats(7.9) == {county}
    assert seats(8.1) == {county, water}, "midnight in Shanghai"
    actions.touch_sign_in(sign_in_id=SignIn.objects.get().id, at=NOW + timedelta(hours=10))
    assert seats(20.9) == {county, water}
    assert seats(21.1) == {county, water, office}, "midnight in New York"


def test_twelve_idle_hours_end_a_sign_in_and_use_keeps_it_alive(world: World) -> None:
    token = sign_in().token
    twelve = NOW + rules.IDLE_LIMIT
    assert queries.find_sign_in(token=token, at=twelve - timedelta(seconds=1)) is not None
    assert queries.find_sign_in(token=token, at=twelve) is None
    live = queries.find_sign_in(token=token, at=NOW + timedelta(minutes=4))
    assert live is not None
    assert not live.is_stale
    live = queries.find_sign_in(token=token, at=NOW + timedelta(hours=11))
    assert live is not None
    assert live.is_stale
    assert live.locale == "zh-hans"
    actions.touch_sign_in(sign_in_id=live.sign_in_id, at=NOW + timedelta(hours=11))
    assert queries.find_sign_in(token=token, at=twelve) is not None


def test_seven_days_end_a_sign_in_however_busy(world: World) -> None:
    token = sign_in().token
    end = NOW + rules.SIGN_IN_LIMIT
    actions.touch_sign_in(sign_in_id=SignIn.objects.get().id, at=end - timedelta(minutes=1))
    assert queries.find_sign_in(token=token, at=end - timedelta(seconds=1)) is not None
    assert queries.find_sign_in(token=token, at=end) is None
    assert actions.forget_ended_sign_ins(at=end) == 1
    assert not SignIn.objects.exists()


def test_a_clock_that_runs_backwards_ends_nothing(world: World) -> None:
    token = sign_in().token
    earlier = NOW - timedelta(hours=1)
    live = queries.find_sign_in(token=token, at=earlier)
    assert live is not None
    actions.touch_sign_in(sign_in_id=live.sign_in_id, at=earlier)
    assert SignIn.objects.get().last_seen_at == NOW


def test_signing_out_makes_the_token_worthless(world: World) -> None:
    token, other = sign_in().token, sign_in().token
    actions.sign_out(token=token, at=NOW)
    assert queries.find_actor_by_sign_in(token=token, at=NOW) is None
    assert queries.find_actor_by_sign_in(token=other, at=NOW) is not None
    actions.sign_out(token=token, at=NOW)
    assert LedgerEntry.objects.filter(what="person.signed_out").count() == 1


@pytest.mark.parametrize("token", ["", "x", "\x00", "\udcff", "a" * 100_000])
def test_nonsense_tokens_are_nobody(world: World, token: str) -> None:
    assert queries.find_actor_by_sign_in(token=token, at=NOW) is None
    assert queries.find_actor_by_api_token(token=token, at=NOW) is None


def test_five_failures_lock_the_account_even_for_the_right_password(world: World) -> None:
    for _ in range(5):
        with pytest.raises(rules.SignInFailed) as wrong:
            sign_in("wrong")
    with pytest.raises(rules.SignInFailed) as locked:
        sign_in(minutes=14.9)
    assert str(locked.value) == str(wrong.value)
    assert sign_in(minutes=15).actor.id == world.person.id
    assert Person.objects.get().failed_count == 0
    assert LedgerEntry.objects.filter(what="person.sign_in_failed").count() == 6


def test_a_right_password_forgives_the_wrong_ones_before_it(world: World) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(rules.SignInFailed):
                sign_in("wrong")
        sign_in()


def test_unknown_closed_and_wrong_look_and_cost_the_same(world: World, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["anlan.people.hashing.Scrypt"]
    actions.set_password(actor=SYSTEM, person_id=world.person.id, password=PASSWORD, at=NOW)
    real, hashed = hashlib.scrypt, []

    def count(*arguments: Any, **named: Any) -> bytes:
        hashed.append(1)
        return real(*arguments, **named)

    def fail(login: str) -> tuple[str, int, int]:
        entries = LedgerEntry.objects.count()
        hashed.clear()
        with patch("hashlib.scrypt", count), pytest.raises(rules.SignInFailed) as failed:
            sign_in("wrong", login=login)
        return failed.value.message, len(hashed), LedgerEntry.objects.count() - entries

    wrong, unknown = fail("desk.one"), fail("nobody")
    actions.close_person(actor=SYSTEM, person_id=world.person.id, at=NOW)
    assert wrong == unknown == fail("desk.one")
    assert wrong[1:] == (1, 1), "one hash, one ledger entry"


def test_closing_an_account_ends_its_sign_ins_at_once(world: World) -> None:
    token = sign_in().token
    actions.close_person(actor=SYSTEM, person_id=world.person.id, at=NOW)
    assert queries.find_actor_by_sign_in(token=token, at=NOW) is None
    with pytest.raises(rules.SignInFailed):
        sign_in()


def test_a_storm_of_guesses_gets_five_tries(committed: None) -> None:
    actions.create_person(
        actor=SYSTEM, login="storm", name="风", password=PASSWORD, at=NOW, is_own_password=True
    )

    def guess() -> None:
        try:
            with suppress(rules.SignInFailed):
                sign_in("wrong", login="storm")
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        for _ in range(20):
            pool.submit(guess)
    failures = LedgerEntry.objects.filter(what="person.sign_in_failed")
    assert failures.count() == 20, "every guess is on record"
    assert failures.filter(body__contains='"locked":false').count() == 5
    with pytest.raises(rules.SignInFailed):
        sign_in(login="storm")

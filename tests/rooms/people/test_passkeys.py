"""Passkeys: registered, used, named, removed; and every answer that must not be taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role
from anlan.ledger.models import LedgerEntry
from anlan.people import actions, queries, rules
from anlan.people.models import Challenge, Passkey, Person
from tests.rooms.people.authenticator import PRESENT, Key
from tests.rooms.people.test_passwords import told
from tests.rooms.people.worlds import NOW, PASSWORD, World


@pytest.fixture(autouse=True)
def here(settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"


def me(world: World) -> Actor:
    return Actor(ActorKind.PERSON, world.person.id, "王芳")


def register(world: World, key: Key, *, name: str = "", **wrong: Any) -> Passkey:
    asked = actions.begin_registration(actor=me(world), at=NOW)
    return actions.register_passkey(
        actor=me(world), challenge_id=asked.challenge_id,
        answer=key.register(asked.options, **wrong), name=name, device="Chrome · Linux", at=NOW,
    )  # fmt: skip


def sign_in(key: Key, *, minutes: float = 0, **wrong: Any) -> rules.SignedIn:
    asked = actions.begin_passkey_sign_in(at=NOW)
    return actions.sign_in_with_passkey(
        challenge_id=asked.challenge_id, answer=key.sign(asked.options, **wrong),
        at=NOW + timedelta(minutes=minutes), user_agent="Firefox Linux",
    )  # fmt: skip


def test_a_passkey_signs_in_without_a_password(world: World) -> None:
    key = Key()
    kept = register(world, key, name="  my   key ")
    assert kept.name == "my key"
    whole = sign_in(key)
    assert whole.step is rules.Step.NONE
    assert whole.actor.id == world.person.id
    assert [each.means for each in queries.list_sign_ins(
        person_id=world.person.id, token=whole.token, at=NOW)] == ["PASSKEY"]  # fmt: skip
    kept.refresh_from_db()
    assert (kept.sign_count, kept.last_used_at) == (1, NOW)
    assert told() == [(str(world.person.id), "PASSKEY_ADDED")]
    assert not Challenge.objects.exists(), "used up"


def test_a_passkey_is_asked_for_after_the_password_or_instead(world: World) -> None:
    key = Key()
    register(world, key)
    halfway = actions.sign_in(login="desk.one", password=PASSWORD, at=NOW)
    assert halfway.step is rules.Step.FACTOR
    found = queries.find_halfway(token=halfway.token, at=NOW)
    assert found is not None
    assert (found.has_totp, found.has_passkey) == (False, True)
    assert sign_in(key).step is rules.Step.NONE


WRONG: dict[str, dict[str, Any]] = {
    "an answer for another address": {"origin": "http://evil.example"},
    "the same host over another scheme": {"origin": "https://localhost:8000"},
    "another relying party": {"rp_id": "evil.example"},
    "a challenge of somebody else's": {"challenge": "AAAA"},
    "a holder who was not verified": {"flags": PRESENT},
    "nobody present": {"flags": 0},
    "the wrong ceremony": {"type": "webauthn.get"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_registration_that_must_not_be_taken(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(rules.PasskeyRefused):
        register(world, Key(), **wrong)
    assert not Passkey.objects.exists()
    assert told() == []


@pytest.mark.parametrize(
    "wrong",
    [*WRONG.values(), {"signature": b"\x30\x06\x02\x01\x01\x02\x01\x01"}, {"signature": b""}],
    ids=[*WRONG.keys(), "a signature of another key", "no signature"],
)
def test_a_sign_in_that_must_not_be_taken(world: World, wrong: dict[str, Any]) -> None:
    key = Key()
    register(world, key)
    if wrong.get("type"):
        wrong = {"type": "webauthn.create"}
    with pytest.raises(rules.PasskeyRefused):
        sign_in(key, **wrong)
    assert LedgerEntry.objects.filter(what="person.signed_in").count() == 0


def test_an_answer_serves_once(world: World) -> None:
    key = Key()
    register(world, key)
    asked = actions.begin_passkey_sign_in(at=NOW)
    answer = key.sign(asked.options)
    actions.sign_in_with_passkey(challenge_id=asked.challenge_id, answer=answer, at=NOW)
    with pytest.raises(rules.PasskeyRefused):
        actions.sign_in_with_passkey(challenge_id=asked.challenge_id, answer=answer, at=NOW)


def test_a_wrong_answer_uses_the_challenge_up(world: World) -> None:
    key = Key()
    register(world, key)
    asked = actions.begin_passkey_sign_in(at=NOW)
    for answer in ("not JSON", key.sign(asked.options)):
        with pytest.raises(rules.PasskeyRefused):
            actions.sign_in_with_passkey(challenge_id=asked.challenge_id, answer=answer, at=NOW)


def test_five_minutes_later_it_is_too_late(world: World) -> None:
    key = Key()
    register(world, key)
    assert sign_in(key, minutes=4.9).step is rules.Step.NONE
    with pytest.raises(rules.PasskeyRefused):
        sign_in(key, minutes=5)


def test_a_challenge_serves_one_purpose_and_one_person(world: World) -> None:
    key = Key()
    register(world, key)
    asked = actions.begin_registration(actor=me(world), at=NOW)
    with pytest.raises(rules.PasskeyRefused):
        actions.sign_in_with_passkey(
            challenge_id=asked.challenge_id, answer=key.sign(asked.options), at=NOW
        )
    other = actions.create_person(actor=SYSTEM, login="other", name="他", password=PASSWORD, at=NOW)
    asked, fresh = actions.begin_registration(actor=me(world), at=NOW), Key()
    with pytest.raises(rules.PasskeyRefused):
        actions.register_passkey(
            actor=Actor(ActorKind.PERSON, other.id, "他"), challenge_id=asked.challenge_id,
            answer=fresh.register(asked.options), name="", device="", at=NOW,
        )  # fmt: skip


def test_a_copied_key_is_refused_and_its_owner_told(world: World) -> None:
    key = Key()
    register(world, key)
    sign_in(key)
    sign_in(key)
    copy = Key(credential_id=key.credential_id, private=key.private, count=0)
    with pytest.raises(rules.PasskeyRefused):
        sign_in(copy)
    assert told()[-1] == (str(world.person.id), "PASSKEY_COPIED")
    assert Passkey.objects.get().sign_count == 2
    assert sign_in(key).step is rules.Step.NONE, "the original goes on"


def test_devices_that_do_not_count_are_taken(world: World) -> None:
    key = Key()
    register(world, key)
    for _ in range(2):
        assert sign_in(key, count=0).step is rules.Step.NONE


def test_a_key_belongs_to_one_account(world: World) -> None:
    key = Key()
    register(world, key)
    with pytest.raises(rules.PasskeyThere):
        register(world, key)


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", '{"rawId": 7}', '{"rawId": "å"}', "x" * 50_000, "[" * 50_000,
     '{"rawId": "AA", "response": ' + "[" * 5_000],
)  # fmt: skip
def test_nonsense_is_refused(world: World, answer: str) -> None:
    asked = actions.begin_passkey_sign_in(at=NOW)
    with pytest.raises(rules.PasskeyRefused):
        actions.sign_in_with_passkey(challenge_id=asked.challenge_id, answer=answer, at=NOW)
    asked = actions.begin_registration(actor=me(world), at=NOW)
    with pytest.raises(rules.PasskeyRefused):
        actions.register_passkey(
            actor=me(world), challenge_id=asked.challenge_id, answer=answer, name="", device="",
            at=NOW,
        )  # fmt: skip


def test_an_unknown_or_removed_key_is_nobody(world: World) -> None:
    key = Key()
    with pytest.raises(rules.PasskeyRefused):
        sign_in(key)
    kept = register(world, key)
    actions.rename_passkey(actor=me(world), passkey_id=kept.id, name="lost", at=NOW)
    with pytest.raises(rules.NameMissing):
        actions.rename_passkey(actor=me(world), passkey_id=kept.id, name="  ", at=NOW)
    actions.remove_passkey(actor=me(world), passkey_id=kept.id, at=NOW)
    with pytest.raises(rules.PasskeyRefused):
        sign_in(key)
    with pytest.raises(rules.FactorMissing):
        actions.remove_passkey(actor=me(world), passkey_id=uuid4(), at=NOW)


def test_a_closed_account_has_no_passkeys(world: World) -> None:
    key = Key()
    register(world, key)
    actions.close_person(actor=SYSTEM, person_id=world.person.id, at=NOW)
    with pytest.raises(rules.PasskeyRefused):
        sign_in(key)
    assert not Passkey.objects.exists()


def test_the_last_factor_of_a_role_that_needs_one_stays(world: World) -> None:
    Person.objects.update(is_demo=False)
    actions.grant_duty(
        actor=SYSTEM, person_id=world.person.id, role=Role.TOWN_DESK, place_id=world.town.id, at=NOW
    )
    first, second = register(world, Key()), register(world, Key())
    actions.remove_passkey(actor=me(world), passkey_id=first.id, at=NOW)
    with pytest.raises(rules.LastFactor):
        actions.remove_passkey(actor=me(world), passkey_id=second.id, at=NOW)


def test_a_lock_by_wrong_passwords_keeps_no_passkey_out(world: World) -> None:
    key = Key()
    register(world, key)
    for _ in range(rules.ATTEMPTS_ALLOWED):
        with pytest.raises(rules.SignInFailed):
            actions.sign_in(login="desk.one", password="wrong", at=NOW)
    assert sign_in(key).step is rules.Step.NONE


def test_a_proof_by_ones_own_passkey_only(world: World) -> None:
    key = Key()
    register(world, key)
    token, late = sign_in(key).token, NOW + timedelta(minutes=40)
    found = queries.find_sign_in(token=token, at=late)
    assert found is not None
    assert not found.is_proved

    def prove(by: Key) -> None:
        asked = actions.begin_passkey_proof(actor=me(world), at=late)
        actions.prove_with_passkey(
            actor=me(world), token=token, challenge_id=asked.challenge_id,
            answer=by.sign(asked.options), at=late,
        )  # fmt: skip

    other = actions.create_person(actor=SYSTEM, login="other", name="他", password=PASSWORD, at=NOW)
    theirs = Key()
    asked = actions.begin_registration(actor=Actor(ActorKind.PERSON, other.id, "他"), at=NOW)
    actions.register_passkey(
        actor=Actor(ActorKind.PERSON, other.id, "他"), challenge_id=asked.challenge_id,
        answer=theirs.register(asked.options), name="", device="x", at=NOW,
    )  # fmt: skip
    with pytest.raises(rules.PasskeyRefused):
        prove(theirs)
    prove(key)
    found = queries.find_sign_in(token=token, at=late)
    assert found is not None
    assert found.is_proved


def test_twenty_passkeys_are_enough(world: World) -> None:
    for _ in range(rules.PASSKEYS_ALLOWED):
        Passkey.objects.create(
            person=world.person, credential_id=uuid4().bytes, public_key=b"x", sign_count=0,
            name="x", created_at=NOW,
        )  # fmt: skip
    with pytest.raises(rules.TooManyPasskeys):
        actions.begin_registration(actor=me(world), at=NOW)

"""Accounts, duties, the on-duty calendar and machine accounts."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role, Seat
from anlan.ledger.models import LedgerEntry
from anlan.people import actions, queries, rules
from anlan.people.models import ApiClient, Duty, Person
from anlan.people.queries import accounts
from anlan.places.rules import PlaceUnknown
from tests.rooms.people.worlds import NOW, PASSWORD, World

GIVEN = "ditch-copper-vapour"


def person(login: str) -> Person:
    return actions.create_person(actor=SYSTEM, login=login, name=login, password=PASSWORD, at=NOW)


def duty(of: Person, role: Role, place_id: int, **more: Any) -> Duty:
    return actions.grant_duty(
        actor=SYSTEM, person_id=of.id, role=role, place_id=place_id, at=NOW, **more
    )


def test_personal_data_is_sealed_and_opens_for_contacts(world: World) -> None:
    stored = bytes(Person.objects.get().email_sealed)
    assert b"wang" not in stored
    contact = queries.get_contacts([world.person.id])[world.person.id]
    assert contact.email == "wang.fang@example.cn"
    assert queries.get_person_names([world.person.id, uuid4()]) == {world.person.id: "王芳"}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"login": "DESK.ONE"}, rules.LoginTaken),
        ({"login": "x"}, rules.LoginUnusable),
        ({"password": "short"}, rules.PasswordTooShort),
        ({"password": "雨水沟 " * 33}, rules.PasswordTooLong),
        ({"password": "zhangwei1990"}, rules.PasswordEasilyGuessed),
        ({"login": "ditch-copper", "password": "ditch-copper-1"}, rules.PasswordEasilyGuessed),
        ({"password": "telechargement"}, rules.PasswordEasilyGuessed),
        ({"name": "  "}, rules.NameMissing),
        ({"email": "no address"}, rules.EmailUnusable),
        ({"locale": "fr"}, rules.LocaleUnknown),
        ({"actor": Actor(ActorKind.PERSON, uuid4(), "x")}, permits.InstallationOnly),
    ],
)
def test_accounts_that_cannot_be_opened(
    world: World, wrong: dict[str, Any], error: type[Exception]
) -> None:
    right = {"actor": SYSTEM, "login": "new", "name": "新", "password": PASSWORD, "at": NOW}
    with pytest.raises(error):
        actions.create_person(**{**right, **wrong})
    assert Person.objects.count() == 1
    assert LedgerEntry.objects.filter(what="person.created").count() == 1


def test_a_new_password_ends_the_lock_and_every_sign_in(world: World) -> None:
    token = actions.sign_in(login="desk.one", password=PASSWORD, at=NOW).token
    for _ in range(5):
        with pytest.raises(rules.SignInFailed):
            actions.sign_in(login="desk.one", password="wrong", at=NOW)
    other = Actor(ActorKind.PERSON, uuid4(), "x")
    with pytest.raises(permits.InstallationOnly):
        actions.set_password(actor=other, person_id=world.person.id, password=GIVEN, at=NOW)
    actions.set_password(actor=SYSTEM, person_id=world.person.id, password=GIVEN, at=NOW)
    assert queries.find_sign_in(token=token, at=NOW) is None
    assert actions.sign_in(login="desk.one", password=GIVEN, at=NOW).actor.name == "王芳"


def test_a_duty_ends_on_its_date(world: World) -> None:
    granted = duty(world.person, Role.TOWN_DESK, world.town.id)
    assert granted.from_date == date(2026, 11, 24)
    with pytest.raises(rules.PeriodBackwards):
        actions.end_duty(actor=SYSTEM, duty_id=granted.id, until_date=date(2026, 11, 24), at=NOW)
    actions.end_duty(actor=SYSTEM, duty_id=granted.id, until_date=date(2026, 11, 25), at=NOW)
    token = actions.sign_in(login="desk.one", password=PASSWORD, at=NOW).token
    today = queries.find_actor_by_sign_in(token=token, at=NOW)
    assert today is not None
    assert today.seats == (Seat(Role.TOWN_DESK, "330681.330681001"),)
    tomorrow = queries.find_actor_by_sign_in(token=token, at=NOW + timedelta(hours=9))
    assert tomorrow is not None
    assert tomorrow.seats == ()
    body = LedgerEntry.objects.get(what="duty.ended").body
    assert "2026-11-25" in body
    assert "王芳" not in body


def test_duties_need_a_known_place_department_and_person(world: World) -> None:
    with pytest.raises(PlaceUnknown):
        duty(world.person, Role.TOWN_DESK, 999_999)
    with pytest.raises(rules.DepartmentUnknown):
        duty(world.person, Role.DEPARTMENT, world.town.id, department="MAGIC")
    with pytest.raises(rules.PersonUnknown):
        actions.grant_duty(
            actor=SYSTEM, person_id=uuid4(), role=Role.MEDIATOR, place_id=world.town.id, at=NOW
        )
    assert not Duty.objects.exists()


def test_who_is_on_duty_is_asked_upward_from_the_place(world: World) -> None:
    county, town, other = person("county"), person("town"), person("other")
    duty(county, Role.DUTY_LEADER, world.county.id)
    shifted = duty(town, Role.DUTY_LEADER, world.town.id)
    duty(other, Role.TOWN_DESK, world.town.id)
    duty(world.person, Role.DUTY_LEADER, world.village.id, from_date=date(2026, 12, 1))

    def names(place_path: str, hours: float = 0) -> list[tuple[str, bool]]:
        holders = queries.list_on_duty(
            place_path=place_path, role=Role.DUTY_LEADER, at=NOW + timedelta(hours=hours)
        )
        return [(holder.name, holder.is_on_shift) for holder in holders]

    assert names(world.village.path) == [("town", False), ("county", False)]
    actions.plan_shift(
        actor=SYSTEM,
        duty_id=shifted.id,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=8),
        at=NOW,
    )
    assert names(world.village.path) == [("town", True), ("county", False)]
    assert names(world.village.path, hours=8) == [("county", False)], "ends_at is exclusive"
    assert names(world.county.path) == [("county", False)], "never downward"
    actions.close_person(actor=SYSTEM, person_id=county.id, at=NOW)
    assert names(world.county.path) == []


def test_shifts_run_forward(world: World) -> None:
    granted = duty(world.person, Role.DUTY_LEADER, world.town.id)
    with pytest.raises(rules.PeriodBackwards):
        actions.plan_shift(actor=SYSTEM, duty_id=granted.id, starts_at=NOW, ends_at=NOW, at=NOW)
    with pytest.raises(rules.DutyUnknown):
        actions.plan_shift(
            actor=SYSTEM,
            duty_id=granted.id + 1,
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=1),
            at=NOW,
        )


def client(world: World, **more: Any) -> rules.NewClient:
    right: dict[str, Any] = {
        "actor": SYSTEM,
        "name": "110 接处警平台",
        "channel": "POLICE_110",
        "role": Role.TOWN_DESK,
        "place_id": world.county.id,
        "callback_url": "https://110.example/progress",
        "at": NOW,
    }
    return actions.create_api_client(**{**right, **more})


def test_a_machine_account_acts_from_its_seat(world: World, django_assert_num_queries: Any) -> None:
    made = client(world)
    with django_assert_num_queries(1):
        live = queries.find_client(token=made.token, at=NOW)
    assert live is not None
    assert live.actor == Actor(
        ActorKind.CLIENT, made.client_id, "110 接处警平台", (Seat(Role.TOWN_DESK, "330681"),)
    )
    assert live.channel == "POLICE_110"
    assert live.has_callback
    assert queries.find_actor_by_api_token(token=made.token, at=NOW) == live.actor
    stored = ApiClient.objects.get()
    assert made.token not in str(vars(stored))
    assert made.callback_secret.encode() not in bytes(stored.callback_secret_sealed)
    callback = queries.get_callbacks([made.client_id])[made.client_id]
    assert callback.secret.decode() == made.callback_secret


def test_a_revoked_or_expired_machine_account_is_nobody(world: World) -> None:
    made = client(world, expires_at=NOW + timedelta(days=1))
    assert queries.find_client(token=made.token, at=NOW + timedelta(days=1)) is None
    actions.revoke_api_client(actor=SYSTEM, client_id=made.client_id, at=NOW)
    assert queries.find_client(token=made.token, at=NOW) is None
    assert not queries.get_callbacks([made.client_id])[made.client_id].is_active
    with pytest.raises(rules.ClientUnknown):
        actions.revoke_api_client(actor=SYSTEM, client_id=uuid4(), at=NOW)


def test_a_token_is_remembered_for_two_seconds_and_forgotten_when_revoked_here(
    world: World, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = client(world)
    asked_at = [1000.0]
    monkeypatch.setattr(accounts.time, "monotonic", lambda: asked_at[0])
    with django_assert_num_queries(1):
        known = queries.recall_client(token=made.token, at=NOW)
        asked_at[0] += 1.9
        assert queries.recall_client(token=made.token, at=NOW) == known
    ApiClient.objects.update(is_active=False)  # as another process would
    assert queries.recall_client(token=made.token, at=NOW) == known
    asked_at[0] += 0.1
    assert queries.recall_client(token=made.token, at=NOW) is None

    ApiClient.objects.update(is_active=True)
    assert queries.recall_client(token=made.token, at=NOW) == known
    actions.revoke_api_client(actor=SYSTEM, client_id=made.client_id, at=NOW)
    assert queries.recall_client(token=made.token, at=NOW) is None


@pytest.mark.parametrize("url", ["ftp://x/y", "https://", "110.example", "http://[::1"])
def test_callbacks_must_be_web_addresses(world: World, url: str) -> None:
    with pytest.raises(rules.CallbackUnusable):
        client(world, callback_url=url)

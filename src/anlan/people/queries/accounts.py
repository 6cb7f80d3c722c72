"""Reads of the room.

The two look-ups of an actor run on every request, so each is one SQL statement whatever the
number of duties; that of a machine account is remembered for two seconds. They only read; `actions.touch_sign_in` moves the idle limit forward.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from anlan.kernel.actor import Actor, ActorKind, Role, Seat
from anlan.kernel.seal import unseal
from anlan.kernel.sql import load
from anlan.people import rules
from anlan.people.models import ApiClient, Duty, Person

PACKAGE = "anlan.people"
COUNT_TRY = load(PACKAGE, "count_try")


def _rows(name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(load(PACKAGE, name), parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _seats(
    listed: list[list[Any]], *, chosen: int | None
) -> tuple[tuple[Seat, ...], tuple[rules.OwnDuty, ...]]:
    """Read the seats, and the duties among them; with a duty chosen that still holds, only its own."""
    duties = tuple(
        rules.OwnDuty(duty_id=duty_id, role=Role(role), place_path=path, department=department)
        for role, path, department, _, duty_id in listed
        if duty_id is not None
    )
    if chosen not in {duty.duty_id for duty in duties}:
        chosen = None
    seats = tuple(
        Seat(Role(role), path, department, UUID(case_id) if case_id else None)
        for role, path, department, case_id, duty_id in listed
        if chosen is None or duty_id in (None, chosen)
    )
    return seats, duties


def find_sign_in(*, token: str, at: datetime) -> rules.LiveSignIn | None:
    """Find the sign-in that a cookie's token stands for, with its actor, in one statement.

    None when the token is unknown, idle for 12 h, older than 7 days, or its person was closed; and for
    somebody whose role has come to need a second factor since he signed in without one.
    """
    rows = _rows(
        "find_sign_in",
        {
            "digest": rules.digest_token(token),
            "at": at,
            "idle_since": at - rules.IDLE_LIMIT,
        },
    )
    if not rows:
        return None
    (
        sign_in_id, person_id, login, name, locale, last_seen_at, expires_at, listed, means,
        proved_at, duty_id, is_demo,
    ) = rows[0]  # fmt: skip
    seats, duties = _seats(
        json.loads(listed) if isinstance(listed, str) else listed, chosen=duty_id
    )
    is_weak = means not in rules.STRONG_MEANS
    if is_weak and rules.must_have_factor((duty.role for duty in duties), is_demo=is_demo):
        return None
    return rules.LiveSignIn(
        sign_in_id=sign_in_id,
        actor=Actor(ActorKind.PERSON, person_id, name, seats),
        login=login,
        locale=locale,
        expires_at=expires_at,
        is_stale=at - last_seen_at >= rules.TOUCH_EVERY,
        is_proved=rules.is_fresh(proved_at, at=at),
        duties=duties,
        duty_id=duty_id if any(duty.duty_id == duty_id for duty in duties) else None,
    )


def find_actor_by_sign_in(*, token: str, at: datetime) -> Actor | None:
    """Find who acts with a cookie's token, with the seats that hold at that instant."""
    found = find_sign_in(token=token, at=at)
    return found.actor if found else None


def find_client(*, token: str, at: datetime) -> rules.LiveClient | None:
    """Find the machine account that an API token stands for, in one statement.

    None when the token is unknown or has expired, or the account was revoked.
    """
    rows = _rows("find_api_client", {"digest": rules.digest_token(token), "at": at})
    if not rows:
        return None
    client_id, name, channel, role, path, department, has_callback = rows[0]
    return rules.LiveClient(
        client_id=client_id,
        actor=Actor(ActorKind.CLIENT, client_id, name, (Seat(Role(role), path, department),)),
        channel=channel,
        has_callback=has_callback,
    )


_remembered: dict[str, tuple[float, rules.LiveClient]] = {}


def recall_client(*, token: str, at: datetime) -> rules.LiveClient | None:
    """Find the machine account of an API token as it stood at most two seconds ago.

    A partner system sends many signals on one token; each process asks the table about it once in
    two seconds. So a revocation holds at once in the process that made it, in others within two
    seconds. None as for `find_client`; what is not found is not remembered.
    Decision: docs/decisions/0014-tokens-are-remembered.md.
    """
    key = rules.digest_token(token)
    asked_at = time.monotonic()
    known = _remembered.get(key)
    if known is not None and asked_at - known[0] < rules.CLIENT_MEMORY_SECONDS:
        return known[1]
    client = find_client(token=token, at=at)
    if client is None:
        _remembered.pop(key, None)
        return None
    if len(_remembered) >= rules.CLIENTS_REMEMBERED:
        _remembered.clear()
    _remembered[key] = asked_at, client
    return client


def forget_clients() -> None:
    """Ask the table again at the next call of every machine account."""
    _remembered.clear()


def find_actor_by_api_token(*, token: str, at: datetime) -> Actor | None:
    """Find the machine account that acts with an API token, with its seat."""
    found = find_client(token=token, at=at)
    return found.actor if found else None


def list_on_duty(
    *, place_path: str, role: Role, at: datetime, department: str = ""
) -> list[rules.DutyHolder]:
    """List who stands a role at a place and above it, the nearest place first.

    A duty with a calendar counts only during its shifts; one without counts always.
    """
    rows = _rows(
        "list_on_duty",
        {
            "place_path": place_path,
            "role": role.value,
            "department": department,
            "at": at,
        },
    )
    return [
        rules.DutyHolder(
            duty_id=duty_id,
            person_id=person_id,
            name=name,
            role=Role(held),
            place_id=place_id,
            place_path=path,
            department=held_department,
            is_on_shift=is_on_shift,
        )
        for duty_id, person_id, name, held, place_id, path, held_department, is_on_shift in rows
    ]


def get_person(*, login: str) -> Person:
    """Give the account with a login. Raises PersonUnknown."""
    person = Person.objects.filter(login=rules.normal_login(login)).first()
    if person is None:
        raise rules.PersonUnknown(login=login)
    return person


def get_person_names(ids: Collection[UUID]) -> dict[UUID, str]:
    """Give the names to show for persons; ids nobody has are absent."""
    return dict(Person.objects.filter(id__in=ids).values_list("id", "name"))


def get_contacts(ids: Collection[UUID]) -> dict[UUID, rules.Contact]:
    """Give where persons can be written to; ids nobody has are absent. Personal data."""
    return {
        person.id: rules.Contact(
            person_id=person.id,
            name=person.name,
            email=open_email(person),
            locale=person.locale,
            is_active=person.is_active,
        )
        for person in Person.objects.filter(id__in=ids)
    }


def open_email(person: Person) -> str:
    """Unseal a person's e-mail address; empty when there is none."""
    sealed = bytes(person.email_sealed)
    return unseal(sealed, rules.email_context(person.id)).decode() if sealed else ""


def get_callbacks(client_ids: Collection[UUID]) -> dict[UUID, rules.Callback]:
    """Give where machine accounts want to hear progress; those that do not are absent."""
    return {
        client.id: rules.Callback(
            client_id=client.id,
            url=client.callback_url,
            secret=unseal(bytes(client.callback_secret_sealed), rules.callback_context(client.id)),
            is_active=client.is_active,
        )
        for client in ApiClient.objects.filter(id__in=client_ids).exclude(callback_url="")
    }


def list_persons() -> list[Person]:
    """List all accounts by login, their duties and places loaded along."""
    return list(Person.objects.prefetch_related("duties__place").order_by("login"))


def list_duties(person_id: UUID) -> list[Duty]:
    """List all duties of a person, past and future too, with their places."""
    return list(
        Duty.objects.filter(person_id=person_id).select_related("place").order_by("from_date", "id")
    )


def list_clients() -> list[ApiClient]:
    """List all machine accounts by name, with their places."""
    return list(ApiClient.objects.select_related("place").order_by("name", "id"))

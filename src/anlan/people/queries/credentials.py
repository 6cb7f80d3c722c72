"""Reads of how people sign in: second factors, passkeys, open sign-ins, steps still to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from anlan.kernel.actor import Actor
from anlan.people import rules
from anlan.people.models import Duty, Passkey, Person, Recovery, RecoveryCode, SignIn, Totp

_A_DAY = timedelta(days=1)
WAITING_LIMIT = 200


def find_halfway(*, token: str, at: datetime) -> rules.Halfway | None:
    """Find the sign-in of a token that has a step still to do; None for any other."""
    found = (
        SignIn.objects.select_related("person")
        .filter(token_digest=rules.digest_token(token), expires_at__gt=at, person__is_active=True)
        .exclude(step=rules.Step.NONE)
        .first()
    )
    if found is None:
        return None
    person = found.person
    return rules.Halfway(
        sign_in_id=found.id, person_id=person.id, login=person.login, name=person.name,
        locale=person.locale, step=rules.Step(found.step), has_totp=has_totp(person.id),
        has_passkey=Passkey.objects.filter(person=person).exists(),
    )  # fmt: skip


def has_totp(person_id: UUID) -> bool:
    """Tell whether an authenticator app is set up."""
    return Totp.objects.filter(person_id=person_id, confirmed_at__isnull=False).exists()


def has_factor(person_id: UUID) -> bool:
    """Tell whether somebody has an authenticator app or a passkey."""
    return has_totp(person_id) or Passkey.objects.filter(person_id=person_id).exists()


def list_roles(person_id: UUID, *, at: datetime) -> set[str]:
    """List the roles of the duties somebody holds now."""
    return set(_held(person_id, at).values_list("role", flat=True))


def list_sign_ins(*, person_id: UUID, token: str, at: datetime) -> list[rules.OpenSignIn]:
    """List the browsers in which somebody is signed in, this one first, then the last seen."""
    digest = rules.digest_token(token)
    rows = SignIn.objects.filter(
        person_id=person_id, step=rules.Step.NONE, expires_at__gt=at,
        last_seen_at__gt=at - rules.IDLE_LIMIT,
    ).order_by("-last_seen_at", "-id")  # fmt: skip
    found = [
        rules.OpenSignIn(
            sign_in_id=row.id, device=row.user_agent, means=row.means, created_at=row.created_at,
            last_seen_at=row.last_seen_at, is_this=row.token_digest == digest,
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: not each.is_this)


def list_passkeys(person_id: UUID) -> list[Passkey]:
    """List somebody's passkeys, the oldest first."""
    return list(Passkey.objects.filter(person_id=person_id).order_by("created_at", "id"))


def count_recovery_codes(person_id: UUID) -> int:
    """Count somebody's recovery codes that still serve."""
    return RecoveryCode.objects.filter(person_id=person_id, used_at__isnull=True).count()


def needs_factor(person_id: UUID, *, at: datetime) -> bool:
    """Tell whether somebody's roles need a second factor."""
    person = Person.objects.get(id=person_id)
    return rules.must_have_factor(list_roles(person_id, at=at), is_demo=person.is_demo)


def list_duty_paths(person_id: UUID, *, at: datetime) -> set[str]:
    """List the places of the duties somebody holds now."""
    return set(_held(person_id, at).values_list("place__path", flat=True))


def _held(person_id: UUID, at: datetime) -> QuerySet[Duty]:
    """The duties somebody holds now; a day more at either end, since places have time zones."""
    today = at.date()
    return Duty.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gt=today - _A_DAY),
        person_id=person_id,
        from_date__lte=today + _A_DAY,
    )


def list_recoveries(actor: Actor, *, at: datetime) -> list[Recovery]:
    """List the recoveries that wait for a second person and lie within somebody's places."""
    if actor.id is None:
        return []
    waiting = (
        Recovery.objects.select_related("person", "asked_by")
        .filter(confirmed_at__isnull=True, asked_at__gt=at - rules.RECOVERY_CONFIRM_WITHIN)
        .exclude(person_id=actor.id)
        .order_by("asked_at", "id")[:WAITING_LIMIT]
    )
    return [
        row
        for row in waiting
        if rules.may_recover(actor.seats, list_duty_paths(row.person_id, at=at))
    ]

"""Signing in and out.

Signing in uses two short transactions with the slow password hash between them, so that no
row lock and no pooled connection is held while it runs. Both are durable: a caller's own
transaction that rolls back must not give the guesser his try back.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction

from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind
from anlan.ledger import actions as ledger
from anlan.people import queries, rules
from anlan.people.models import Challenge, Person, SignIn


@permits.proof
def sign_in(*, login: str, password: str, at: datetime, user_agent: str = "") -> rules.SignedIn:
    """Sign a person in and give the token for the cookie.

    An unknown login, a wrong password, a closed and a locked account look and last the same.
    A password that somebody else gave opens only a step: choosing one's own (`SignedIn.step`).
    Raises SignInFailed.
    """
    person, is_allowed = spend_attempt(at=at, login=rules.normal_login(login))
    is_right = is_password(password, person)
    with transaction.atomic(durable=True):
        is_over = person is not None and bool(person.initial_until and person.initial_until <= at)
        if person is None or not is_right or not is_allowed or is_over:
            ledger.write(
                actor=SYSTEM,
                what="person.sign_in_failed",
                about_kind="person",
                about_id=person.id if person else "unknown",
                data={"locked": not is_allowed},
                at=at,
            )
            signed_in = None
        else:
            signed_in = continue_sign_in(person=person, at=at, user_agent=user_agent)
    if signed_in is None:
        raise rules.SignInFailed()
    return signed_in


def spend_attempt(*, at: datetime, **who: Any) -> tuple[Person | None, bool]:
    """Count a try at the account that `who` filters; whatever the login, by the same statements and without waiting for the disk.

    The disk is waited for by the transaction that follows, whose entry stands behind the count.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")
        person = Person.objects.select_for_update().filter(is_active=True, **who).first()
        attempt = rules.count_attempt(
            failed_count=person.failed_count if person else 0,
            locked_until=person.locked_until if person else None,
            at=at,
        )
        Person.objects.filter(id=person.id if person else UUID(int=0)).update(
            failed_count=attempt.failed_count, locked_until=attempt.locked_until
        )
        return person, person is not None and attempt.is_allowed


def is_password(password: str, person: Person | None) -> bool:
    """Tell whether a password is a person's; as slowly for nobody."""
    if len(password) > rules.PASSWORD_READ_CHARACTERS:
        password = ""
    if person is None:
        # The same work as for a known login, so that the clock does not tell which logins exist.
        make_password(password)
        return False
    return check_password(password, person.password)


def continue_sign_in(
    *,
    person: Person,
    at: datetime,
    user_agent: str,
    means: rules.Means = rules.Means.PASSWORD,
    organisation: rules.Organisation | None = None,
) -> rules.SignedIn:
    """Open a sign-in for somebody who has shown `means`, up to the next step he must do.

    organisation: through which he came; the sign-in ends as soon as that was configured to.
    """
    step = _next_step(person, means=means, at=at)
    token = secrets.token_urlsafe(rules.TOKEN_BYTES)
    is_whole = step is rules.Step.NONE
    expires_at = at + (rules.SIGN_IN_LIMIT if is_whole else rules.HALFWAY_LIMIT)
    if is_whole and organisation is not None:
        expires_at = min(expires_at, at + timedelta(hours=organisation.hours))
    # A right password takes back its own try only while a code is still to be shown: else whoever
    # knows the password could go on guessing codes for ever.
    is_halfway = step is rules.Step.FACTOR and person.locked_until is None
    left = person.failed_count if is_halfway else 0
    # Conditional: an account closed while the password was being hashed stays shut.
    is_open = Person.objects.filter(id=person.id, is_active=True, password=person.password).update(
        failed_count=left, locked_until=None
    )
    if not is_open:
        raise rules.SignInFailed()
    opened = SignIn.objects.create(
        person=person,
        token_digest=rules.digest_token(token),
        created_at=at,
        last_seen_at=at,
        expires_at=expires_at,
        user_agent=rules.device_of(user_agent),
        step=step.value,
        means=means.value,
        organisation=organisation.code if organisation else "",
        proved_at=at if is_whole else None,
    )
    actor: Actor | None = Actor(ActorKind.PERSON, person.id, person.name)
    if is_whole:
        actor = queries.find_actor_by_sign_in(token=token, at=at)
    assert actor is not None, "a sign-in made in this transaction is visible in it"
    ledger.write(
        actor=actor,
        what="person.signed_in" if is_whole else "person.sign_in_begun",
        about_kind="person",
        about_id=person.id,
        data={"sign_in_id": str(opened.id)}
        | ({"means": means.value} if is_whole else {"step": step.value}),
        at=at,
    )
    return rules.SignedIn(actor=actor, token=token, expires_at=expires_at, step=step)


def _next_step(person: Person, *, means: rules.Means, at: datetime) -> rules.Step:
    if means in (rules.Means.PASSWORD, rules.Means.ORGANISATION):
        if means is rules.Means.PASSWORD and person.initial_until is not None:
            return rules.Step.PASSWORD
        if queries.has_factor(person.id):
            return rules.Step.FACTOR
        roles = queries.list_roles(person.id, at=at)
        if rules.must_have_factor(roles, is_demo=person.is_demo):
            return rules.Step.ENROL
    return rules.Step.NONE


@permits.proof
def touch_sign_in(*, sign_in_id: UUID, at: datetime) -> None:
    """Move a sign-in's idle limit forward; a clock that ran backwards changes nothing.

    Not in the ledger: it says only that a browser is still open.
    """
    SignIn.objects.filter(id=sign_in_id, last_seen_at__lt=at).update(last_seen_at=at)


@permits.proof
@transaction.atomic
def sign_out(*, token: str, at: datetime) -> None:
    """End a sign-in, so that its token is worth nothing. An unknown token is fine: it is out."""
    found = (
        SignIn.objects.select_related("person")
        .filter(token_digest=rules.digest_token(token))
        .first()
    )
    if found is None or not SignIn.objects.filter(id=found.id).delete()[0]:
        return
    ledger.write(
        actor=Actor(ActorKind.PERSON, found.person.id, found.person.name),
        what="person.signed_out",
        about_kind="person",
        about_id=found.person.id,
        data={"sign_in_id": str(found.id)},
        at=at,
    )


@permits.inside
@transaction.atomic
def forget_ended_sign_ins(*, at: datetime) -> int:
    """Delete sign-ins that have expired or idled out, and give their number."""
    ended = SignIn.objects.filter(expires_at__lte=at) | SignIn.objects.filter(
        last_seen_at__lte=at - rules.IDLE_LIMIT
    )
    count = ended.delete()[0]
    Challenge.objects.filter(expires_at__lte=at).delete()
    if count:
        ledger.write(
            actor=SYSTEM,
            what="sign_ins.forgotten",
            about_kind="people",
            about_id="sign_ins",
            data={"count": count},
            at=at,
        )
    return count

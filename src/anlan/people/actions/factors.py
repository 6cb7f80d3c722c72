"""Second factors: an authenticator app, recovery codes, and showing them.

Wrong codes count at the account's one counter with its wrong passwords, before they are looked at
(`spend_attempt`), so a storm of guesses gets five looks, whatever is guessed. A right password alone does
not set the counter back while a code is still to be shown.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.db.models import QuerySet

from anlan.kernel import permits
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.ids import new_id
from anlan.kernel.seal import seal, unseal
from anlan.ledger import actions as ledger
from anlan.people import queries, rules
from anlan.people.actions.checks import own_person, tell_change
from anlan.people.actions.sign_ins import continue_sign_in, is_password, spend_attempt
from anlan.people.models import Person, RecoveryCode, SignIn, Totp


@permits.own
@transaction.atomic
def begin_totp(*, actor: Actor, at: datetime) -> rules.NewTotp:
    """Draw the secret of an authenticator app; it counts only once a code of it was shown.

    Raises NotYourAccount, FactorThere.
    """
    person = own_person(actor)
    if Totp.objects.filter(person=person, confirmed_at__isnull=False).exists():
        raise rules.FactorThere()
    secret = rules.make_totp_secret()
    Totp.objects.update_or_create(
        person=person,
        defaults={
            "secret_sealed": seal(secret, rules.totp_context(person.id)),
            "created_at": at,
        },
    )
    return _describe(person, secret)


@permits.own
@transaction.atomic
def confirm_totp(*, actor: Actor, code: str, at: datetime) -> list[str]:
    """Set up the app whose code is shown, and give fresh recovery codes, which are shown only here.

    Raises NotYourAccount, CodeExpected, CodeWrong, FactorThere, FactorMissing.
    """
    person = own_person(actor)
    row = Totp.objects.select_for_update().filter(person=person).first()
    if row is None:
        raise rules.FactorMissing()
    if row.confirmed_at is not None:
        raise rules.FactorThere()
    if not _takes(row, rules.read_code(code), at):
        raise rules.CodeWrong()
    row.confirmed_at = at
    row.save(update_fields=["confirmed_at", "last_interval"])
    tell_change(actor, person.id, what="person.totp_added", change=rules.Change.TOTP_ADDED, at=at)
    return _make_codes(person)


@permits.own
@transaction.atomic
def remove_totp(*, actor: Actor, at: datetime) -> None:
    """Remove the authenticator app. Raises NotYourAccount, FactorMissing, LastFactor."""
    person = own_person(actor)
    lose_factor(
        actor, person, Totp.objects.filter(person=person, confirmed_at__isnull=False),
        what="person.totp_removed", change=rules.Change.TOTP_REMOVED, at=at,
    )  # fmt: skip


@permits.own
@transaction.atomic
def make_recovery_codes(*, actor: Actor, at: datetime) -> list[str]:
    """Give fresh recovery codes, which are shown only here; the former ones are worth nothing.

    Raises NotYourAccount, FactorMissing without a factor that they could stand in for.
    """
    person = own_person(actor)
    if not queries.has_factor(person.id):
        raise rules.FactorMissing()
    change = rules.Change.CODES_MADE
    tell_change(actor, person.id, what="person.recovery_codes_made", change=change, at=at)
    return _make_codes(person)


@permits.proof
def show_factor(*, token: str, code: str, at: datetime, user_agent: str = "") -> rules.SignedIn:
    """Finish a sign-in whose step is FACTOR by a code of the app, or by a recovery code.

    Raises SignInFailed when the sign-in is none or took too long, CodeWrong.
    """
    halfway = queries.find_halfway(token=token, at=at)
    if halfway is None or halfway.step is not rules.Step.FACTOR:
        raise rules.SignInFailed()
    person, is_allowed = spend_attempt(at=at, id=halfway.person_id)
    with transaction.atomic(durable=True):
        means = _use_code(halfway.person_id, code, at) if person and is_allowed else None
        if person is None or means is None:
            write_refusal(halfway.person_id, is_allowed=is_allowed, at=at)
            signed_in = None
        else:
            SignIn.objects.filter(id=halfway.sign_in_id).delete()
            signed_in = continue_sign_in(person=person, at=at, user_agent=user_agent, means=means)
    if signed_in is None:
        raise rules.CodeWrong()
    return signed_in


@permits.proof
@transaction.atomic
def finish_enrolment(*, token: str, at: datetime, user_agent: str = "") -> rules.SignedIn:
    """Finish a sign-in whose step was ENROL, once a factor has been set up. Raises SignInFailed."""
    halfway = queries.find_halfway(token=token, at=at)
    if halfway is None or halfway.step is not rules.Step.ENROL:
        raise rules.SignInFailed()
    if not queries.has_factor(halfway.person_id):
        raise rules.SignInFailed()
    person = Person.objects.select_for_update().get(id=halfway.person_id)
    SignIn.objects.filter(id=halfway.sign_in_id).delete()
    means = rules.Means.TOTP if queries.has_totp(person.id) else rules.Means.PASSKEY
    return continue_sign_in(person=person, at=at, user_agent=user_agent, means=means)


@permits.own
def prove(*, actor: Actor, token: str, shown: str, at: datetime) -> None:
    """Show once more that it is oneself: a code where there is a factor, else the password.

    Raises NotYourAccount, CodeWrong.
    """
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise rules.NotYourAccount()
    person, is_allowed = spend_attempt(at=at, id=actor.id)
    has_factor = queries.has_factor(actor.id)
    is_right = has_factor or is_password(shown, person)
    with transaction.atomic(durable=True):
        if person is not None and is_allowed and has_factor:
            is_right = _use_code(actor.id, shown, at) is not None
        if person is None or not is_allowed or not is_right:
            write_refusal(actor.id, is_allowed=is_allowed, at=at)
            is_right = False
        else:
            note_proof(actor=actor, person_id=actor.id, token=token, at=at)
    if not is_right:
        raise rules.CodeWrong()


def note_proof(*, actor: Actor, person_id: UUID, token: str, at: datetime) -> None:
    """Write down that the holder of a sign-in has shown himself once more."""
    Person.objects.filter(id=person_id).update(failed_count=0, locked_until=None)
    mine = SignIn.objects.filter(person_id=person_id, token_digest=rules.digest_token(token))
    mine.update(proved_at=at)
    ledger.write(
        actor=actor, what="person.proved", about_kind="person", about_id=person_id, data={},
        at=at,
    )  # fmt: skip


def write_refusal(person_id: UUID, *, is_allowed: bool, at: datetime) -> None:
    """Write down a factor that was refused."""
    ledger.write(
        actor=Actor(ActorKind.PERSON, person_id, ""), what="person.factor_refused",
        about_kind="person", about_id=person_id, data={"locked": not is_allowed}, at=at,
    )  # fmt: skip


def lose_factor(
    actor: Actor,
    person: Person,
    row: QuerySet[Any],
    *,
    what: str,
    change: rules.Change,
    at: datetime,
) -> None:
    """Remove a factor, and the recovery codes with the last one. Raises FactorMissing, LastFactor.

    person: locked (`own_person`), or two removals at once would each count on the other's factor.
    """
    if not row.delete()[0]:
        raise rules.FactorMissing()
    if not queries.has_factor(person.id):
        if rules.must_have_factor(queries.list_roles(person.id, at=at), is_demo=person.is_demo):
            raise rules.LastFactor()
        RecoveryCode.objects.filter(person=person).delete()
    tell_change(actor, person.id, what=what, change=change, at=at)


def _use_code(person_id: UUID, typed: str, at: datetime) -> rules.Means | None:
    """Use up a code of the app or a recovery code, and say which it was; None for a wrong one."""
    row = Totp.objects.select_for_update().filter(person_id=person_id, confirmed_at__isnull=False)
    totp = row.first()
    try:
        code = rules.read_code(typed)
    except rules.CodeExpected:
        return rules.Means.RECOVERY_CODE if _use_recovery_code(person_id, typed, at) else None
    if totp is None or not _takes(totp, code, at):
        return None
    totp.save(update_fields=["last_interval"])
    return rules.Means.TOTP


def _use_recovery_code(person_id: UUID, typed: str, at: datetime) -> bool:
    unused = RecoveryCode.objects.select_for_update().filter(
        person_id=person_id, used_at__isnull=True
    )
    for row in unused:
        if hmac.compare_digest(row.digest, rules.digest_recovery_code(typed, row_id=row.id)):
            row.used_at = at
            row.save(update_fields=["used_at"])
            actor = Actor(ActorKind.PERSON, person_id, "")
            change = rules.Change.CODE_USED
            tell_change(actor, person_id, what="person.recovery_code_used", change=change, at=at)
            return True
    return False


def _takes(row: Totp, code: str, at: datetime) -> bool:
    """Tell whether a code is one of now that was not used; then it is used up."""
    totp = _totp(unseal(bytes(row.secret_sealed), rules.totp_context(row.person_id)))
    for interval in rules.intervals_around(at):
        expected = totp.generate(interval * rules.TOTP_SECONDS)
        if interval > row.last_interval and hmac.compare_digest(expected, code.encode()):
            row.last_interval = interval
            return True
    return False


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what every app reads; as HMAC it is not weakened by what is known of SHA-1.
    return TOTP(secret, rules.TOTP_DIGITS, SHA1(), rules.TOTP_SECONDS)  # noqa: S303 – as HMAC


def _describe(person: Person, secret: bytes) -> rules.NewTotp:
    uri = _totp(secret).get_provisioning_uri(quote(person.login), rules.ISSUER)
    return rules.NewTotp(secret=rules.spell_secret(secret), uri=uri)


def _make_codes(person: Person) -> list[str]:
    RecoveryCode.objects.filter(person=person).delete()
    codes = [rules.make_recovery_code() for _ in range(rules.RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(
            id=(row_id := new_id()),
            person=person,
            digest=rules.digest_recovery_code(code, row_id=row_id),
        )
        for code in codes
    )
    return codes

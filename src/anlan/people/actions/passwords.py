"""Passwords: given by whoever runs the installation, chosen by their owner, changed by him.

A given password opens nothing but the page where its owner chooses his own. Every change ends
the other sign-ins and is told to the owner (`CredentialChanged`). The ledger says that it was
changed, never to what.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from anlan.kernel import permits
from anlan.kernel.actor import Actor, ActorKind
from anlan.ledger import actions as ledger
from anlan.people import queries, rules
from anlan.people.actions.checks import check_password_choice, tell_change
from anlan.people.actions.sign_ins import continue_sign_in, is_password, spend_attempt
from anlan.people.models import Person, SignIn


@permits.installation
@transaction.atomic
def set_password(*, actor: Actor, person_id: UUID, password: str, at: datetime) -> None:
    """Give an account a password to choose one's own with, lift its lock and end all its sign-ins.

    An account of the demo becomes an ordinary one by it. Raises InstallationOnly, PersonUnknown,
    PasswordTooShort, PasswordTooLong, PasswordEasilyGuessed.
    """
    person = Person.objects.select_for_update().filter(id=person_id).first()
    if person is None:
        raise rules.PersonUnknown(login=person_id)
    check_password_choice(password, about=[person.login, person.name])
    person.initial_until, person.is_demo = at + rules.INITIAL_PASSWORD_LIMIT, False
    _replace(person, password)
    SignIn.objects.filter(person_id=person_id).delete()
    tell_change(
        actor, person_id, what="person.password_set", change=rules.Change.PASSWORD_SET, at=at
    )


@permits.proof
@transaction.atomic
def choose_password(
    *, token: str, password: str, at: datetime, user_agent: str = ""
) -> rules.SignedIn:
    """Take the password that somebody chooses in place of the one he was given, and go on signing in.

    token: of a sign-in whose step is PASSWORD; it is worth nothing afterwards.
    Raises SignInFailed, PasswordTooShort, PasswordTooLong, PasswordEasilyGuessed, PasswordUnchanged.
    """
    halfway = queries.find_halfway(token=token, at=at)
    if halfway is None or halfway.step is not rules.Step.PASSWORD:
        raise rules.SignInFailed()
    person = Person.objects.select_for_update().get(id=halfway.person_id)
    if person.initial_until is None or person.initial_until <= at:
        raise rules.SignInFailed()
    _check_new(person, password)
    person.initial_until = None
    _replace(person, password)
    SignIn.objects.filter(person_id=person.id).delete()
    actor = Actor(ActorKind.PERSON, person.id, person.name)
    change = rules.Change.PASSWORD_CHANGED
    tell_change(actor, person.id, what="person.password_chosen", change=change, at=at)
    return continue_sign_in(person=person, at=at, user_agent=user_agent)


@permits.own
def change_password(*, actor: Actor, token: str, present: str, password: str, at: datetime) -> None:
    """Change one's own password, and end all one's sign-ins but that of `token`.

    present: the password as it is; wrong ones count like those of signing in and lock the account.
    Raises NotYourAccount, PresentPasswordWrong, PasswordTooShort, PasswordTooLong,
    PasswordEasilyGuessed, PasswordUnchanged.
    """
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise rules.NotYourAccount()
    person, is_allowed = spend_attempt(at=at, id=actor.id)
    is_right = is_password(present, person)
    with transaction.atomic(durable=True):
        locked = Person.objects.select_for_update().filter(id=actor.id, is_active=True).first()
        # Somebody may have changed it while the hash was worked out
        stands = locked is not None and person is not None and locked.password == person.password
        if not (is_right and is_allowed and stands):
            ledger.write(
                actor=actor, what="person.password_refused", about_kind="person",
                about_id=actor.id, data={"locked": not is_allowed}, at=at,
            )  # fmt: skip
            locked = None
        else:
            # The present one was right: what the new one lacks is no try at guessing.
            Person.objects.filter(id=actor.id).update(failed_count=0, locked_until=None)
    if locked is None:
        raise rules.PresentPasswordWrong()
    _change(actor=actor, person=locked, token=token, password=password, at=at)


@transaction.atomic
def _change(*, actor: Actor, person: Person, token: str, password: str, at: datetime) -> None:
    locked = (
        Person.objects.select_for_update()
        .filter(id=person.id, is_active=True, password=person.password)
        .first()
    )
    if locked is None:
        raise rules.PresentPasswordWrong()
    _check_new(locked, password)
    _replace(locked, password)
    others = SignIn.objects.filter(person_id=person.id)
    others.exclude(token_digest=rules.digest_token(token)).delete()
    change = rules.Change.PASSWORD_CHANGED
    tell_change(actor, person.id, what="person.password_changed", change=change, at=at)


def _check_new(person: Person, password: str) -> None:
    check_password_choice(password, about=[person.login, person.name])
    if check_password(password, person.password):
        raise rules.PasswordUnchanged()


def _replace(person: Person, password: str) -> None:
    person.password = make_password(password)
    person.failed_count, person.locked_until = 0, None
    person.save(
        update_fields=["password", "failed_count", "locked_until", "initial_until", "is_demo"]
    )

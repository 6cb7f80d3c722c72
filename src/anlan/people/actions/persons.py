"""Opening, changing and closing accounts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.kernel.ids import new_id
from anlan.kernel.seal import seal
from anlan.ledger import actions as ledger
from anlan.people import rules
from anlan.people.actions.checks import check_password_choice
from anlan.people.models import (
    Challenge,
    OrganisationLink,
    Passkey,
    Person,
    RecoveryCode,
    SignIn,
    Totp,
)


@permits.installation
@transaction.atomic
def create_person(
    *,
    actor: Actor,
    login: str,
    name: str,
    password: str,
    at: datetime,
    email: str = "",
    locale: str = "zh-hans",
    is_own_password: bool = False,
    is_demo: bool = False,
) -> Person:
    """Open an account. It sees nothing until it is given a duty.

    The password is good for choosing one's own, for INITIAL_PASSWORD_LIMIT, unless is_own_password
    says that the person has chosen it. is_demo: of the demo county, whose passwords are made at random
    and printed; they stay.
    Raises InstallationOnly, LoginUnusable, LoginTaken, NameMissing, PasswordTooShort,
    PasswordTooLong, PasswordEasilyGuessed, EmailUnusable, LocaleUnknown.
    """
    login = rules.check_login(login)
    if is_demo:
        rules.check_password_length(password)
    else:
        check_password_choice(password, about=[login, name])
    rules.check_locale(locale)
    if not name.strip():
        raise rules.NameMissing()
    _check_email(email)
    person_id = new_id()
    try:
        with transaction.atomic():
            person = Person.objects.create(
                id=person_id,
                login=login,
                password=make_password(password),
                name=name.strip(),
                email_sealed=seal(email.encode(), rules.email_context(person_id)) if email else b"",
                locale=locale,
                created_at=at,
                initial_until=(
                    None if is_demo or is_own_password else at + rules.INITIAL_PASSWORD_LIMIT
                ),
                is_demo=is_demo,
            )
    except IntegrityError as taken:
        raise rules.LoginTaken(login=login) from taken
    ledger.write(
        actor=actor,
        what="person.created",
        about_kind="person",
        about_id=person.id,
        data={},
        at=at,
    )
    return person


@permits.installation
@transaction.atomic
def close_person(*, actor: Actor, person_id: UUID, at: datetime) -> None:
    """Close an account: its sign-ins and second factors end at once, its past acts keep their author.

    Raises InstallationOnly, PersonUnknown.
    """
    if not Person.objects.filter(id=person_id).update(is_active=False, closed_at=at):
        raise rules.PersonUnknown(login=person_id)
    forget_means(person_id)
    ledger.write(
        actor=actor,
        what="person.closed",
        about_kind="person",
        about_id=person_id,
        data={},
        at=at,
    )


@permits.installation
@transaction.atomic
def erase_person(*, actor: Actor, person_id: UUID, at: datetime) -> None:
    """Erase who a closed account belonged to: name, login, e-mail, password, browsers.

    Its past acts keep an author without a name. Raises InstallationOnly, PersonUnknown,
    AccountOpen.
    """
    person = Person.objects.select_for_update().filter(id=person_id).first()
    if person is None:
        raise rules.PersonUnknown(login=person_id)
    if person.is_active:
        raise rules.AccountOpen(login=person.login)
    person.login = rules.erased_login(person.id)
    person.name, person.email_sealed, person.password = rules.ERASED_NAME, b"", "!"
    person.save(update_fields=["login", "name", "email_sealed", "password"])
    forget_means(person_id)
    ledger.write(
        actor=actor, what="person.erased", about_kind="person", about_id=person_id, data={}, at=at
    )


def _check_email(email: str) -> None:
    if email:
        try:
            validate_email(email)
        except ValidationError as wrong:
            raise rules.EmailUnusable(email=email) from wrong


def forget_means(person_id: UUID) -> None:
    """Delete by what somebody signs in, but for the password, and where he is signed in."""
    for table in (SignIn, Totp, RecoveryCode, Passkey, Challenge, OrganisationLink):
        table._default_manager.filter(person_id=person_id).delete()  # noqa: SLF001 – public, despite its name

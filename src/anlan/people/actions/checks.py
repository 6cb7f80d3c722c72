"""What several writes ask or do alike: the place of a seat, a password's choice, whose account, telling its owner."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from uuid import UUID

from django.contrib.auth.password_validation import CommonPasswordValidator

from anlan.kernel import events
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.ids import new_id
from anlan.ledger import actions as ledger
from anlan.people import rules
from anlan.people.models import Person
from anlan.places.models import Department, Place
from anlan.places.rules import PlaceUnknown


def get_place(place_id: int, department: str) -> Place:
    """Give the place of a seat, with its jurisdiction. Raises PlaceUnknown, DepartmentUnknown."""
    place = Place.objects.select_related("jurisdiction").filter(id=place_id).first()
    if place is None:
        raise PlaceUnknown(place=place_id)
    if (
        department
        and not Department.objects.filter(jurisdiction=place.jurisdiction, code=department).exists()
    ):
        raise rules.DepartmentUnknown(department=department)
    return place


def check_password_choice(password: str, *, about: Collection[str]) -> None:
    """Refuse a password that cannot be chosen, also when it was made of leaked ones (Django's list).

    about: what others know of its owner. Raises PasswordTooShort, PasswordTooLong,
    PasswordEasilyGuessed.
    """
    rules.check_password(password, about=about, leaked=_leaked())


@cache
def _leaked() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


def own_person(actor: Actor) -> Person:
    """Give whom an actor is, locked; anybody but a person with an open account has none.

    Raises NotYourAccount.
    """
    person = None
    if actor.kind is ActorKind.PERSON and actor.id is not None:
        person = Person.objects.select_for_update().filter(id=actor.id, is_active=True).first()
    if person is None:
        raise rules.NotYourAccount()
    return person


def tell_change(
    actor: Actor, person_id: UUID, *, what: str, change: rules.Change, at: datetime
) -> None:
    """Write a change of somebody's means of signing in into the ledger, and have him told."""
    ledger.write(actor=actor, what=what, about_kind="person", about_id=person_id, data={}, at=at)
    events.emit(
        rules.CredentialChanged(person_id=str(person_id), change=change.value, mark=new_id().hex)
    )

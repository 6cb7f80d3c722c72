"""What several writes ask first: does the place of a seat exist, may a password be chosen."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator

from anlan.people import rules
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

"""What writes about seats ask first: does the place exist."""

from __future__ import annotations

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

"""Gives departments their seats at the places of a county that is being set up."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from anlan.kernel import permits
from anlan.places.actions.copying import bump_version
from anlan.places.models import Department, Place, Unit
from anlan.places.rules import PlaceUnknown


@permits.inside
@transaction.atomic
def set_up_units(*, place_code: str) -> int:
    """Make the units of a place, of all below it and of the places above it; give their number.

    Which department sits where is data of the jurisdiction (`seats` in departments.yaml). Units
    already there keep their id and take over the name.
    Raises PlaceUnknown.
    """
    place = Place.objects.filter(code=place_code).first()
    if place is None:
        raise PlaceUnknown(place=place_code)
    seats: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for department in Department.objects.filter(jurisdiction=place.jurisdiction_id).order_by("id"):
        for seat in department.seats:
            seats.setdefault(seat["level"], []).append((department.code, seat))
    concerned = Place.objects.filter(
        Q(path__descendant_of=place.path) | Q(path__ancestor_of=place.path), level__in=seats
    )
    units = [
        Unit(
            place_id=place_id,
            department=department,
            name=seat["name"].format(place=name),
            name_en=seat["name_en"].format(place=name_en or name),
        )
        for place_id, level, name, name_en in concerned.order_by("depth", "code").values_list(
            "id", "level", "name", "name_en"
        )
        for department, seat in seats[level]
    ]
    Unit.objects.bulk_create(
        units,
        batch_size=5000,
        update_conflicts=True,
        unique_fields=["place", "department"],
        update_fields=["name", "name_en"],
    )
    bump_version(place.jurisdiction_id)
    return len(units)

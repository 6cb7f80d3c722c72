"""Loads a jurisdiction from its folder of files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from anlan.kernel import permits
from anlan.places.actions.copying import (
    bump_version,
    settle_places,
    write_places,
    write_shapes,
)
from anlan.places.actions.files import read_folder
from anlan.places.actions.grids import make_room
from anlan.places.actions.units import set_up_units
from anlan.places.models import Department, Jurisdiction


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a folder held; `changed` counts the places that were added or renamed."""

    jurisdiction: str
    places: int
    changed: int
    departments: int
    shapes: int
    units: int


@permits.inside
@transaction.atomic
def load_jurisdiction(*, folder: Path) -> LoadCounts:
    """Take over places, departments and shapes from a folder; loading again updates them.

    Places keep their id by their code. Places that are no longer in the file stay, as cases may
    lie in them.
    Raises FileBroken, which says file, line and problem; nothing is written then.
    """
    files = read_folder(folder)
    about = files.about
    jurisdiction, _ = Jurisdiction.objects.update_or_create(
        code=about["code"],
        defaults={
            **{key: about[key] for key in ("name", "name_en", "time_zone", "calendar", "locale")},
            **{key: about[key] for key in ("source", "licence", "levels")},
            "padded_code_width": about.get("padded_code_width", 0),
            "boundaries": about.get("boundaries") or {},
        },
    )
    changed = write_places(
        jurisdiction=jurisdiction.code,
        rows=files.places,
        depths=len(about["levels"]),
    )
    Department.objects.bulk_create(
        [Department(jurisdiction=jurisdiction, **each) for each in files.departments],
        update_conflicts=True,
        unique_fields=["jurisdiction", "code"],
        update_fields=["name", "name_en", "seats", "source", "confidence"],
    )
    shapes = write_shapes(files.shapes) if files.shapes else 0
    levels = [level["code"] for level in about["levels"]]
    settle_places(jurisdiction=jurisdiction.code, levels=levels)
    leaves = {row.code for row in files.places if row.level == levels[-1]}
    drawn = [row.shape for row in files.shapes if row.code in leaves and not row.is_generated]
    if drawn:
        make_room(jurisdiction=jurisdiction, drawn=drawn)
    units = 0
    # Small jurisdictions have their units at once; large ones county by county
    if about.get("set_up_units"):
        for row in files.places:
            if row.depth == 0:
                units += set_up_units(place_code=row.code)
    bump_version(jurisdiction.code)
    return LoadCounts(
        jurisdiction.code, len(files.places), changed, len(files.departments), shapes, units
    )

"""Brings many places and shapes into the tables with COPY, inside the caller's transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import shapely
from django.db import connection, transaction
from shapely import Geometry

from anlan.kernel import sql
from anlan.places import queries
from anlan.places.models import Jurisdiction, new_version
from anlan.places.rules import FileBroken

ROOM = "anlan.places"


class PlaceRow(NamedTuple):
    """One place to be written; `parent_code` is empty at the top."""

    code: str
    parent_code: str
    level: str
    depth: int
    name: str
    name_en: str
    label: str
    lon: float | None
    lat: float | None
    area_km2: float | None
    is_generated: bool


class ShapeRow(NamedTuple):
    """One outline in WGS-84 to be written."""

    code: str
    shape: Geometry
    is_generated: bool
    source: str


def label_of(code: str) -> str:
    """Make a code fit for an ltree label.

    >>> label_of("NYCC-01")
    'NYCC_01'
    """
    return re.sub(r"[^A-Za-z0-9_]", "_", code)


def write_places(*, jurisdiction: str, rows: Iterable[PlaceRow], depths: int) -> int:
    """Add or update places, parents first; give the number that were added or changed.

    depths: how many levels the jurisdiction has.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.load(ROOM, "stage_places"))
        with cursor.copy(
            f"COPY places_incoming ({', '.join(PlaceRow._fields)}) FROM STDIN"
        ) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(sql.load(ROOM, "find_foreign_places"), {"jurisdiction": jurisdiction})
        foreign = cursor.fetchone()
        if foreign is not None:
            raise FileBroken(
                file="places",
                where=f"code {foreign[0]}",
                problem=f"belongs to the jurisdiction {foreign[1]} already",
            )
        changed = 0
        for depth in range(depths):
            cursor.execute(
                sql.load(ROOM, "upsert_places"), {"jurisdiction": jurisdiction, "depth": depth}
            )
            changed += cursor.rowcount
    return changed


def settle_places(*, jurisdiction: str, levels: Sequence[str]) -> None:
    """Let places follow a parent that has moved, and tell the planner how many there are."""
    with connection.cursor() as cursor:
        for depth, level in enumerate(levels):
            cursor.execute(
                sql.load(ROOM, "repath_places"),
                {"jurisdiction": jurisdiction, "level": level, "depth": depth},
            )
        # The planner knows nothing yet of tables that were empty a moment ago
        cursor.execute("ANALYZE places_place, places_placeshape, places_unit")


def write_shapes(rows: Iterable[ShapeRow]) -> int:
    """Add or replace outlines; give their number."""
    kept = list(rows)
    shapes = [row.shape for row in kept]
    points = shapely.get_coordinates(shapely.point_on_surface(shapes)).tolist()
    with connection.cursor() as cursor:
        cursor.execute(sql.load(ROOM, "stage_shapes"))
        with cursor.copy(
            "COPY places_incoming_shape (code, wkb, lon, lat, is_generated, source) FROM STDIN"
        ) as copy:
            for row, wkb, (lon, lat) in zip(kept, shapely.to_wkb(shapes), points, strict=True):
                copy.write_row((row.code, wkb, lon, lat, row.is_generated, row.source))
        cursor.execute(sql.load(ROOM, "upsert_shapes"))
        return int(cursor.rowcount)


def bump_version(jurisdiction: str) -> None:
    """Let every process read the places anew, this one at once."""
    Jurisdiction.objects.filter(code=jurisdiction).update(version=new_version())
    queries.forget_gazetteer()
    transaction.on_commit(queries.forget_gazetteer)

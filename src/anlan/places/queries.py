"""Reads of the room. Most answers come from the gazetteer, which is in memory.

The gazetteer is read once a process, on first use, in three statements. At most every two
seconds one small statement compares versions; when another process has changed the places, one
thread reads them anew while the others go on with what they have.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection
from typing import Any

import shapely
from django.db import connection

from anlan.kernel import sql
from anlan.kernel.actor import Actor, ActorKind, Role
from anlan.places.models import Jurisdiction, Place, PlaceShape, Unit
from anlan.places.rules import (
    Gazetteer,
    JurisdictionInfo,
    Level,
    LevelUnknown,
    PlaceInfo,
    PlaceUnknown,
    UnitInfo,
)

RECHECK_SECONDS = 2.0

_lock = threading.Lock()
_gazetteer: Gazetteer | None = None
_versions: dict[str, int] = {}
_recheck_at = 0.0


def get_gazetteer() -> Gazetteer:
    """Give the places as they stand (at most two seconds old), from memory."""
    global _recheck_at
    known = _gazetteer
    if known is not None and time.monotonic() < _recheck_at:
        return known
    # Only the first reader has to wait; later ones go on with what is there
    if not _lock.acquire(blocking=known is None):
        assert known is not None
        return known
    try:
        if _gazetteer is None or time.monotonic() >= _recheck_at:
            _refresh()
            _recheck_at = time.monotonic() + RECHECK_SECONDS
        assert _gazetteer is not None
        return _gazetteer
    finally:
        _lock.release()


def forget_gazetteer() -> None:
    """Let the next reader of this process compare versions at once."""
    global _recheck_at
    _recheck_at = 0.0


def _refresh() -> None:
    global _gazetteer, _versions
    # Versions are read before the rest: what is newer than they say is read again next time
    jurisdictions = list(Jurisdiction.objects.order_by("code"))
    versions = {jurisdiction.code: jurisdiction.version for jurisdiction in jurisdictions}
    if _gazetteer is not None and versions == _versions:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.places", "list_gazetteer_places"))
        rows = cursor.fetchall()
    units = Unit.objects.order_by("id").values_list(
        "id", "place_id", "department", "name", "name_en"
    )
    wkbs = {row[0]: row[12] for row in rows if row[12] is not None}
    shapes = shapely.from_wkb([bytes(wkb) for wkb in wkbs.values()])
    _gazetteer = Gazetteer(
        jurisdictions=[_describe(jurisdiction) for jurisdiction in jurisdictions],
        places=[PlaceInfo(*row[:12]) for row in rows],
        units=[UnitInfo(*row) for row in units],
        shapes=dict(zip(wkbs, shapes, strict=True)),
    )
    _versions = versions


def _describe(jurisdiction: Jurisdiction) -> JurisdictionInfo:
    return JurisdictionInfo(
        code=jurisdiction.code,
        name=jurisdiction.name,
        name_en=jurisdiction.name_en,
        time_zone=jurisdiction.time_zone,
        calendar=jurisdiction.calendar,
        locale=jurisdiction.locale,
        levels=tuple(
            Level(level["code"], level["zh"], level["en"], level.get("code_width", 0))
            for level in jurisdiction.levels
        ),
        padded_code_width=jurisdiction.padded_code_width,
    )


def find_places(
    *,
    text: str,
    level: str = "",
    under_code: str = "",
    limit: int = 20,
    with_generated: bool = True,
) -> list[PlaceInfo]:
    """List places by a part of their Chinese or English name, of the way down to them, or of their code.

    Two-character Chinese names are found as fast as long ones. Raises PlaceUnknown for an
    unknown `under_code`.
    """
    gazetteer = get_gazetteer()
    under = gazetteer.place_by_code(under_code).path if under_code else ""
    return gazetteer.find(
        text, level=level, under=under, limit=limit, with_generated=with_generated
    )


def list_read_places(*, actor: Actor, readers: Collection[Role]) -> list[PlaceInfo]:
    """List the places whose figures an actor reads as a whole, the widest first; the system those at the top."""
    gazetteer = get_gazetteer()
    if actor.kind is ActorKind.SYSTEM:
        return list(gazetteer.roots)
    paths = actor.places_read(readers)
    found = [place for path in paths if (place := gazetteer.find_place_by_path(path))]
    return sorted(found, key=lambda place: (place.depth, place.code))


def find_read_place(
    *, actor: Actor, readers: Collection[Role], place_code: str
) -> PlaceInfo | None:
    """Find a place by code whose figures an actor reads; absent and unseen are the same."""
    place = get_gazetteer().find_place_by_code(place_code)
    own = list_read_places(actor=actor, readers=readers)
    if place is None or not any((place.path + ".").startswith(one.path + ".") for one in own):
        return None
    return place


def list_shapes(*, place_code: str, level: str) -> dict[str, Any]:
    """Give the outlines of one level below a place as a GeoJSON FeatureCollection (WGS-84).

    Raises PlaceUnknown, LevelUnknown.
    """
    place = Place.objects.select_related("jurisdiction").filter(code=place_code).first()
    if place is None:
        raise PlaceUnknown(place=place_code)
    known = [each["code"] for each in place.jurisdiction.levels]
    if level not in known:
        raise LevelUnknown(jurisdiction=place.jurisdiction_id, level=level, known=", ".join(known))
    shapes = (
        PlaceShape.objects.filter(place__path__descendant_of=place.path, place__level=level)
        .order_by("place__code")
        .values_list(
            "wkb", "is_generated", "place_id", "place__code", "place__name", "place__name_en"
        )
    )
    features = []
    for wkb, is_generated, place_id, code, name, name_en in shapes:
        features.append(
            {
                "type": "Feature",
                "id": place_id,
                "geometry": json.loads(shapely.to_geojson(shapely.from_wkb(bytes(wkb)))),
                "properties": {
                    "id": place_id,
                    "code": code,
                    "level": level,
                    "name": name,
                    "name_en": name_en or name,
                    "is_generated": is_generated,
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}

"""The places that this installation serves, as a resident looks for them.

Served are the places whose nearest command desk sits at the lowest level that has desks: a county
that was set up, with its towns and villages; not the rest of the province around it. Worked out once
for each state of the gazetteer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anlan.intake.rules import PointOutside
from anlan.places import queries
from anlan.places.rules import DESK, Gazetteer, PlaceInfo
from anlan.web.staff import words

CHOICES_LIMIT = 8
ELSEWHERE_LIMIT = 3
LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Area:
    """What one jurisdiction serves here: `root` holds it all, `seats` are the places with a desk."""

    root: PlaceInfo
    seats: tuple[PlaceInfo, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a point lies, in words. `near_border`: a person looks at which side it belongs to."""

    place: PlaceInfo
    near_border: bool


_known: tuple[Gazetteer, list[Area]] | None = None


def list_areas() -> list[Area]:
    """List what is served, by jurisdiction."""
    global _known
    gazetteer = queries.get_gazetteer()
    if _known is None or _known[0] is not gazetteer:
        _known = gazetteer, _find_areas(gazetteer)
    return _known[1]


def get_place(code: str) -> PlaceInfo:
    """Give a place by its code. Raises PlaceUnknown."""
    return queries.get_gazetteer().place_by_code(code)


def find_places(text: str) -> list[PlaceInfo]:
    """Find served places by a part of their name or of the way down to them, the likeliest first."""
    found: list[PlaceInfo] = []
    for area in list_areas():
        seats = tuple(seat.path + "." for seat in area.seats)
        looked_at = queries.find_places(
            text=text, under_code=area.root.code, limit=LOOKED_AT, with_generated=False
        )
        found += [place for place in looked_at if (place.path + ".").startswith(seats)]
    return found[:CHOICES_LIMIT]


def find_elsewhere(text: str) -> list[str]:
    """Name places that a text means and that are not served here, with the way down to them."""
    gazetteer = queries.get_gazetteer()
    roots = {area.root.path for area in list_areas()}
    found = queries.find_places(text=text, limit=LOOKED_AT, with_generated=False)
    outside = (p for p in found if not any((p.path + ".").startswith(r + ".") for r in roots))
    return [
        " · ".join(words.name(each) for each in gazetteer.lineage(place.id))
        for place, _ in zip(outside, range(ELSEWHERE_LIMIT), strict=False)
    ]


def find_spot(lon: float, lat: float) -> Spot | None:
    """Find where a WGS-84 point lies; None outside everything served. Raises PointImpossible."""
    gazetteer = queries.get_gazetteer()
    located = gazetteer.locate(lon, lat)
    if located is None:
        return None
    return Spot(gazetteer.place(located.place_id), located.near_border)


def get_spot(lon: float, lat: float) -> Spot:
    """Find where a point lies. Raises PointOutside."""
    spot = find_spot(lon, lat)
    if spot is None:
        raise PointOutside(lon=lon, lat=lat)
    return spot


def show_place(place: PlaceInfo) -> str:
    """Name a place with what lies above it, down from the level below the area's root."""
    lineage = queries.get_gazetteer().lineage(place.id)
    depth = min((area.root.depth for area in list_areas()), default=0)
    return " · ".join(words.name(each) for each in lineage if each.depth > depth) or words.name(
        place
    )


def find_jurisdiction(place_code: str, lon: float | None, lat: float | None) -> str | None:
    """Tell whose catalogue speaks for a spot, a place, or else this installation; None without any."""
    gazetteer = queries.get_gazetteer()
    located = gazetteer.locate(lon, lat) if lon is not None and lat is not None else None
    place = gazetteer.find_place_by_code(place_code) if place_code else None
    if located is not None:
        place = gazetteer.place(located.place_id)
    areas = list_areas()
    if place is None and areas:
        place = areas[0].root
    return place.jurisdiction if place else None


def _find_areas(gazetteer: Gazetteer) -> list[Area]:
    seats: dict[str, list[PlaceInfo]] = {}
    for unit in gazetteer.units.values():
        if unit.department == DESK:
            place = gazetteer.place(unit.place_id)
            seats.setdefault(place.jurisdiction, []).append(place)
    areas = []
    for _, places in sorted(seats.items()):
        lowest = max(place.depth for place in places)
        served = tuple(place for place in places if place.depth == lowest)
        areas.append(Area(_common_root(gazetteer, served), served))
    return areas


def _common_root(gazetteer: Gazetteer, places: Sequence[PlaceInfo]) -> PlaceInfo:
    """Find the lowest place that holds all of these."""
    lines = [gazetteer.lineage(place.id) for place in places]
    root = lines[0][0]
    for level in zip(*lines, strict=False):
        if len({place.id for place in level}) > 1:
            break
        root = level[0]
    return root

"""The whole tree of places in memory, and the questions that routing asks of it.

Built once from rows and then never changed, so threads share it without a lock. Lists of
children, units and outlines are held by place id. Points are WGS-84 degrees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from shapely import Geometry

from anlan.places.rules.errors import PlaceUnknown, PointImpossible
from anlan.places.rules.locator import OUTSIDE, Locator, degree_lengths_m
from anlan.places.rules.names import Names

# The two departments the product itself relies on; all others are only data
DESK: Final = "DESK"
GRID_TEAM: Final = "GRID"


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the tree with its two labels."""

    code: str
    zh: str
    en: str
    code_width: int = 0


@dataclass(frozen=True, slots=True)
class JurisdictionInfo:
    """What code may know of a jurisdiction; `levels` from the top down."""

    code: str
    name: str
    name_en: str
    time_zone: str
    calendar: str
    locale: str
    levels: tuple[Level, ...]
    padded_code_width: int = 0

    @property
    def leaf_level(self) -> str:
        """The lowest level: the places that points are located in."""
        return self.levels[-1].code


@dataclass(frozen=True, slots=True)
class PlaceInfo:
    """One place. `depth` is 0 at the top; `lon`, `lat` are a point inside it, if known."""

    id: int
    code: str
    level: str
    depth: int
    name: str
    name_en: str
    path: str
    parent_id: int | None
    jurisdiction: str
    lon: float | None = None
    lat: float | None = None
    is_generated: bool = False


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """A department's seat at a place."""

    id: int
    place_id: int
    department: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Located:
    """The grid of a point, and whether another grid lies within 30 m of it."""

    place_id: int
    near_border: bool = False
    neighbours: tuple[int, ...] = ()


class Gazetteer:
    """Answers where a point is, what lies above a place and which unit is nearest."""

    def __init__(
        self,
        *,
        jurisdictions: Iterable[JurisdictionInfo],
        places: Iterable[PlaceInfo],
        units: Iterable[UnitInfo] = (),
        shapes: Mapping[int, Geometry] | None = None,
    ) -> None:
        self.jurisdictions: dict[str, JurisdictionInfo] = {j.code: j for j in jurisdictions}
        self._places: dict[int, PlaceInfo] = {place.id: place for place in places}
        self._by_code: dict[str, PlaceInfo] = {p.code: p for p in self._places.values()}
        self._units: dict[int, UnitInfo] = {unit.id: unit for unit in units}
        self._seats: dict[tuple[int, str], UnitInfo] = {
            (unit.place_id, unit.department): unit for unit in self._units.values()
        }
        self._shapes = shapes or {}

    def __len__(self) -> int:
        return len(self._places)

    # Places

    @property
    def places(self) -> Mapping[int, PlaceInfo]:
        """All places by id."""
        return self._places

    def place(self, place_id: int) -> PlaceInfo:
        """Give the place with this id, or raise PlaceUnknown."""
        try:
            return self._places[place_id]
        except KeyError:
            raise PlaceUnknown(place=place_id) from None

    def place_by_code(self, code: str) -> PlaceInfo:
        """Give the place with this code, or raise PlaceUnknown.

        Codes padded with zeros, as official registers write them, are understood where the
        jurisdiction says so (330681000000 is 330681).
        """
        found = self.find_place_by_code(code)
        if found is None:
            raise PlaceUnknown(place=code)
        return found

    def find_place_by_code(self, code: str) -> PlaceInfo | None:
        """Give the place with this code (padded or not), or None."""
        return self._by_code.get(code) or self._by_padded_code.get(code)

    def place_by_path(self, path: str) -> PlaceInfo:
        """Give the place at this path, or raise PlaceUnknown."""
        found = self.find_place_by_path(path)
        if found is None:
            raise PlaceUnknown(place=path)
        return found

    def find_place_by_path(self, path: str) -> PlaceInfo | None:
        """Give the place at this path, or None."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, PlaceInfo]:
        return {place.path: place for place in self._places.values()}

    @cached_property
    def _by_padded_code(self) -> dict[str, PlaceInfo]:
        widths = {code: j.padded_code_width for code, j in self.jurisdictions.items()}
        return {
            place.code.ljust(widths[place.jurisdiction], "0"): place
            for place in sorted(self._places.values(), key=lambda place: -place.depth)
        }

    def ancestors(self, place_id: int) -> tuple[PlaceInfo, ...]:
        """List the places above this one, nearest first, without itself."""
        found: list[PlaceInfo] = []
        parent_id = self.place(place_id).parent_id
        while parent_id is not None:
            parent = self._places[parent_id]
            found.append(parent)
            parent_id = parent.parent_id
        return tuple(found)

    def lineage(self, place_id: int) -> tuple[PlaceInfo, ...]:
        """List the places from the top of the tree down to this one, itself included."""
        return (*reversed(self.ancestors(place_id)), self.place(place_id))

    def children(self, place_id: int) -> tuple[PlaceInfo, ...]:
        """List the places directly below, by code."""
        return self._children.get(place_id, ())

    @property
    def roots(self) -> tuple[PlaceInfo, ...]:
        """The top place of every jurisdiction, by code."""
        return self._children.get(None, ())

    @cached_property
    def _children(self) -> dict[int | None, tuple[PlaceInfo, ...]]:
        below: dict[int | None, list[PlaceInfo]] = {}
        for place in self._places.values():
            below.setdefault(place.parent_id, []).append(place)
        return {
            place_id: tuple(sorted(children, key=lambda place: place.code))
            for place_id, children in below.items()
        }

    def descendants(self, place_id: int) -> Iterator[PlaceInfo]:
        """Walk through everything below, parents before children."""
        for child in self.children(place_id):
            yield child
            yield from self.descendants(child.id)

    # Units

    @property
    def units(self) -> Mapping[int, UnitInfo]:
        """All units by id."""
        return self._units

    def unit(self, unit_id: int) -> UnitInfo | None:
        """Give the unit with this id, or None."""
        return self._units.get(unit_id)

    def unit_at(self, place_id: int, department: str) -> UnitInfo | None:
        """Give the department's seat at exactly this place, or None."""
        return self._seats.get((place_id, department))

    def nearest_unit(self, place_id: int, department: str) -> UnitInfo | None:
        """Give the department's nearest seat at this place or above it, or None."""
        at: int | None = self.place(place_id).id
        while at is not None:
            unit = self._seats.get((at, department))
            if unit is not None:
                return unit
            at = self._places[at].parent_id
        return None

    # Jurisdiction

    def jurisdiction(self, place_id: int) -> JurisdictionInfo:
        """Give the jurisdiction a place belongs to."""
        return self.jurisdictions[self.place(place_id).jurisdiction]

    def time_zone(self, place_id: int) -> str:
        """Give the IANA time zone a place lives by."""
        return self.jurisdiction(place_id).time_zone

    def calendar(self, place_id: int) -> str:
        """Give the code of the working-day calendar a place lives by."""
        return self.jurisdiction(place_id).calendar

    # Points

    @cached_property
    def _locators(self) -> tuple[Locator, ...]:
        """One locator a jurisdiction, over the shapes of its lowest level."""
        leaves: dict[str, dict[int, Geometry]] = {}
        for place_id, shape in self._shapes.items():
            code = self._places[place_id].jurisdiction
            if self._places[place_id].level == self.jurisdictions[code].leaf_level:
                leaves.setdefault(code, {})[place_id] = shape
        return tuple(
            Locator(ids=list(shapes), shapes=list(shapes.values()))
            for _, shapes in sorted(leaves.items())
        )

    def prepare(self) -> None:
        """Build the index of points now rather than at the first question."""
        _ = self._locators

    def locate(self, lon: float, lat: float) -> Located | None:
        """Find the grid of a WGS-84 point, or None outside every grid.

        On a border the lowest place id wins. Raises PointImpossible for NaN or off the globe.
        """
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise PointImpossible(lon=lon, lat=lat)
        for locator in self._locators:
            place_id = locator.find(lon, lat)
            if place_id != OUTSIDE:
                neighbours = locator.neighbours(lon, lat, place_id)
                return Located(place_id, bool(neighbours), neighbours)
        return None

    def locate_id(self, lon: float, lat: float) -> int:
        """Find only the id of a point's grid, -1 outside every grid; the fastest single look-up."""
        for locator in self._locators:
            place_id = locator.find(lon, lat)
            if place_id != OUTSIDE:
                return place_id
        return OUTSIDE

    def locate_many(self, lons: npt.ArrayLike, lats: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Find the grid ids of many WGS-84 points; -1 where a point is outside every grid."""
        xs, ys = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        found = np.full(xs.shape, OUTSIDE, dtype=np.int64)
        for locator in self._locators:
            open_at = np.flatnonzero(found == OUTSIDE)
            if not open_at.size:
                break
            found[open_at] = locator.find_many(xs[open_at], ys[open_at])
        return found

    def area_km2(self, place_id: int) -> float | None:
        """Measure a place's outline; None where it has none."""
        shape = self._shapes.get(place_id)
        if shape is None:
            return None
        east_m, north_m = degree_lengths_m(shape.centroid.y)
        return float(shape.area) * east_m * north_m / 1e6

    # Names

    @cached_property
    def _names(self) -> Names:
        return Names(self._places.values(), above=lambda place: self.lineage(place.id)[:-1])

    @cached_property
    def _drawn_names(self) -> Names:
        drawn = (place for place in self._places.values() if not place.is_generated)
        return Names(drawn, above=lambda place: self.lineage(place.id)[:-1])

    def find(
        self,
        text: str,
        *,
        level: str = "",
        under: str = "",
        limit: int = 20,
        with_generated: bool = True,
    ) -> list[PlaceInfo]:
        """List places by a part of their name (zh or en), of the way down to them, or of their code.

        Names that begin with the text come before those that only contain it, then upper levels first.
        `under` is the path of a place to look below. How: `names.py`.
        """
        names = self._names if with_generated else self._drawn_names
        return names.find(text, level=level, under=under, limit=limit)

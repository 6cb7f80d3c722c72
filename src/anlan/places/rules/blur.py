"""Where something is, told to everybody: a place large enough, never a point.

What is published depends on the place alone, not on the point, the matter or the time, so that
any number of requests gives away no more than one. Nothing is random: noise can be averaged away.
Algorithm page: docs/algorithms/blur.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anlan.places.rules.gazetteer import Gazetteer, PlaceInfo

PUBLIC_AREA_KM2: Final = 0.04
"""200 m × 200 m, our own default: some dozens of homes in a village, hundreds in a town."""
PUBLIC_DECIMALS: Final = 3
"""Degrees are given to about 100 m."""


@dataclass(frozen=True, slots=True)
class Blurred:
    """A place that may be told to everybody, and its middle in WGS-84 (None: not drawn)."""

    place: PlaceInfo
    lon: float | None
    lat: float | None


def blur(gazetteer: Gazetteer, place_id: int) -> Blurred:
    """Find the smallest place at or above this one that is large enough to be published.

    A lowest place without an outline counts as too small, a higher one as large enough.
    """
    at = gazetteer.place(place_id)
    leaf_level = gazetteer.jurisdiction(place_id).leaf_level
    while at.parent_id is not None:
        area_km2 = gazetteer.area_km2(at.id)
        is_known_large = area_km2 is not None and area_km2 >= PUBLIC_AREA_KM2
        if is_known_large or (area_km2 is None and at.level != leaf_level):
            break
        at = gazetteer.place(at.parent_id)
    return Blurred(at, _round(at.lon), _round(at.lat))


def _round(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, PUBLIC_DECIMALS)

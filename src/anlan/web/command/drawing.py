"""A board's map and its day as SVG: no tiles, no script, no third party; it prints and is exported."""

from __future__ import annotations

from dataclasses import dataclass

from anlan.boards.rules import Band
from anlan.places import queries as places
from anlan.places.queries import get_gazetteer
from anlan.places.rules import Gazetteer, PlaceInfo
from anlan.web.desk.sketch import Frame, rings_of

DAY_WIDTH, DAY_HEIGHT = 640, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 8, 14, 24


@dataclass(frozen=True, slots=True)
class Area:
    """One child place on the map: path data in drawing units, and where its name stands."""

    code: str
    path: str
    x: float
    y: float
    wide: float
    """How wide it is: a name that has no room is left out."""


@dataclass(frozen=True, slots=True)
class Map:
    """The child places of a board."""

    areas: tuple[Area, ...]
    is_generated: bool
    box: str
    """The SVG's view box, close around what is drawn."""
    letter: float
    """Drawing units of a letter: names look the same size on every map."""


_kept: tuple[Gazetteer, dict[int, Map | None]] | None = None


def draw_map(place: PlaceInfo) -> Map | None:
    """Draw the places below one; None where no outline is known. Kept until places change."""
    global _kept
    gazetteer = get_gazetteer()
    if _kept is None or _kept[0] is not gazetteer:
        _kept = gazetteer, {}
    maps = _kept[1]
    if place.id not in maps:
        maps[place.id] = _draw_map(gazetteer, place)
    return maps[place.id]


def _draw_map(gazetteer: Gazetteer, place: PlaceInfo) -> Map | None:
    below = gazetteer.children(place.id)
    if not below:
        return None
    shapes = places.list_shapes(place_code=place.code, level=below[0].level)["features"]
    rings = {f["properties"]["code"]: list(rings_of(f["geometry"])) for f in shapes}
    points = [(p[0], p[1]) for each in rings.values() for ring in each for p in ring]
    if not points:
        return None
    frame = Frame.around(points)
    areas = []
    left = top = float("inf")
    right = bottom = float("-inf")
    for code, each in rings.items():
        paths = [path for ring in each if (path := _coarse(frame, ring))]
        corners = [frame.place((p[0], p[1])) for p in max(each, key=len)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        areas.append(Area(code, "".join(paths), *middle, max(xs) - min(xs)))
        left, top = min(left, *xs), min(top, *ys)
        right, bottom = max(right, *xs), max(bottom, *ys)
    box = f"{left - 24:.0f} {top - 8:.0f} {right - left + 48:.0f} {bottom - top + 16:.0f}"
    return Map(
        tuple(areas),
        any(f["properties"]["is_generated"] for f in shapes),
        box,
        round((right - left + 48) / 52, 1),
    )


def _coarse(frame: Frame, ring: list[tuple[float, float]]) -> str:
    """A ring in whole drawing units, corners that fall together left out; empty for a speck."""
    corners: list[tuple[int, int]] = []
    for point in ring:
        x, y = frame.place((point[0], point[1]))
        corner = (round(x), round(y))
        if not corners or corner != corners[-1]:
            corners.append(corner)
    if len(corners) < 4:
        return ""
    return "M" + "L".join(f"{x} {y}" for x, y in corners) + "Z"


@dataclass(frozen=True, slots=True)
class Day:
    """Today's signals hour by hour over the band of the weeks before, in drawing units."""

    today: str
    now: tuple[float, float] | None
    band: str
    middle: str
    top_value: int
    top: float
    base: float
    left: float
    right: float
    marks: tuple[tuple[float, str], ...]
    width: int = DAY_WIDTH
    height: int = DAY_HEIGHT


def draw_day(hours: tuple[int, ...], band: Band | None) -> Day:
    """Lay out a day: hour n ends at mark n + 1."""
    highest = max([4, *hours, *(band.high if band else ())])
    base, right = DAY_HEIGHT - _BOTTOM, DAY_WIDTH - _RIGHT

    def at(hour: int, value: float) -> tuple[float, float]:
        x = _LEFT + (right - _LEFT) * hour / 24
        return round(x, 1), round(base - (base - _TOP) * value / highest, 1)

    def line(values: tuple[float, ...] | tuple[int, ...]) -> str:
        dots = [at(0, 0), *(at(hour + 1, value) for hour, value in enumerate(values))]
        return "M" + "L".join(f"{x} {y}" for x, y in dots)

    area = ""
    if band:
        back = [at(hour + 1, band.low[hour]) for hour in reversed(range(24))]
        area = line(band.high) + "".join(f"L{x} {y}" for x, y in back) + "Z"
    return Day(
        today=line(hours), now=at(len(hours), hours[-1]) if hours else None, band=area,
        middle=line(band.middle) if band else "", top_value=highest, top=_TOP, base=base, left=_LEFT,
        right=right, marks=tuple((at(hour, 0)[0], f"{hour:02}") for hour in (0, 6, 12, 18, 24)),
    )  # fmt: skip

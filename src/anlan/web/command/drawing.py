"""A board's map and its day as SVG: no tiles, no script, no third party; it prints and is exported."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import shapely
from shapely import Polygon

from anlan.boards.rules import Band
from anlan.places import queries as places
from anlan.places.queries import get_gazetteer
from anlan.places.rules import Gazetteer, PlaceInfo
from anlan.web.desk.sketch import Frame, rings_of

DAY_WIDTH, DAY_HEIGHT = 640, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 36, 8, 14, 24
TILE_WIDE, TILE_HIGH, TILE_GAP = 112, 56, 6


@dataclass(frozen=True, slots=True)
class Area:
    """One child place on the map: path data in drawing units, and where its name stands: where there is most room."""

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
    box: tuple[float, float, float, float]
    """The SVG's view box (left, top, width, height), close around what is drawn."""
    is_tiles: bool = False
    """No outlines are known: a tile a place, in the order of their codes."""

    def letter(self, lines: int) -> float:
        """How large a letter is when so many stand side by side: names look the same size on every map."""
        return round(self.box[2] / lines, 1)

    def place_names(self, names: Mapping[str, str], letter: float) -> frozenset[str]:
        """Choose whose names are written: the roomiest first, none over another."""
        written: list[tuple[float, float, float, float]] = []
        chosen = set()
        left, _top, wide, _high = self.box
        for area in sorted(self.areas, key=lambda area: -area.wide):
            half = letter * width_of(names.get(area.code, "")) / 2
            box = (area.x - half, area.y - letter * 0.6, area.x + half, area.y + letter * 0.6)
            if 2 * half > area.wide or box[0] < left or box[2] > left + wide:
                continue
            gap = letter / 2
            if any(
                box[0] < o[2] + gap and o[0] < box[2] + gap and box[1] < o[3] and o[1] < box[3]
                for o in written
            ):
                continue
            written.append(box)
            chosen.add(area.code)
        return frozenset(chosen)


def width_of(name: str) -> float:
    """About how wide a name is written, in Chinese characters."""
    return sum(1.0 if ord(letter) > 0x2E7F else 0.58 for letter in name)


_kept: tuple[Gazetteer, dict[int, Map | None]] | None = None


def draw_map(place: PlaceInfo) -> Map | None:
    """Draw the places below one, as tiles where few outlines are known; None where nothing lies below. Kept until places change."""
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
    if 2 * len(rings) < len(below):
        return _lay_tiles([child.code for child in below])
    frame = Frame.around(points)
    areas = []
    left = top = float("inf")
    right = bottom = float("-inf")
    for code, each in rings.items():
        paths = [path for ring in each if (path := _coarse(frame, ring))]
        main = Polygon(
            max(([frame.place((p[0], p[1])) for p in ring] for ring in each), key=_area_of)
        )
        roomiest = shapely.maximum_inscribed_circle(main, tolerance=1).coords[0]
        x0, y0, x1, y1 = main.bounds
        areas.append(Area(code, "".join(paths), round(roomiest[0]), round(roomiest[1]), x1 - x0))
        left, top = min(left, x0), min(top, y0)
        right, bottom = max(right, x1), max(bottom, y1)
    box = (round(left - 24), round(top - 8), round(right - left + 48), round(bottom - top + 16))
    return Map(tuple(areas), any(f["properties"]["is_generated"] for f in shapes), box)


def _area_of(corners: list[tuple[float, float]]) -> float:
    return float(Polygon(corners).area)


def _lay_tiles(codes: list[str]) -> Map:
    """A tile a place, row by row."""
    columns = max(3, math.ceil(math.sqrt(len(codes))))
    areas = []
    for number, code in enumerate(codes):
        left, top = (
            number % columns * (TILE_WIDE + TILE_GAP),
            number // columns * (TILE_HIGH + TILE_GAP),
        )
        areas.append(
            Area(code, f"M{left} {top}h{TILE_WIDE}v{TILE_HIGH}h-{TILE_WIDE}z",
                 left + TILE_WIDE / 2, top + TILE_HIGH / 2, TILE_WIDE)
        )  # fmt: skip
    rows = math.ceil(len(codes) / columns)
    box = (
        -TILE_GAP,
        -TILE_GAP,
        columns * (TILE_WIDE + TILE_GAP) + TILE_GAP,
        rows * (TILE_HIGH + TILE_GAP) + TILE_GAP,
    )
    return Map(tuple(areas), False, box, is_tiles=True)


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

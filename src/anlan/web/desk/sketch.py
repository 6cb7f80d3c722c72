"""A small map drawn by ourselves: the outlines around a case and its pin, as SVG.

It needs no script, no tiles and no third party, follows the page's colours and prints. Longitudes
are squeezed by the cosine of the latitude, so that shapes and distances look right over a few
kilometres.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anlan.places import queries as places
from anlan.places.queries import get_gazetteer
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case

WIDTH = 640
HEIGHT = 360
MARGIN = 16
METRES_A_DEGREE = 111_320
BARS_METRES = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
Ring = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Outline:
    """One place: its path in drawing units. `is_own`: the place the case lies in."""

    path: str
    name: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A position as it is read (longitude, latitude) and as a map application takes it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """The drawing; `pin` is None when the report came without a point. `other`: that of a case beside it."""

    outlines: list[Outline]
    pin: tuple[float, float] | None
    other: tuple[float, float] | None
    bar_width: float
    bar_words: str
    is_generated: bool
    width: int = WIDTH
    height: int = HEIGHT


def show_point(case: Case) -> Point | None:
    """Show where a case's pin was set; None when it came without one."""
    if case.lon is None or case.lat is None:
        return None
    return Point(f"{case.lon:.5f}, {case.lat:.5f}", f"geo:{case.lat:.6f},{case.lon:.6f}")


def _pin_of(case: Case | None) -> tuple[float, float] | None:
    if case is None or case.lon is None or case.lat is None:
        return None
    return case.lon, case.lat


def draw(case: Case, *, beside: Case | None = None) -> Sketch | None:
    """Draw the neighbourhood of a case; None when no outline is known.

    beside: a case to compare it with; its pin is drawn, too, hollow, when it lies in this neighbourhood.
    """
    gazetteer = get_gazetteer()
    own = gazetteer.place(case.place_id)
    around = own
    if not gazetteer.children(own.id) and own.parent_id is not None:
        around = gazetteer.place(own.parent_id)
    below = gazetteer.children(around.id)
    if not below:
        return None
    shapes = places.list_shapes(place_code=around.code, level=below[0].level)["features"]
    rings = {f["properties"]["code"]: list(rings_of(f["geometry"])) for f in shapes}
    points = [point for each in rings.values() for ring in each for point in ring]
    if not points:
        return None
    pin, other = _pin_of(case), _pin_of(beside)
    if beside is not None and around.id not in {p.id for p in gazetteer.lineage(beside.place_id)}:
        other = None
    frame = Frame.around([*points, *(each for each in (pin, other) if each)])
    bar = max((m for m in BARS_METRES if m * frame.scale <= WIDTH * 0.3), default=BARS_METRES[0])
    return Sketch(
        outlines=[
            Outline(
                path=" ".join(frame.path(ring) for ring in rings[f["properties"]["code"]]),
                name=words.pick(f["properties"]["name"], f["properties"]["name_en"]),
                is_own=f["properties"]["code"] == own.code,
            )
            for f in sorted(shapes, key=lambda f: f["properties"]["code"] == own.code)
        ],
        pin=frame.place(pin) if pin else None,
        other=frame.place(other) if other else None,
        bar_width=round(bar * frame.scale, 1),
        bar_words=f"{bar // 1000} km" if bar >= 1000 else f"{bar} m",
        is_generated=any(f["properties"]["is_generated"] for f in shapes),
    )


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways of many over a place: one path each, and where they stop."""

    outlines: list[Outline]
    ways: list[str]
    stops: list[tuple[float, float]]
    bar_width: float
    bar_words: str
    is_generated: bool
    width: int = WIDTH
    height: int = HEIGHT


def draw_routes(
    place_id: int, routes: Sequence[Sequence[tuple[float | None, float | None]]]
) -> Routes | None:
    """Draw ways over the places below one; None when no outline is known."""
    gazetteer = get_gazetteer()
    below = gazetteer.children(place_id)
    if not below:
        return None
    code = gazetteer.place(place_id).code
    shapes = places.list_shapes(place_code=code, level=below[0].level)["features"]
    rings = [(f["properties"], list(rings_of(f["geometry"]))) for f in shapes]
    corners = [point for _about, each in rings for ring in each for point in ring]
    lines = [
        [(lon, lat) for lon, lat in route if lon is not None and lat is not None]
        for route in routes
    ]
    if not corners:
        return None
    frame = Frame.around([*corners, *(point for line in lines for point in line)])
    bar = max((m for m in BARS_METRES if m * frame.scale <= WIDTH * 0.3), default=BARS_METRES[0])
    return Routes(
        outlines=[
            Outline(
                " ".join(frame.path(ring) for ring in each),
                words.pick(about["name"], about["name_en"]), False,
            )
            for about, each in rings
        ],
        ways=[frame.path(line).removesuffix("Z") for line in lines if len(line) > 1],
        stops=[frame.place(point) for line in lines for point in line],
        bar_width=round(bar * frame.scale, 1),
        bar_words=f"{bar // 1000} km" if bar >= 1000 else f"{bar} m",
        is_generated=any(about["is_generated"] for about, _each in rings),
    )  # fmt: skip


def rings_of(geometry: dict[str, Any]) -> Iterator[Ring]:
    """Give the rings of a GeoJSON polygon or of several."""
    if geometry["type"] == "Polygon":
        yield from geometry["coordinates"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield from polygon


@dataclass(frozen=True, slots=True)
class Frame:
    """Where degrees lie on the drawing. `scale`: drawing units a metre."""

    west: float
    north: float
    squeeze: float
    scale: float
    left: float
    top: float

    @classmethod
    def around(cls, points: Ring) -> Frame:
        """Frame points so that all lie inside."""
        lons, lats = [p[0] for p in points], [p[1] for p in points]
        west, east, south, north = min(lons), max(lons), min(lats), max(lats)
        squeeze = math.cos(math.radians((south + north) / 2))
        wide = max((east - west) * squeeze * METRES_A_DEGREE, 1.0)
        high = max((north - south) * METRES_A_DEGREE, 1.0)
        scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
        return cls(
            west, north, squeeze, scale,
            left=(WIDTH - wide * scale) / 2, top=(HEIGHT - high * scale) / 2,
        )  # fmt: skip

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """Place a point on the drawing."""
        x = self.left + (point[0] - self.west) * self.squeeze * METRES_A_DEGREE * self.scale
        y = self.top + (self.north - point[1]) * METRES_A_DEGREE * self.scale
        return round(x, 1), round(y, 1)

    def path(self, ring: Ring) -> str:
        """Draw a ring, one corner after the other."""
        corners = [self.place((p[0], p[1])) for p in ring]
        return "M" + "L".join(f"{x} {y}" for x, y in corners) + "Z"

"""Point → polygon, exactly and fast.

Two indexes work together. A fine raster knows for most points at once which polygon they lie
in: a raster cell that no border touches lies wholly inside one polygon or outside all of them.
Only points in cells that a border touches are tested against polygons, found by an STRtree.
The raster never guesses, so the answer equals a test against every polygon; on a border the
lowest id wins. Algorithm page: docs/algorithms/locate.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Geometry, Point, STRtree

OUTSIDE: Final = -1
NEAR_BORDER_M: Final = 30.0

_UNCERTAIN: Final = -2
# Measured best on 100,000 polygons: finer costs memory and time to build, coarser more exact tests
_CELLS_PER_POLYGON: Final = 64
_CELLS_AT_MOST: Final = 24_000_000
# In cells: far above the rounding of coordinates, far below anything that would cost speed
_EPSILON: Final = 1e-6

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def degree_lengths_m(lat: float) -> tuple[float, float]:
    """Give the metres in one degree of longitude and of latitude at a latitude (WGS-84).

    Source: the usual series of the ellipsoid's radii, good to 1 cm a degree.

    >>> "%.0f %.0f" % degree_lengths_m(0.0)
    '111319 110574'
    """
    phi = math.radians(lat)
    east = 111412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    north = 111132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    return east, north


class Locator:
    """Finds which of many polygons a point lies in. Never changes, so threads may share it."""

    def __init__(self, *, ids: Sequence[int], shapes: Sequence[Geometry]) -> None:
        order = np.argsort(np.asarray(ids, dtype=np.int64), kind="stable")
        self._ids: Ints = np.asarray(ids, dtype=np.int64)[order]
        # lowest index = lowest id, which is what wins on a border
        self._shapes = np.asarray(shapes, dtype=object)[order]
        self._tree = STRtree(self._shapes)
        self._id_list: list[int] = self._ids.tolist()
        self._build_raster()

    def __len__(self) -> int:
        return len(self._id_list)

    def find(self, lon: float, lat: float) -> int:
        """Find the id of the polygon a point lies in, or OUTSIDE."""
        x, y = (lon - self._west) * self._per_x, (lat - self._south) * self._per_y
        if not (0 <= x < self._columns and 0 <= y < self._rows):
            return OUTSIDE
        index = self._cells[int(y) * self._columns + int(x)]
        if index == _UNCERTAIN:
            hits = self._tree.query(Point(lon, lat), predicate="intersects")
            return self._id_list[hits.min()] if hits.size else OUTSIDE
        return self._id_list[index] if index >= 0 else OUTSIDE

    def find_many(self, lons: Floats, lats: Floats) -> Ints:
        """Find the ids for arrays of points of one shape; OUTSIDE where there is none."""
        x, y = (lons - self._west) * self._per_x, (lats - self._south) * self._per_y
        inside = (x >= 0) & (x < self._columns) & (y >= 0) & (y < self._rows)
        found = np.full(lons.shape, OUTSIDE, dtype=np.int64)
        at = np.flatnonzero(inside)
        cell = y[at].astype(np.int64) * self._columns + x[at].astype(np.int64)
        index = self._raster[cell].astype(np.int64)
        open_at = np.flatnonzero(index == _UNCERTAIN)
        index[open_at] = self._find_exactly(lons[at[open_at]], lats[at[open_at]])
        found[at] = np.where(index >= 0, self._ids[index], OUTSIDE)
        return found

    def neighbours(
        self, lon: float, lat: float, place_id: int, within_m: float = NEAR_BORDER_M
    ) -> tuple[int, ...]:
        """List the other polygons within so many metres (30 at most) of a point, by id."""
        x, y = (lon - self._west) * self._per_x, (lat - self._south) * self._per_y
        is_on_raster = 0 <= x < self._columns and 0 <= y < self._rows
        if is_on_raster and self._calm[int(y) * self._columns + int(x)]:
            return ()
        east_m, north_m = degree_lengths_m(lat)
        if east_m < 1.0:  # at a pole a circle of 30 m has no useful box
            return ()
        reach_x, reach_y = within_m / east_m, within_m / north_m
        box = shapely.box(lon - reach_x, lat - reach_y, lon + reach_x, lat + reach_y)
        origin, here = np.array([lon, lat]), Point(0.0, 0.0)
        scale = np.array([east_m, north_m])
        found: list[int] = []
        for index in sorted(self._tree.query(box).tolist()):
            other = self._id_list[index]
            if other == place_id:
                continue
            in_metres = shapely.transform(self._shapes[index], lambda c: (c - origin) * scale)
            if in_metres.distance(here) <= within_m:
                found.append(other)
        return tuple(found)

    def _find_exactly(self, lons: Floats, lats: Floats) -> Ints:
        """Test points against the polygons themselves; indexes, lowest first, or OUTSIDE."""
        lowest = np.full(lons.shape, len(self._id_list), dtype=np.int64)
        points = shapely.points(lons, lats)
        point_at, shape_at = self._tree.query(points, predicate="intersects")
        np.minimum.at(lowest, point_at, shape_at)
        lowest[lowest == len(self._id_list)] = OUTSIDE
        return lowest

    # The raster

    def _build_raster(self) -> None:
        west, south, east, north = (float(v) for v in shapely.total_bounds(self._shapes))
        width, height = max(east - west, 1e-9), max(north - south, 1e-9)
        # A frame of empty cells keeps rounding at the outer edge harmless
        area = float(np.sum(shapely.area(self._shapes))) or width * height
        wanted = math.sqrt(area / (_CELLS_PER_POLYGON * max(len(self._id_list), 1)))
        side = max(wanted, math.sqrt(width * height / _CELLS_AT_MOST), 1e-9)
        self._columns = int(width / side) + 3
        self._rows = int(height / side) + 3
        self._west, self._south = west - side, south - side
        self._per_x = self._per_y = 1.0 / side
        touched = self._touched_cells()
        self._raster = self._label_cells(touched)
        self._cells: Any = self._raster.data
        # Cells so far from every border that nothing else can be within 30 m
        east_m, _ = degree_lengths_m(max(abs(south), abs(north)))
        rings = math.ceil(NEAR_BORDER_M / max(east_m * side, 1e-6))
        self._calm: Any = self._away_from(touched, rings).data

    def _touched_cells(self) -> npt.NDArray[np.bool_]:
        """Mark every cell that any border touches, even with a corner."""
        touched = np.zeros((self._rows, self._columns), dtype=np.bool_)
        coordinates, ring = shapely.get_coordinates(
            shapely.get_parts(shapely.boundary(self._shapes)), return_index=True
        )
        x = (coordinates[:, 0] - self._west) * self._per_x
        y = (coordinates[:, 1] - self._south) * self._per_y
        self._mark(touched, x, y)
        same = ring[1:] == ring[:-1]
        x0, y0, x1, y1 = x[:-1][same], y[:-1][same], x[1:][same], y[1:][same]
        # Where a border crosses a line of the raster it touches the cells on both sides of it
        line, other = _crossings(x0, y0, x1, y1)
        self._mark(touched, line, other)
        line, other = _crossings(y0, x0, y1, x1)
        self._mark(touched, other, line)
        return touched

    def _mark(self, touched: npt.NDArray[np.bool_], x: Floats, y: Floats) -> None:
        for dx in (-_EPSILON, _EPSILON):
            column = np.clip(np.floor(x + dx).astype(np.int64), 0, self._columns - 1)
            for dy in (-_EPSILON, _EPSILON):
                row = np.clip(np.floor(y + dy).astype(np.int64), 0, self._rows - 1)
                touched[row, column] = True

    def _label_cells(self, touched: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
        """Name the polygon of every untouched cell.

        Neighbouring untouched cells of a row have the same answer, as no border lies between
        them; so one exact test a run is enough.
        """
        is_start = ~touched
        is_start[:, 1:] &= touched[:, :-1]
        rows, columns = np.nonzero(is_start)
        lons: Floats = self._west + (columns.astype(np.float64) + 0.5) / self._per_x
        lats: Floats = self._south + (rows.astype(np.float64) + 0.5) / self._per_y
        answers = self._find_exactly(lons, lats).astype(np.int32)
        run = np.cumsum(is_start.ravel(), dtype=np.int32) - 1
        labels = answers[np.maximum(run, 0)]
        labels[touched.ravel()] = _UNCERTAIN
        return labels

    def _away_from(self, touched: npt.NDArray[np.bool_], rings: int) -> npt.NDArray[np.uint8]:
        near = touched.copy()
        for _ in range(min(rings, max(self._rows, self._columns))):
            grown = near.copy()
            grown[1:] |= near[:-1]
            grown[:-1] |= near[1:]
            wide = grown.copy()
            wide[:, 1:] |= grown[:, :-1]
            wide[:, :-1] |= grown[:, 1:]
            near = wide
        return (~near).ravel().astype(np.uint8)


def _crossings(a0: Floats, b0: Floats, a1: Floats, b1: Floats) -> tuple[Floats, Floats]:
    """Find where segments cross the whole-numbered lines of coordinate a.

    Gives, for every crossing, the line's number and the segment's other coordinate there.
    """
    low, high = np.minimum(a0, a1), np.maximum(a0, a1)
    first, last = np.ceil(low), np.floor(high)
    count = np.maximum(last - first + 1, 0).astype(np.int64)
    count[low == high] = 0  # it runs along the line: its ends and other crossings mark it
    segment = np.repeat(np.arange(count.size), count)
    nth = np.arange(segment.size) - np.repeat(np.cumsum(count) - count, count)
    line = first[segment] + nth
    along = (line - a0[segment]) / (a1[segment] - a0[segment])
    return line, b0[segment] + along * (b1[segment] - b0[segment])

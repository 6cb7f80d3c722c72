"""Point → grid over 100,000 polygons: arrays of points and single points.

The polygons are the cells of a lattice whose corners have been moved at random, so none is a
rectangle. The ratio compares arrays of points with a plain STRtree asked for the same points in
the same run. The polygons are synthetic.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import shapely

from anlan.places.rules import Locator

COLUMNS, ROWS = 400, 250
SIDE_DEG = 0.01  # about a kilometre, as a grid is


def make_polygons() -> np.ndarray[Any, Any]:
    """Make 100,000 adjoining quadrangles with irregular corners."""
    rng = np.random.default_rng(20260101)
    corner_x, corner_y = np.meshgrid(np.arange(COLUMNS + 1.0), np.arange(ROWS + 1.0))
    corner_x += rng.uniform(-0.3, 0.3, corner_x.shape)
    corner_y += rng.uniform(-0.3, 0.3, corner_y.shape)
    corners = np.stack([118.0 + corner_x * SIDE_DEG, 28.0 + corner_y * SIDE_DEG], axis=-1)
    rings = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]]
    rings.append(rings[0])
    polygons: np.ndarray[Any, Any] = shapely.polygons(np.stack(rings, axis=2).reshape(-1, 5, 2))
    return polygons


def run() -> dict[str, Any]:
    """Measure the rates; seconds are wall time on the machine at hand."""
    polygons = make_polygons()
    rng = np.random.default_rng(7)
    lons = rng.uniform(118.0, 118.0 + COLUMNS * SIDE_DEG, 500_000)
    lats = rng.uniform(28.0, 28.0 + ROWS * SIDE_DEG, 500_000)

    started = time.perf_counter()
    locator = Locator(ids=range(len(polygons)), shapes=list(polygons))
    build_seconds = time.perf_counter() - started

    started = time.perf_counter()
    found = locator.find_many(lons, lats)
    many_rate = len(lons) / (time.perf_counter() - started)

    tree = shapely.STRtree(polygons)
    started = time.perf_counter()
    plain = tree.query(shapely.points(lons, lats), predicate="intersects")
    plain_rate = len(lons) / (time.perf_counter() - started)
    same = np.full(len(lons), -1)
    same[plain[0][::-1]] = plain[1][::-1]
    if not np.array_equal(found, same):
        raise AssertionError("the locator and the plain tree disagree")

    points = list(zip(lons[:100_000].tolist(), lats[:100_000].tolist(), strict=True))
    find = locator.find
    started = time.perf_counter()
    for lon, lat in points:
        find(lon, lat)
    single_rate = len(points) / (time.perf_counter() - started)

    started = time.perf_counter()
    for lon, lat in points[:20_000]:
        locator.neighbours(lon, lat, find(lon, lat))
    bordered_rate = 20_000 / (time.perf_counter() - started)

    return {
        "bench": "locate",
        "ratio": round(many_rate / plain_rate, 2),
        "polygons": len(polygons),
        "many_per_second": round(many_rate),
        "plain_tree_per_second": round(plain_rate),
        "single_per_second": round(single_rate),
        "single_with_border_note_per_second": round(bordered_rate),
        "build_seconds": round(build_seconds, 2),
    }

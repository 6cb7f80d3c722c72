"""Point → polygon equals a test against every polygon, borders and corners included."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Geometry

from anlan.places.rules import Locator
from anlan.places.rules.locator import OUTSIDE, degree_lengths_m


def cells(seed: int, count: int) -> list[Geometry]:
    """Voronoi cells over a small area, some left out as holes in the coverage."""
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(
        np.column_stack([rng.uniform(0, 1, count), rng.uniform(0, 1, count)])
    )
    found = shapely.get_parts(shapely.voronoi_polygons(points))
    clipped = shapely.intersection(found, shapely.box(0.1, 0.1, 0.9, 0.9))
    kept = [cell for cell in clipped if cell.area > 0 and rng.random() > 0.1]
    return [shapely.transform(cell, lambda c: c * 0.05 + [120.0, 29.0]) for cell in kept]


def brute_force(shapes: list[Geometry], ids: list[int], lon: float, lat: float) -> int:
    hits = [
        i for i, shape in zip(ids, shapes, strict=True) if shapely.intersects_xy(shape, lon, lat)
    ]
    return min(hits, default=OUTSIDE)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 60))
def test_equal_to_testing_every_polygon(seed: int, count: int) -> None:
    shapes = cells(seed, count)
    if not shapes:
        return
    rng = np.random.default_rng(seed + 1)
    ids = rng.permutation(np.arange(100, 100 + len(shapes))).tolist()
    locator = Locator(ids=ids, shapes=shapes)
    corners = shapely.get_coordinates(shapes)
    middles = (corners[1:] + corners[:-1]) / 2
    strewn = rng.uniform([119.99, 28.99], [120.06, 29.06], (200, 2))
    points = np.vstack([corners, middles, strewn])
    expected = [brute_force(shapes, ids, x, y) for x, y in points.tolist()]
    assert locator.find_many(points[:, 0], points[:, 1]).tolist() == expected
    assert [locator.find(x, y) for x, y in points.tolist()] == expected


def test_on_a_border_the_lowest_id_wins() -> None:
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    assert Locator(ids=[7, 3], shapes=[left, right]).find(1.0, 0.5) == 3
    assert Locator(ids=[3, 7], shapes=[left, right]).find(1.0, 0.5) == 3
    assert Locator(ids=[7, 3], shapes=[left, right]).find(1.0, 1.0) == 3
    assert Locator(ids=[7, 3], shapes=[left, right]).find_many(
        np.array([1.0, 0.0, 2.0]), np.array([0.5, 0.0, 1.0])
    ).tolist() == [3, 7, 3]


def test_overlaps_holes_and_parts_are_exact_too() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    overlap = shapely.box(0.5, 0.5, 1.5, 1.5)
    parts = shapely.union_all([shapely.box(5, 5, 6, 6), shapely.box(8, 8, 9, 9)])
    shapes, ids = [ring, overlap, parts], [1, 2, 3]
    locator = Locator(ids=ids, shapes=shapes)
    rng = np.random.default_rng(3)
    points = rng.uniform(-1, 10, (5000, 2))
    expected = [brute_force(shapes, ids, x, y) for x, y in points.tolist()]
    assert locator.find_many(points[:, 0], points[:, 1]).tolist() == expected
    assert {1, 2, 3, OUTSIDE} == set(expected)


def test_far_away_and_nonsense_points_are_outside() -> None:
    locator = Locator(ids=[1], shapes=[shapely.box(120, 29, 121, 30)])
    assert locator.find(-73.9, 40.7) == OUTSIDE
    assert locator.find(float("nan"), 29.5) == OUTSIDE
    assert locator.find(float("inf"), 29.5) == OUTSIDE
    assert locator.find_many(np.array([np.nan, 120.5]), np.array([29.5, 29.5])).tolist() == [-1, 1]


@pytest.mark.parametrize(
    ("metres", "is_near"), [(0.0, True), (15.0, True), (29.9, True), (30.1, False), (400.0, False)]
)
@pytest.mark.parametrize("lat", [1.0, 29.7, 52.0])
def test_near_a_border_means_within_30_metres(lat: float, metres: float, is_near: bool) -> None:
    west, east = (
        shapely.box(119.0, lat - 0.1, 120.0, lat + 0.1),
        shapely.box(120.0, lat - 0.1, 121.0, lat + 0.1),
    )
    locator = Locator(ids=[1, 2], shapes=[west, east])
    lon = 120.0 - metres / degree_lengths_m(lat)[0]
    assert locator.neighbours(lon, lat, 1) == ((2,) if is_near else ())


def test_the_outer_edge_is_no_border_to_another_grid() -> None:
    locator = Locator(
        ids=[1, 2], shapes=[shapely.box(119, 29, 120, 30), shapely.box(120, 29, 121, 30)]
    )
    assert locator.neighbours(119.00001, 29.5, 1) == ()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_neighbours_equal_measuring_every_polygon(seed: int) -> None:
    shapes = cells(seed, 40)
    locator = Locator(ids=list(range(len(shapes))), shapes=shapes)
    rng = np.random.default_rng(seed)
    for lon, lat in rng.uniform([120.005, 29.005], [120.045, 29.045], (40, 2)).tolist():
        scale = np.array(degree_lengths_m(lat))
        metric = [shapely.transform(shape, lambda c: (c - [lon, lat]) * scale) for shape in shapes]  # noqa: B023
        own = locator.find(lon, lat)
        near = [
            i
            for i, shape in enumerate(metric)
            if shape.distance(shapely.Point(0, 0)) <= 30 and i != own
        ]
        assert list(locator.neighbours(lon, lat, own)) == near

"""Generated grids: no gap, no overlap, shared borders, the same every time."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Geometry

from anlan.places.rules.locator import degree_lengths_m
from anlan.places.rules.partition import Branch, count_grids, draw_outline, partition


def county(towns: int, villages: int, grids: int, code: str = "990000") -> Branch:
    return Branch(
        code,
        tuple(
            Branch(
                f"{code}{t:03}",
                tuple(
                    Branch(
                        f"{code}{t:03}{v:03}",
                        tuple(Branch(f"{code}{t:03}{v:03}{g:03}") for g in range(1, grids + 1)),
                    )
                    for v in range(villages)
                ),
            )
            for t in range(towns)
        ),
    )


# A bay almost cuts this one in two, and an island lies before it
BAY = shapely.union_all(
    [
        shapely.box(120.0, 29.0, 120.4, 29.3).difference(shapely.box(120.19, 29.02, 120.21, 29.3)),
        shapely.box(120.5, 29.1, 120.53, 29.12),
    ]
)
BLOB = draw_outline(code="990000", lon=120.2, lat=29.7, area_km2=900)


def of_length(shapes: dict[str, Geometry], length: int) -> dict[str, Geometry]:
    return {code: shape for code, shape in shapes.items() if len(code) == length}


@pytest.mark.parametrize("outline", [BLOB, BAY], ids=["blob", "bay"])
def test_levels_fit_without_gap_or_overlap(outline: Geometry) -> None:
    shapes = partition(outline=outline, tree=county(5, 6, 4))
    for length, count in ((9, 5), (12, 30), (15, 120)):
        level = np.array(list(of_length(shapes, length).values()))
        assert len(level) == count
        assert not shapely.is_empty(level).any()
        assert shapely.is_valid(level).all()
        # GEOS's own test: interiors apart, shared borders equal corner by corner
        assert shapely.coverage_is_valid(level)
        assert shapely.area(level).sum() == pytest.approx(shapes["990000"].area, rel=1e-12)
    assert shapes["990000"].symmetric_difference(outline).area < outline.area * 1e-5


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 100_000), towns=st.integers(1, 4), villages=st.integers(1, 5))
def test_a_point_inside_is_in_exactly_one_grid(seed: int, towns: int, villages: int) -> None:
    outline = draw_outline(code=str(seed), lon=120.2, lat=29.7, area_km2=100)
    shapes = partition(outline=outline, tree=county(towns, villages, 3, code="990000"))
    grids = list(of_length(shapes, 15).values())
    rng = np.random.default_rng(seed)
    west, south, east, north = outline.bounds
    points = rng.uniform([west, south], [east, north], (300, 2))
    # A centimetre off the edge, where corners were rounded
    inside = shapely.contains_xy(outline.buffer(-1e-6), points[:, 0], points[:, 1])
    hits = sum(shapely.contains_xy(g, points[:, 0], points[:, 1]).astype(int) for g in grids)
    assert set(np.asarray(hits)[inside].tolist()) <= {1}


def test_each_place_is_made_of_the_places_below_it() -> None:
    shapes = partition(outline=BLOB, tree=county(3, 4, 3))
    for code, shape in shapes.items():
        below = [s for c, s in shapes.items() if c.startswith(code) and len(c) == len(code) + 3]
        if below:
            assert shapely.union_all(below).symmetric_difference(shape).area < 1e-12


def test_neighbours_share_their_border() -> None:
    grids = np.array(list(of_length(partition(outline=BLOB, tree=county(2, 3, 4)), 15).values()))
    tree = shapely.STRtree(grids)
    one, other = tree.query(grids, predicate="touches")
    borders = shapely.length(shapely.intersection(grids[one], grids[other]))
    # Inner borders are counted once from each side and, with the outer edge, make up all edges
    outer = shapely.union_all(grids).boundary.length
    assert borders.sum() + outer == pytest.approx(shapely.length(shapely.boundary(grids)).sum())


def test_only_an_island_makes_a_grid_of_two_parts() -> None:
    grids = of_length(partition(outline=BAY, tree=county(4, 5, 4)), 15).values()
    assert sum(len(shapely.get_parts(grid)) - 1 for grid in grids) <= 1


def test_the_same_code_gives_the_same_grids() -> None:
    first, second = (partition(outline=BLOB, tree=county(2, 3, 3)) for _ in range(2))
    assert {c: s.wkb for c, s in first.items()} == {c: s.wkb for c, s in second.items()}
    other = partition(outline=BLOB, tree=county(2, 3, 3, code="880000"))
    assert {s.wkb for s in other.values()}.isdisjoint(
        s.wkb for c, s in first.items() if c != "990000"
    )


def test_one_grid_alone_is_the_whole_outline() -> None:
    shapes = partition(outline=BLOB, tree=county(1, 1, 1))
    assert shapes["990000000000001"].equals(shapes["990000"])


def test_grids_are_of_like_size() -> None:
    areas = np.array(
        [s.area for s in of_length(partition(outline=BLOB, tree=county(4, 10, 5)), 15).values()]
    )
    assert areas.min() > areas.mean() * 0.2
    assert areas.max() < areas.mean() * 3


def test_a_made_up_outline_has_the_stated_size_and_place() -> None:
    outline = draw_outline(code="330681", lon=120.24, lat=29.71, area_km2=2311)
    scale = np.array(degree_lengths_m(29.71))
    assert shapely.transform(outline, lambda c: c * scale).area == pytest.approx(2311e6, rel=1e-9)
    assert shapely.contains_xy(outline, 120.24, 29.71)
    assert outline.is_valid


def test_a_village_gets_between_two_and_six_grids() -> None:
    counts = {count_grids(f"33068100{n:04}") for n in range(500)}
    assert counts == {2, 3, 4, 5, 6}

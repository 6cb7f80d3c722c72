"""What is published of a place says nothing of the point in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from anlan.places.rules import Gazetteer, blur
from anlan.places.rules.blur import PUBLIC_AREA_KM2
from tests.rules.places.test_gazetteer import CHINA, COUNTY, GRID_1, GRID_2, TOWN, VILLAGE, place

SMALL_VILLAGE = place(8, "330681109202", "VILLAGE", "小村", TOWN)
TINY = place(9, "330681109202001", "GRID", "小村第1网格", SMALL_VILLAGE)
UNDRAWN = place(10, "330681109201003", "GRID", "枫桥村第3网格", VILLAGE)
SHAPES = {
    GRID_1.id: shapely.box(120.00, 29.70, 120.02, 29.71),
    GRID_2.id: shapely.box(120.02, 29.70, 120.021, 29.701),  # 97 m × 111 m
    TINY.id: shapely.box(120.05, 29.70, 120.051, 29.701),
    SMALL_VILLAGE.id: shapely.box(120.05, 29.70, 120.0515, 29.701),
}


def with_middle(each: object, lon: float, lat: float) -> object:
    return replace(each, lon=lon, lat=lat)  # type: ignore[type-var]


GAZETTEER = Gazetteer(
    jurisdictions=[CHINA],
    places=[  # type: ignore[arg-type]
        COUNTY,
        with_middle(TOWN, 120.0312345, 29.7712345),
        with_middle(VILLAGE, 120.0212345, 29.7112345),
        with_middle(GRID_1, 120.0100049, 29.7050049),
        with_middle(GRID_2, 120.0205, 29.7005),
        SMALL_VILLAGE,
        with_middle(TINY, 120.0505, 29.7005),
        UNDRAWN,
    ],
    shapes=SHAPES,
)


@pytest.mark.parametrize(
    ("of", "shown"),
    [
        (GRID_1, GRID_1),  # 2.1 km²
        (GRID_2, VILLAGE),  # 0.01 km²: its village, which has no outline
        (UNDRAWN, VILLAGE),
        (TINY, TOWN),  # its village is too small as well
        (VILLAGE, VILLAGE),
        (COUNTY, COUNTY),
    ],
    ids=lambda each: each.name,
)
def test_the_smallest_place_that_is_large_enough_is_published(of: object, shown: object) -> None:
    assert blur(GAZETTEER, of.id).place.code == shown.code  # type: ignore[attr-defined]


def test_its_middle_is_given_to_a_hundred_metres() -> None:
    found = blur(GAZETTEER, GRID_1.id)
    assert (found.lon, found.lat) == (120.01, 29.705)
    assert (blur(GAZETTEER, COUNTY.id).lon, blur(GAZETTEER, COUNTY.id).lat) == (None, None)


@given(
    st.lists(
        st.tuples(st.floats(120.0001, 120.0199), st.floats(29.7001, 29.7099)),
        min_size=2,
        max_size=40,
    )
)
def test_any_number_of_points_gives_away_no_more_than_one(
    points: list[tuple[float, float]],
) -> None:
    published = set()
    for lon, lat in points:
        located = GAZETTEER.locate(lon, lat)
        assert located is not None
        published.add(blur(GAZETTEER, located.place_id))
    assert len(published) == 1


@given(st.sampled_from([*SHAPES, VILLAGE.id, UNDRAWN.id, TOWN.id, COUNTY.id]))
def test_nothing_smaller_than_the_floor_is_published(place_id: int) -> None:
    found = blur(GAZETTEER, place_id).place
    area_km2 = GAZETTEER.area_km2(found.id)
    assert area_km2 is None or area_km2 >= PUBLIC_AREA_KM2
    assert GAZETTEER.place(place_id).path.startswith(found.path)

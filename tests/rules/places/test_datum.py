"""WGS-84 and GCJ-02: against published points, and back again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.places.rules import to_gcj02, to_wgs84
from anlan.places.rules.datum import EAST, NORTH, SOUTH, WEST

# Inside by more than the shift, so that the shifted point is inside as well
lons = st.floats(WEST + 0.1, EAST - 0.1)
lats = st.floats(SOUTH + 0.1, NORTH - 0.1)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        # The point most implementations publish with their code (Tian'anmen)
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        ((120.24, 29.71), (120.24443942488766, 29.707516131050472)),
    ],
)
def test_published_points(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert to_gcj02(*wgs84) == pytest.approx(gcj02, abs=1e-12)
    assert to_wgs84(*gcj02) == pytest.approx(wgs84, abs=1e-9)


@given(lon=lons, lat=lats)
def test_there_and_back_is_exact(lon: float, lat: float) -> None:
    back_lon, back_lat = to_wgs84(*to_gcj02(lon, lat))
    assert abs(back_lon - lon) < 1e-9
    assert abs(back_lat - lat) < 1e-9


def test_the_shift_in_zhejiang_is_some_hundred_metres() -> None:
    lon, lat = to_gcj02(120.24, 29.71)
    metres = np.hypot((lon - 120.24) * 96_500, (lat - 29.71) * 110_900)
    assert 300 < metres < 700


@pytest.mark.parametrize("point", [(-73.98, 40.75), (0.0, 0.0), (151.2, -33.9), (139.7, 35.7)])
def test_outside_china_nothing_moves(point: tuple[float, float]) -> None:
    assert to_gcj02(*point) == point
    assert to_wgs84(*point) == point


def test_arrays_give_what_single_points_give() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(60, 150, 2000), rng.uniform(-10, 60, 2000)
    for convert in (to_gcj02, to_wgs84):
        many = convert(lon, lat)
        one = np.array([convert(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)])
        assert np.abs(many[0] - one[:, 0]).max() < 1e-10
        assert np.abs(many[1] - one[:, 1]).max() < 1e-10


def test_arrays_given_are_not_changed() -> None:
    lon, lat = np.array([120.0, 0.0]), np.array([30.0, 0.0])
    to_wgs84(lon, lat)
    assert lon.tolist() == [120.0, 0.0]
    assert lat.tolist() == [30.0, 0.0]

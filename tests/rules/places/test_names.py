"""Finding places as people type them: beginnings, middles, the way down, and what no name holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.places.rules import PlaceInfo
from anlan.places.rules.names import SCAN_LIMIT, Names

ROWS = [
    ("33", "浙江省", "Zhejiang"),
    ("33.01", "杭州市", "Hangzhou"),
    ("33.01.06", "西湖区", "Xihu District"),
    ("33.06", "绍兴市", "Shaoxing"),
    ("33.06.81", "诸暨市", "Zhuji"),
    ("33.06.81.109", "枫桥镇", "Fengqiao Town"),
    ("33.06.81.109.201", "栎桥村委会", "Liqiao Village"),
    ("33.06.81.109.202", "枫源村委会", "Fengyuan Village"),
    ("33.06.81.110", "赵家镇", "Zhaojia Town"),
    ("33.06.81.110.201", "新枫桥村委会", "New Fengqiao Village"),
]


def make(rows: list[tuple[str, str, str]]) -> tuple[Names, dict[str, PlaceInfo]]:
    by_path = {
        path: PlaceInfo(
            id=index, code=path.replace(".", ""), level="", depth=path.count("."), name=name,
            name_en=english, path=path, parent_id=None, jurisdiction="",
        )
        for index, (path, name, english) in enumerate(rows)
    }  # fmt: skip

    def above(place: PlaceInfo) -> list[PlaceInfo]:
        steps = place.path.split(".")
        return [by_path[".".join(steps[:n])] for n in range(1, len(steps))]

    return Names(by_path.values(), above=above), by_path


NAMES, BY_PATH = make(ROWS)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("枫桥", ["枫桥镇", "新枫桥村委会"]),  # its beginning before its middle
        ("枫", ["枫桥镇", "枫源村委会", "新枫桥村委会"]),  # upper levels first
        ("栎桥", ["栎桥村委会"]),
        ("枫桥镇栎桥村", ["栎桥村委会"]),  # the way down, in one piece
        ("诸暨市枫桥镇", ["枫桥镇"]),  # and not all that lies below it
        ("枫桥 栎桥", ["栎桥村委会"]),
        ("诸暨 · 赵家", ["赵家镇"]),
        ("西湖 枫桥", []),  # not below it
        ("栎桥村12号路口", ["栎桥村委会"]),
        ("枫桥镇栎桥村12号", ["栎桥村委会"]),
        ("FENGqiao", ["枫桥镇", "新枫桥村委会"]),
        ("3306811", ["枫桥镇", "赵家镇", "栎桥村委会", "枫源村委会", "新枫桥村委会"]),
        ("没有的地方", []),
        ("  ", []),
    ],
)
def test_what_is_typed_finds(typed: str, found: list[str]) -> None:
    assert [place.name for place in NAMES.find(typed)] == found


def test_only_below_a_place_of_a_level_and_so_many() -> None:
    assert [p.name for p in NAMES.find("枫桥", under="33.06.81.110")] == ["新枫桥村委会"]
    assert NAMES.find("枫桥", under="33.01") == []
    assert NAMES.find("枫桥", under="33.06.8") == []  # no place, only the beginning of one
    assert [p.name for p in NAMES.find("枫", limit=1)] == ["枫桥镇"]
    assert NAMES.find("枫", level="GRID") == []


def test_beginnings_are_not_crowded_out_by_a_common_middle() -> None:
    many = [(f"1.{n:05}", f"前村口{n}", "") for n in range(3 * SCAN_LIMIT)]
    names, _ = make([("1", "县", ""), *many, ("1.99999", "村口镇", "")])
    assert names.find("村口")[0].name == "村口镇"


@given(st.text(max_size=12), st.sampled_from(["", *BY_PATH]))
def test_whatever_is_typed_is_answered_from_below_the_place(typed: str, under: str) -> None:
    for place in NAMES.find(typed, under=under):
        assert (place.path + ".").startswith(under + "." if under else "")


@given(st.sampled_from(sorted(BY_PATH)), st.data())
def test_every_part_of_a_name_finds_its_place(path: str, data: st.DataObject) -> None:
    name = BY_PATH[path].name
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert BY_PATH[path] in NAMES.find(name[start:end])

"""Long curves draw only what is known; of things to decide three are chosen, of different kinds first."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from anlan.reports.printing.sparks import draw_chart, draw_spark
from anlan.reports.rules.content import Name
from anlan.reports.rules.curves import CurvesBroken, draw, read_curves
from anlan.reports.rules.decisions import LateUnit, OpenFinding, choose

RAW = yaml.safe_load(
    (Path(__file__).parents[3] / "src/anlan/jurisdictions/cn-zhejiang/curves.yaml").read_text(
        encoding="utf-8"
    )
)


def test_the_sample_has_the_published_numbers() -> None:
    curves = read_curves("curves.yaml", RAW)
    assert {c.code: dict(c.values) for c in curves.curves} == {
        "CRIMINAL_CASES": {2004: 50.9, 2023: 23.9}, "GDP": {2004: 1.1, 2023: 8.2},
    }  # fmt: skip
    drawn, years = draw(curves)
    assert [round(one.change or 0) for one in drawn] == [-53, 645]
    # Nothing was published for the years between: dashed, never drawn as known.
    assert all(one.dashed and not one.solid for one in drawn)
    assert (years[0][1], years[-1][1]) == (2004, 2023)


def test_years_in_a_row_are_drawn_solid() -> None:
    raw = copy.deepcopy(RAW)
    raw["curves"][0]["values"] = {2020: 30, 2021: 28, 2023: 23.9}
    drawn, _ = draw(read_curves("curves.yaml", raw))
    assert drawn[0].solid.count("M") == 1
    assert drawn[0].dashed.count("M") == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"values": {2004: 1}}, "two years"), ({"values": {2004: -1, 2005: 2}}, "below nought"), ({"values": {4: 1, 2005: 2}}, "impossible year"),
     ({"values": {2004: "x", 2005: 2}}, "x"), ({"side": "ECONOMY"}, "one curve a side"), ({"decimals": None}, "NoneType"), ({"values": 3}, "int")],
)  # fmt: skip
def test_a_broken_file_is_told(change: dict[str, Any], problem: str) -> None:
    raw = copy.deepcopy(RAW)
    raw["curves"][0] |= change
    with pytest.raises(CurvesBroken) as told:
        read_curves("curves.yaml", raw)
    assert problem in told.value.data["problem"]


def test_three_things_are_of_different_kinds_where_there_are() -> None:
    late = [LateUnit(Name("A", "甲", "A"), count, date(2026, 3, 1)) for count in (3, 9, 5)]
    findings = [
        OpenFinding("1", Name("M", "事", "M"), Name("P", "地", "P"), 20, date(2026, 3, 12), None)
    ]
    given: dict[str, Any] = {
        "lines": [],
        "owners": {},
        "usual_owner": Name("DESK", "指挥室", "Desk"),
        "today": date(2026, 3, 10),
        "decide_days": 7,
    }
    chosen = choose(late=late, findings=findings, **given)
    assert [(one.kind, one.count) for one in chosen] == [("LATE", 9), ("FINDING", 20), ("LATE", 5)]
    assert (chosen[0].days, chosen[0].due, chosen[1].due) == (9, "2026-03-17", "2026-03-12")
    assert chosen[1].owner_zh == "指挥室"
    assert choose(late=[], findings=[], **given) == []


def test_curves_leave_gaps_and_survive_nothing() -> None:
    assert draw_spark([]).path == ""
    assert draw_spark([None, None]).x is None
    assert draw_spark([1.0, 1.0]).path.count("L") == 1
    assert draw_spark([1.0, None]).x is None
    chart = draw_chart([None, 2.0, 4.0], ["a", "b", "c"], ["", "2", "4"], decimals=0)
    assert [point[2] for point in chart.points] == ["b", "c"]
    assert draw_chart([None], ["a"], [""], decimals=1).path == ""

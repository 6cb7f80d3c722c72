"""The register file: Zhejiang's is sound, and whatever is wrong with one is told with its entry."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from anlan.indicators.rules import months
from anlan.indicators.rules.months import MonthNotOver
from anlan.indicators.rules.register import (
    IndicatorUnknown,
    Kind,
    RegisterBroken,
    Side,
    read_register,
)

FOLDER = Path(__file__).parents[3] / "src/anlan/jurisdictions/cn-zhejiang"
RAW = yaml.safe_load((FOLDER / "indicators.yaml").read_text(encoding="utf-8"))


def test_zhejiang_has_both_sides_and_every_entry_says_where_it_is_from() -> None:
    register = read_register("CN-ZJ", "indicators.yaml", RAW)
    assert len(register.of_side(Side.ECONOMY)) == 10
    assert len(register.of_side(Side.SAFETY)) == 16
    assert all(one.source and one.confidence < 0.9 for one in register.indicators)
    kinds = {one.code: one.formula.kind for one in register.indicators}
    assert (kinds["GDP"], kinds["LATE"], kinds["CLOSE_HOURS"], kinds["FOOD"]) == (
        Kind.STATED, Kind.SHARE, Kind.MEAN, Kind.COUNT,
    )  # fmt: skip


def test_zhejiang_counts_only_matters_and_departments_that_there_are() -> None:
    matters = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    known = (
        {m["code"] for m in matters}
        | {m["family"] for m in matters}
        | {m["class"] for m in matters}
    )
    departments = {
        d["code"]
        for d in yaml.safe_load((FOLDER / "departments.yaml").read_text(encoding="utf-8"))[
            "departments"
        ]
    }
    for one in read_register("CN-ZJ", "indicators.yaml", RAW).indicators:
        assert set(one.formula.matters) <= known, one.code
        assert not one.department or one.department in departments, one.code


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"family": "NONE"}, "NONE"), ({"direction": "UP"}, "UP"), ({"plausible": [5, 1]}, "low < high"), ({"due_day": 31}, "due_day"),
     ({"confidence": 2}, "confidence"), ({"formula": {"count": "wishes"}}, "wishes"), ({"formula": {"count": "opened", "per": "NOBODY"}}, "NOBODY"),
     ({"formula": {"count": "opened", "of": "closed", "per": "POPULATION"}}, "not both"), ({"department": ""}, "department"),
     ({"name": 3}, "text"), ({"name": "a\nb"}, "text"), ({"code": "POPULATION"}, "twice"), ({"decimals": "x"}, "x"), ({"formula": 7}, "int")],
)  # fmt: skip
def test_a_broken_entry_is_told_by_its_code(change: dict[str, Any], problem: str) -> None:
    raw = copy.deepcopy(RAW)
    entry = next(row for row in raw["indicators"] if row["code"] == "INDUSTRY_OUTPUT")
    entry |= change
    with pytest.raises(RegisterBroken, match=problem) as told:
        read_register("CN-ZJ", "indicators.yaml", raw)
    assert told.value.data["entry"] == entry["code"]


@pytest.mark.parametrize("raw", [None, [], {"families": 3}, {"families": [], "indicators": "x"}, {"families": [1], "indicators": []}, {"families": [], "indicators": [], "lights": {"pink": 1}}, {"families": [], "indicators": [], "lights": {"red_percent": "many"}}])  # fmt: skip
def test_a_file_that_is_no_register_is_told(raw: Any) -> None:
    with pytest.raises(RegisterBroken):
        read_register("CN-ZJ", "indicators.yaml", raw)


def test_an_unknown_indicator_is_named() -> None:
    with pytest.raises(IndicatorUnknown, match="NOTHING"):
        read_register("CN-ZJ", "indicators.yaml", RAW).get("NOTHING")


def test_quarters_and_years_are_due_in_their_last_month() -> None:
    register = read_register("CN-ZJ", "indicators.yaml", RAW)
    due = {
        code: [m for m in range(1, 13) if register.get(code).is_due_in(f"2026-{m:02}")]
        for code in ("GDP", "POPULATION", "EXPORTS")
    }
    assert due == {"GDP": [3, 6, 9, 12], "POPULATION": [12], "EXPORTS": list(range(1, 13))}


def test_a_month_is_over_on_the_first_of_the_next() -> None:
    months.check_over("2026-10", today=date(2026, 11, 1))
    with pytest.raises(MonthNotOver, match="2026-09"):
        months.check_over("2026-10", today=date(2026, 10, 31))

"""Reading a return: each kind of bad line is told with its number, and a file is taken in whole or not at all."""

from __future__ import annotations

import contextlib
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anlan.indicators.rules import returns
from anlan.indicators.rules.peers import Part
from anlan.indicators.rules.register import Register, read_register
from anlan.indicators.rules.returns import Cell, Heir, ReturnRefused, read_cells, read_file
from anlan.indicators.rules.sdmx import write
from anlan.kernel.errors import AnlanError

RAW = Path(__file__).parents[2] / "worlds/small/indicators.yaml"
HEAD = "place,indicator,month,value,numerator,denominator,note\n"
TODAY = date(2026, 3, 10)
PLACES = {"1": "1", "2": "2", "1000": "1"}


def register() -> Register:
    return read_register("TEST", "indicators.yaml", yaml.safe_load(RAW.read_text(encoding="utf-8")))


def read(
    text: str, *, heirs: dict[str, list[Heir]] | None = None, department: str = ""
) -> list[Cell]:
    return read_cells(
        read_file((HEAD + text).encode()), register=register(), find_place=PLACES.get, heirs=heirs or {}, department=department, today=TODAY,
    )  # fmt: skip


def test_a_good_file_is_read_whatever_its_encoding() -> None:
    text = HEAD + '1000,OUTPUT,2026-02,"1,234.5",,,核对过\n\n2,OUTPUT,2026-02,7.5\n'.replace(
        "1,234.5", "1,2.5"
    )
    for data in (
        text.encode(),
        text.encode("utf-8-sig"),
        text.encode("gb18030"),
        text.replace("\n", "\r\n").encode(),
    ):
        cells = read_cells(
            read_file(data),
            register=register(),
            find_place=PLACES.get,
            heirs={},
            department="",
            today=TODAY,
        )
        assert [(c.place, c.value, c.note) for c in cells] == [
            ("1", 12.5, "核对过"),
            ("2", 7.5, ""),
        ]


@pytest.mark.parametrize(
    ("line", "code"),
    [("1,OUTPUT,2026-02,abc", "NUMBER_UNREADABLE"), ("1,OUTPUT,2026-02,", "NUMBER_UNREADABLE"), ("1,OUTPUT,2026-02,1_0", "NUMBER_UNREADABLE"),
     ("1,OUTPUT,2026-02,nan", "NUMBER_UNREADABLE"), ("1,OUTPUT,2026-02,inf", "NUMBER_UNREADABLE"), ("1,OUTPUT,2026-02,十二", "NUMBER_UNREADABLE"),
     ("1,OUTPUT,2026-02,-3", "COUNT_BELOW_ZERO"), ("1,LAMPS,2026-02,,-3,100", "COUNT_BELOW_ZERO"), ("1,OUTPUT,2026-02,501", "VALUE_IMPLAUSIBLE"),
     ("1,INVESTMENT,2026-02,-70", "VALUE_IMPLAUSIBLE"), ("1,NOTHING,2026-02,3", "INDICATOR_UNKNOWN"), ("9,OUTPUT,2026-02,3", "PLACE_NOT_KNOWN"),
     ("1,OUTPUT,2026-03,3", "MONTH_NOT_OVER"), ("1,OUTPUT,2027-01,3", "MONTH_NOT_OVER"), ("1,OUTPUT,Feb,3", "MONTH_MALFORMED"),
     ("1,LAMPS,2026-02,3", "PARTS_MISSING"), ("1,LAMPS,2026-02,,3", "PARTS_MISSING"), ("2,OUTPUT,2026-01,3", "MONTHS_MIXED"),
     ("2,OUTPUT,2026-02,4", "CELL_TWICE")],
)  # fmt: skip
def test_each_kind_of_bad_line_is_told_with_its_number(line: str, code: str) -> None:
    with pytest.raises(ReturnRefused) as told:
        read(f"2,OUTPUT,2026-02,3\n{line}\n")
    assert [(one.data["line"], one.data["cause"]) for one in told.value.lines] == [(3, code)]


def test_all_bad_lines_are_told_at_once() -> None:
    with pytest.raises(ReturnRefused) as told:
        read("1,OUTPUT,2026-02,x\n2,OUTPUT,2026-02,3\n9,OUTPUT,2026-02,3\n")
    assert [one.data["line"] for one in told.value.lines] == [2, 4]


def test_an_implausible_value_with_a_note_and_a_fall_below_zero_are_taken() -> None:
    assert read("1,OUTPUT,2026-02,501,,,新厂投产")[0].value == 501
    assert read("1,INVESTMENT,2026-02,−12.5")[0].value == -12.5


def test_a_department_returns_only_its_own() -> None:
    with pytest.raises(ReturnRefused) as told:
        read("1,SALES,2026-02,3", department="CONSTRUCTION")
    assert told.value.lines[0].data["cause"] == "DEPARTMENTS_MIXED"


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "COLUMN_MISSING"), (b"place,month\n1,2026-02\n", "COLUMN_MISSING"), (HEAD.encode(), "RETURN_EMPTY"), (HEAD.encode() + b"\n,,\n", "RETURN_EMPTY"),
     (b"PK\x03\x04\x00\x00", "FILE_UNREADABLE"), (b"\xff\xff\xff", "FILE_UNREADABLE"), (HEAD.encode() + b'"1,OUTPUT', "FILE_UNREADABLE"),
     (HEAD.encode() + b"1\n" * 60_001, "RETURN_TOO_LONG")],
)  # fmt: skip
def test_what_is_no_such_file_is_told(data: bytes, code: str) -> None:
    with pytest.raises(Exception) as told:  # noqa: PT011 – which one is asserted below
        read_file(data)
    assert getattr(told.value, "code", "") == code


def test_figures_under_an_ended_code_are_the_heirs_for_the_time_before() -> None:
    heirs = {"8": [Heir("1", date(2026, 2, 1))], "9": [Heir("1", date(2026, 2, 1))]}
    cells = read(
        "8,OUTPUT,2026-01,30\n9,OUTPUT,2026-01,12\n8,LAMPS,2026-01,,3,1000\n9,LAMPS,2026-01,,1,3000",
        heirs=heirs,
    )
    assert [(c.place, c.indicator.code, c.value) for c in cells] == [
        ("1", "OUTPUT", 42.0),
        ("1", "LAMPS", 10.0),
    ]


def test_figures_under_a_code_whose_heir_ended_as_well_are_the_last_ones() -> None:
    heirs = {"8": [Heir("9", date(2026, 2, 1))], "9": [Heir("1", date(2026, 3, 1), 0.75), Heir("2", date(2026, 3, 1), 0.25)]}  # fmt: skip
    cells = read("8,OUTPUT,2026-01,40", heirs=heirs)
    assert [(c.place, c.value) for c in cells] == [("1", 30.0), ("2", 10.0)]


def test_a_divided_place_leaves_shares_and_percentages_are_not_added() -> None:
    heirs = {
        "8": [Heir("1", date(2026, 2, 1), 0.6), Heir("2", date(2026, 2, 1), 0.4)],
        "9": [Heir("1", date(2026, 2, 1))],
    }
    cells = read("8,OUTPUT,2026-01,30\n8,INVESTMENT,2026-01,5", heirs=heirs)
    assert [(c.place, c.value) for c in cells] == [("1", 18.0), ("2", 12.0), ("1", 5.0), ("2", 5.0)]
    with pytest.raises(ReturnRefused) as told:
        read("8,INVESTMENT,2026-01,5\n9,INVESTMENT,2026-01,7", heirs=heirs)
    assert told.value.lines[0].data["cause"] == "CELL_TWICE"


def test_an_ended_code_is_refused_from_its_end_on() -> None:
    with pytest.raises(ReturnRefused) as told:
        read("8,OUTPUT,2026-02,30", heirs={"8": [Heir("1", date(2026, 2, 1))]})
    assert told.value.lines[0].data["cause"] == "CODE_ENDED"
    assert "1" in told.value.lines[0].data["problem"]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    with contextlib.suppress(AnlanError):  # anything else is a fault
        read_cells(
            read_file(data), register=register(), find_place=PLACES.get, heirs={}, department="", today=TODAY,
        )  # fmt: skip


def test_sdmx_names_places_periods_and_what_is_unknown() -> None:
    out = io.StringIO()
    one: Any = register().get("LAMPS")
    assert (
        write(
            out,
            [
                ("1", one, "2026-02", Part(1.5, 3, 20000)),
                ("2", one, "2026-02", Part(None, 3, None)),
            ],
        )
        == 2
    )
    lines = out.getvalue().splitlines()
    assert lines[0].startswith(
        "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE"
    )
    assert lines[1].startswith("dataflow,ANLAN:INDICATORS(1.0),I,M,1,LAMPS,2026-02,1.5,A,3,20000,")
    assert lines[2].startswith("dataflow,ANLAN:INDICATORS(1.0),I,M,2,LAMPS,2026-02,,L,3,,")


def test_returns_are_due_at_the_end_of_a_day_of_the_next_month() -> None:
    due = returns.due_at("2026-12", day=8, zone="Asia/Shanghai")
    assert due.isoformat() == "2027-01-09T00:00:00+08:00"

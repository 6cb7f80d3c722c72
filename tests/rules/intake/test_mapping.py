"""A mapping is checked whole before the first row; a row that does not fit says why."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anlan.intake.rules import Mapping, MappingBroken, RowRejected, read_mapping
from anlan.intake.rules.mapping import read_local

SOUND: dict[str, Any] = {
    "jurisdiction": "TEST-SMALL",
    "time_zone": "Asia/Shanghai",
    "fields": {
        "external_ref": {"column": "id"},
        "text": {"columns": ["kind", "text"], "join": ": ", "empty": "(no text)"},
        "place": {"column": "place"},
        "matter": {"column": "kind", "values": {"灯": "STREET_LAMP", 7: "GARBAGE", "": "OTHER"}},
        "point": {"lon": "x", "lat": "y"},
        "opened_date": {"column": "opened", "format": "%Y-%m-%d"},
        "closed_date": {"column": "closed", "format": "%Y-%m-%d", "empty": ["", "—"]},
    },
}
ROW = {
    "id": "A-1", "kind": "灯", "text": " 坏了 ", "place": "330999", "x": "120.01", "y": "29.7",
    "opened": "2026-03-01", "closed": "",
}  # fmt: skip


def mapping(**changes: Any) -> Mapping:
    raw = deepcopy(SOUND)
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner: Any = raw
        for name in parents:
            inner = inner[name]
        if value is None:
            del inner[last]
        else:
            inner[last] = value
    return read_mapping(yaml.safe_dump(raw, allow_unicode=True), "m.yaml")


def test_a_row_becomes_a_report() -> None:
    found = mapping().read_row(ROW)
    assert found.text == "灯: 坏了"
    assert (found.external_ref, found.place_code, found.matter) == ("A-1", "330999", "STREET_LAMP")
    assert (found.lon, found.lat) == (120.01, 29.7)
    assert found.opened_at == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert found.closed_at is None


def test_empty_columns_are_left_out_and_an_empty_row_gets_its_words() -> None:
    assert mapping().read_row(ROW | {"text": "  "}).text == "灯"
    assert mapping().read_row(ROW | {"kind": "", "text": ""}).text == "(no text)"


def test_matters_may_be_left_to_the_classifier_and_numbers_may_name_them() -> None:
    assert mapping(fields__matter=None).read_row(ROW).matter == ""
    assert mapping().read_row(ROW | {"kind": "7"}).matter == "GARBAGE"


def test_a_fixed_place_and_no_point() -> None:
    found = mapping(fields__place={"fixed": 330999}, fields__point=None).read_row(ROW)
    assert (found.place_code, found.lon, found.lat) == ("330999", None, None)
    assert mapping().read_row(ROW | {"x": " ", "y": ""}).lon is None


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"opened": "03/01/2026"}, "'03/01/2026' is no date like %Y-%m-%d"),
        ({"opened": "2026-02-30"}, "is no date"),
        ({"opened": ""}, "'' is no date"),
        ({"opened": "0001-01-01"}, "is no date"),
        ({"closed": "soon"}, "'soon' is no date"),
        ({"closed": "2026-02-28"}, "it is closed before it is opened"),
        ({"kind": "月亮"}, "the mapping knows no matter for '月亮'"),
        ({"x": "east"}, "'east', '29.7' is no point"),
        ({"x": ""}, "'', '29.7' is no point"),
        ({"id": "A" * 101}, "is no reference"),
        ({"id": "A\0"}, "is no reference"),
        ({"id": "A\ud800"}, "is no reference"),
    ],
)
def test_a_row_that_does_not_fit_says_why(changed: dict[str, str], problem: str) -> None:
    with pytest.raises(RowRejected) as refused:
        mapping().read_row(ROW | changed)
    assert problem in refused.value.message


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RowRejected, match="the column place is missing"):
        mapping().read_row({k: v for k, v in ROW.items() if k != "place"})


def test_what_counts_as_not_closed_is_the_mapping_s_word() -> None:
    assert mapping().read_row(ROW | {"closed": "—"}).closed_at is None


@pytest.mark.parametrize(
    "changes",
    [
        {"jurisdiction": None},
        {"time_zone": None},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../etc/passwd"},
        {"fields": None},
        {"fields": ["text"]},
        {"fields__text": None},
        {"fields__text__columns": "text"},
        {"fields__text__columns": []},
        {"fields__place": None},
        {"fields__place": {}},
        {"fields__place": {"column": "place", "fixed": "330999"}},
        {"fields__matter__values": ["STREET_LAMP"]},
        {"fields__point": {"lon": "x"}},
        {"fields__point__datum": "bd09"},
        {"fields__opened_date": {"column": "opened"}},
        {"fields__opened_date": None},
    ],
    ids=str,
)
def test_a_broken_mapping_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MappingBroken) as refused:
        mapping(**changes)
    assert refused.value.data["file"] == "m.yaml"
    assert refused.value.data["problem"]


@pytest.mark.parametrize("text", ["", "- a list", "just words", "a: [", "fields: {text: 7}", "\0"])
def test_what_is_no_mapping_at_all_is_refused(text: str) -> None:
    with pytest.raises(MappingBroken):
        read_mapping(text, "m.yaml")


@given(
    at=st.datetimes(),
    form=st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%Y%m%d", "%d/%m/%Y %H:%M",
         "%m/%d/%Y", "%Y-%m-%d %H:%M:%S.%f", "%Y年%m月%d日"]
    ),
    odd=st.sampled_from(["", " ", "x", "Z", "+08:00"]),
)  # fmt: skip
def test_a_date_is_read_as_its_format_says(at: datetime, form: str, odd: str) -> None:
    cell = at.strftime(form) + odd

    def read(reader: Callable[[str, str], datetime]) -> datetime | None:
        try:
            return reader(cell, form)
        except ValueError:
            return None

    assert read(read_local) == read(datetime.strptime)

"""Files that somebody hands over: rows to import, mappings, procedures, catalogues, jurisdictions."""

from __future__ import annotations

import gzip
import tempfile
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from hypothesis import example
from hypothesis import strategies as st

from anlan.cases.actions.catalogue import load_catalogue
from anlan.cases.models import Matter
from anlan.intake.rules import find_encoding, read_mapping, read_records, split_lines
from anlan.intake.rules.mapping import MappingBroken
from anlan.kernel import procedure
from anlan.places.actions.files import read_folder
from tests.fuzz.making import bitten, nested, spoilt, texts
from tests.fuzz.running import check_refusal, fuzz, refusal_allowed
from tests.make import FOLDER, JURISDICTION, NOW
from tests.worlds.fixtures import quick_passwords, still_clock, world

__all__ = ["quick_passwords", "still_clock", "world"]

MAPPING: dict[str, Any] = {
    "format": "csv", "jurisdiction": "TEST-SMALL", "time_zone": "Asia/Shanghai",
    "fields": {
        "external_ref": {"column": "id"},
        "text": {"columns": ["what", "more"], "join": " ", "empty": "-"},
        "place": {"column": "where"},
        "matter": {"column": "kind", "values": {"lamp": "STREET_LAMP"}},
        "point": {"lon": "x", "lat": "y", "datum": "gcj02"},
        "opened_date": {"column": "from", "format": ["%Y-%m-%d %H:%M", "%d/%m/%y"]},
        "closed_date": {"column": "to", "format": "%Y-%m-%d %H:%M", "empty": ["", "-"]},
    },
}  # fmt: skip
ROWS = (
    "id,what,more,where,kind,x,y,from,to\r\n"
    '1,路灯坏了,"村口,\n东",330999001,lamp,120.01,29.7,2026-01-02 03:04,\r\n'
    "2,垃圾,,330999002,lamp,,,05/01/26,2026-02-03 04:05\r\n"
)
LINES = '{"id": 1, "what": "灯", "more": null, "where": "3", "kind": "lamp", "x": 1e3}\n[1]\n{"id'
PROCEDURE = yaml.safe_load((files("anlan.cases") / "procedures/case-1.yaml").read_text("utf-8"))
_about, _matters, _departments = (
    yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    for name in ("jurisdiction", "matters", "departments")
)
_matters["matters"] = _matters["matters"][:2]
DEADLINES = yaml.safe_load((files("anlan.cases") / "deadlines.yaml").read_text("utf-8"))
PLACES, SHAPES = ((FOLDER / name).read_bytes() for name in ("places.csv", "shapes.geojson"))
LONG_CELL = b'id,what\r\n1,"' + b"x" * 200_000 + b'"\r\n'

files_of_rows = (
    st.binary(max_size=300)
    | bitten(ROWS.encode())
    | bitten(ROWS.encode("gb18030"))
    | bitten(LINES.encode())
    | nested.map(str.encode)
)


class Undone(Exception):
    """So that every example finds the same world."""


def dump(tree: Any) -> str:
    """Write a tree as YAML, whatever is in it."""
    try:
        return str(yaml.dump(tree, allow_unicode=True, Dumper=yaml.CSafeDumper))
    except UnicodeEncodeError:
        return str(yaml.safe_dump(tree, allow_unicode=True))  # escapes lone surrogates


@fuzz(data=files_of_rows, file_format=st.sampled_from(["csv", "jsonl", "xml", ""]))
@example(data=LONG_CELL, file_format="csv")
@example(data=b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", file_format="jsonl")
def test_rows_of_a_file(data: bytes, file_format: str) -> None:
    mapping = read_mapping(dump(MAPPING), "mapping.yaml")
    with refusal_allowed():
        text = data.decode(find_encoding(data, "rows"))
        for number, record in enumerate(read_records(split_lines(text), file_format), start=1):
            assert record.number == number
            with refusal_allowed():
                if not record.problem:
                    mapping.read_row(record.values)


@fuzz(cells=st.lists(texts | st.sampled_from(["lamp", "1e999", "nan", "2026-01-02 03:04", "0001-01-01 00:00", "9999-12-31 23:59"]), min_size=9, max_size=9))  # fmt: skip
def test_cells_of_a_row(cells: list[str]) -> None:
    columns = ROWS.split("\r\n", 1)[0].split(",")
    with refusal_allowed():
        row = read_mapping(dump(MAPPING), "m").read_row(dict(zip(columns, cells, strict=True)))
        assert row.matter == "STREET_LAMP"


@fuzz(examples=80, text=spoilt(MAPPING).map(dump) | texts | nested | bitten(dump(MAPPING).encode()).map(lambda b: b.decode("utf-8", "replace")))  # fmt: skip
@example(text="[" * 3000)
@example(text=dump(MAPPING | {"format": ["csv"]}))
@example(text=dump(MAPPING | {"time_zone": "x" * 300}))
@example(text=dump(MAPPING).replace("%d/%m/%y", "%d/%m/%d"))
def test_mappings(text: str) -> None:
    values = dict.fromkeys(["id", "what", "more", "where", "kind", "x", "y", "from", "to"], "1") | {
        "kind": "lamp"
    }
    try:
        mapping = read_mapping(text, "mapping.yaml")
    except MappingBroken as broken:
        check_refusal(broken)
        return
    with refusal_allowed():
        mapping.read_row(values)
    with refusal_allowed():
        list(read_records(["id\n", "1\n"], mapping.file_format))


@fuzz(text=spoilt(PROCEDURE).map(dump) | texts | nested)
@example(text="[" * 3000)
@example(text=dump(PROCEDURE | {"version": float("inf")}))
def test_procedures(text: str) -> None:
    with refusal_allowed():
        found = procedure.parse(text)
        assert found.to_mermaid()


@fuzz(
    needs=("world",),
    matters=spoilt(_matters).map(dump) | texts | nested,
    deadlines=st.just(dump(DEADLINES)) | spoilt(DEADLINES).map(dump) | texts | nested,
)
@example(matters="[" * 3000, deadlines="")
@example(matters="x", deadlines="")
@example(matters=dump(_matters), deadlines="URGENT: []")
@example(matters=dump(_matters), deadlines=dump(DEADLINES).replace("2026-01-01", "true"))
@example(matters=dump(_matters | {"matters": [{"code": "\0"}]}), deadlines="")
def test_catalogues_and_deadlines(world: Any, matters: str, deadlines: str) -> None:
    before = Matter.objects.count()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("matters.yaml", matters), ("deadlines.yaml", deadlines)):
            (folder / file).write_bytes(text.encode("utf-8", "surrogatepass"))
        with refusal_allowed(Undone), transaction.atomic():
            load_catalogue(jurisdiction=JURISDICTION, folder=folder, at_date=NOW.date())
            raise Undone
        assert Matter.objects.count() == before


@fuzz(
    about=st.just(dump(_about)) | spoilt(_about).map(dump) | texts | nested,
    departments=st.just(dump(_departments)) | spoilt(_departments).map(dump) | nested,
    places=st.just(PLACES) | bitten(PLACES) | st.binary(max_size=60),
    shapes=st.just(SHAPES) | bitten(SHAPES) | nested.map(str.encode),
)
@example(about=dump(_about | {"levels": None}), departments="", places=b"", shapes=b"")
@example(about=dump(_about), departments=dump(_departments), places=PLACES, shapes=b"[" * 3000)
def test_jurisdictions(about: str, departments: str, places: bytes, shapes: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "jurisdiction.yaml").write_bytes(about.encode("utf-8", "surrogatepass"))
        (folder / "departments.yaml").write_bytes(departments.encode("utf-8", "surrogatepass"))
        (folder / "places.csv").write_bytes(places)
        (folder / "shapes.geojson").write_bytes(shapes)
        with refusal_allowed():
            read_folder(folder)


@fuzz(data=bitten(gzip.compress(PLACES)))
@example(data=gzip.compress(PLACES)[:10] + b"\xff" * 20)
def test_packed_tables(data: bytes) -> None:
    packed = _about | {"places": "places.csv.gz"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "jurisdiction.yaml").write_text(dump(packed), encoding="utf-8")
        (folder / "departments.yaml").write_text(dump(_departments), encoding="utf-8")
        (folder / "shapes.geojson").write_bytes(SHAPES)
        (folder / "places.csv.gz").write_bytes(data)
        with refusal_allowed():
            read_folder(folder)


def test_the_files_are_right_before_they_are_spoilt() -> None:
    mapping = read_mapping(dump(MAPPING), "mapping.yaml")
    rows = [mapping.read_row(each.values) for each in read_records(split_lines(ROWS), "csv")]
    assert [row.opened_at for row in rows] == [
        datetime(2026, 1, 1, 19, 4, tzinfo=UTC),
        datetime(2026, 1, 4, 16, 0, tzinfo=UTC),
    ]
    assert procedure.parse(dump(PROCEDURE)).initial
    assert read_folder(FOLDER).places

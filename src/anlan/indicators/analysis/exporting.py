"""Facts of cases and the small tables of the register, written to a folder that stands alone.

A fact is what one case adds to one day's figures: opened, closed or rated; so facts add up to the roll-up. None names a person.
A month's file is replaced as a whole, and only when it is complete; what is written comes from one instant.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from anlan.cases.queries import get_catalogue
from anlan.indicators.analysis.expressions import MEASURES
from anlan.indicators.models import Value
from anlan.indicators.queries import get_register, list_heirs, list_reported_levels
from anlan.indicators.rules import months
from anlan.indicators.rules.heirs import follow
from anlan.indicators.rules.kinds import sort_kinds
from anlan.indicators.rules.lights import PERCENT_UNITS
from anlan.indicators.rules.register import Direction, Register
from anlan.kernel import sql
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.rollup.queries import list_months
from anlan.rollup.rules import read_month

TEXTS = ("place", "area", "matter", "department", "channel", "level")
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: facts by month."""

    facts: dict[str, int]


def export_facts(
    *, folder: Path, jurisdiction: str, since: str = "", name: str = "facts"
) -> Exported:
    """Write the facts of every month with figures (from `since` on) and the tables that months are made with.

    name: of the files of facts, so that several instances can fill one folder. Raises MonthMalformed.
    """
    if since:
        months.first_of(since)
    register = get_register(jurisdiction)
    written: dict[str, int] = {}
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for month in list_months():
            if month >= since:
                written[month] = _write_month(folder, month, jurisdiction, name)
        for table, rows in _tables(register).items():
            _write_rows(folder / f"{table}.parquet", table, rows)
    return Exported(written)


class _Stream(io.RawIOBase):
    """What PostgreSQL copies out, as a file to read."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = bytes(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _write_month(folder: Path, month: str, jurisdiction: str, name: str) -> int:
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    shape = pa.schema(
        [("date", pa.date32()), *((text, pa.string()) for text in TEXTS), *((name_, pa.int64()) for name_ in MEASURES)]
    )  # fmt: skip
    first, until = read_month(month)
    place = folder / "facts" / f"month={month}"
    place.mkdir(parents=True, exist_ok=True)
    path, part = place / f"{name}.parquet", place / f".{name}.part"
    given = {
        "jurisdiction": jurisdiction, "month_date": first, "until_date": until,
        "labels": len(list_reported_levels(jurisdiction)),
    }  # fmt: skip
    count = 0
    with connection.cursor() as cursor, parquet.ParquetWriter(part, shape) as writer:
        statement = sql.load("anlan.indicators", "facts")
        with cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)", given) as copy:
            stream = io.BufferedReader(_Stream(iter(copy)), CHUNK_BYTES)
            if stream.peek(1):
                rows = csv.open_csv(
                    stream,
                    read_options=csv.ReadOptions(column_names=shape.names),
                    convert_options=csv.ConvertOptions(column_types=shape),
                )
                for batch in rows:
                    writer.write_batch(batch)
                    count += batch.num_rows
    part.replace(path)
    return count


def _tables(register: Register) -> dict[str, list[tuple[Any, ...]]]:
    """List the rows of the small tables; columns: `SHAPES`."""
    gazetteer = get_gazetteer()
    depth = len(list_reported_levels(register.jurisdiction))
    reported = [
        one
        for one in gazetteer.places.values()
        if one.jurisdiction == register.jurisdiction and one.depth < depth
    ]
    by_id = {one.id: one.code for one in reported}
    heirs = follow(
        {
            code: [(heir.code, heir.share) for heir in found]
            for code, found in list_heirs().items()
            if gazetteer.find_place_by_code(code)
        }
    )
    kept = _kept(reported, depth, set(heirs))
    matters = [
        m for m in get_catalogue().matters.values() if m.jurisdiction == register.jurisdiction
    ]
    kind_of, terms = sort_kinds(register, matters)
    code_of = {m.id: m.code for m in matters}
    spine = [one for one in register.indicators if one.formula.is_spine]
    indicator_of = {one.id: one.code for one in register.indicators}
    given = Value.objects.filter(
        is_returned=True, indicator_id__in=indicator_of, place_id__in=by_id
    )
    return {
        "places": [
            (one.code, by_id.get(one.parent_id or 0, ""), one.level, one.name, one.code in kept) for one in reported
        ],
        "above": [(one.code, upper.code) for one in reported for upper in gazetteer.lineage(one.id)],
        "heirs": [(old, heir, share) for old, found in heirs.items() for heir, share in found],
        "kinds": [(code_of[matter], kind) for matter, kind in kind_of.items()],
        "terms": [
            (kind, indicator_of[term.indicator_id], term.is_below, term.measure) for term in terms for kind in term.kinds
        ],
        "indicators": [
            (
                one.code, one.formula.times, bool(one.formula.of), one.formula.per, one.unit in PERCENT_UNITS,
                -1.0 if one.direction is Direction.HIGHER else 1.0,
            )
            for one in spine
        ],
        "stated": [
            (indicator_of[row[0]], by_id[row[1]], months.name_of(row[2]), *row[3:])
            for row in given.order_by("id").values_list(
                "indicator_id", "place_id", "month_date", "numerator", "denominator", "value"
            )
        ],
    }  # fmt: skip


def _kept(reported: Sequence[PlaceInfo], depth: int, ended: set[str]) -> set[str]:
    """Give the codes of the places counted here: every lowest reported place below has units of its own (as count_month.sql)."""
    gazetteer = get_gazetteer()
    seated = {
        ".".join(gazetteer.place(unit.place_id).path.split(".")[:depth])
        for unit in gazetteer.units.values()
    }
    lacking, found = set(), set()
    for leaf in reported:
        if leaf.depth == depth - 1 and leaf.code not in ended:
            codes = {one.code for one in gazetteer.lineage(leaf.id)}
            found |= codes
            if leaf.path not in seated:
                lacking |= codes
    return found - lacking


SHAPES: dict[str, dict[str, str]] = {
    "places": {"place": "string", "parent": "string", "level": "string", "name": "string", "is_kept": "bool"},
    "above": {"area": "string", "place": "string"},
    "heirs": {"old": "string", "heir": "string", "share": "float64"},
    "kinds": {"matter": "string", "kind": "int32"},
    "terms": {"kind": "int32", "indicator": "string", "is_below": "bool", "measure": "string"},
    "indicators": {
        "indicator": "string", "times": "float64", "has_below": "bool", "per": "string", "is_points": "bool", "sign": "float64",
    },
    "stated": {
        "indicator": "string", "place": "string", "month": "string", "numerator": "float64", "denominator": "float64",
        "value": "float64",
    },
}  # fmt: skip
"""Columns of the small tables by Arrow's names of types."""


def _write_rows(path: Path, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    shape = SHAPES[table]
    columns = list(zip(*rows, strict=True)) or [()] * len(shape)
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in shape.items()])
    data = pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
    part = path.with_suffix(".part")
    parquet.write_table(data, part)
    part.replace(path)

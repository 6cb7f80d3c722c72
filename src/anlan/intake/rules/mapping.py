"""How the columns of a foreign file become the fields of a report: a YAML mapping.

Format with every key: docs/reference/import-mapping.md. Reading a row is pure; what a row names
(places, matters) is checked later, against the jurisdiction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Values
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from anlan.kernel.errors import Invalid
from anlan.kernel.reading import read_yaml

REFERENCE_LIMIT = 100
DATUMS = ("wgs84", "gcj02")


class MappingBroken(Invalid):
    """The mapping {file} cannot be used: {problem}"""


class RowRejected(Invalid):
    """{problem}"""


@dataclass(frozen=True, slots=True)
class RowReport:
    """What one row reports. `matter` empty: to be classified. Instants are UTC."""

    external_ref: str
    text: str
    place_code: str
    matter: str
    lon: float | None
    lat: float | None
    opened_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True)
class Mapping:
    """A checked mapping. Columns are named as in the file's first line (or the JSON keys)."""

    file_format: str
    jurisdiction: str
    time_zone: str
    external_ref: str
    text_columns: tuple[str, ...]
    text_join: str
    text_empty: str
    place_column: str
    place_fixed: str
    matter_column: str
    matter_values: Values[str, str]
    point_columns: tuple[str, str] | None
    datum: str
    opened: tuple[str, tuple[str, ...]] | None
    closed: tuple[str, tuple[str, ...]] | None
    closed_empty: frozenset[str]

    def read_row(self, values: Values[str, str]) -> RowReport:
        """Turn one row into a report. Raises RowRejected with what is wrong."""
        parts = [part for c in self.text_columns if (part := self._cell(values, c).strip())]
        opened_at = closed_at = None
        if self.opened:
            opened_at = self._instant(self._cell(values, self.opened[0]), self.opened[1])
        if self.closed:
            cell = self._cell(values, self.closed[0])
            if cell not in self.closed_empty:
                closed_at = self._instant(cell, self.closed[1])
        if opened_at and closed_at and closed_at < opened_at:
            raise RowRejected(problem="it is closed before it is opened")
        lon, lat = self._point(values)
        return RowReport(
            external_ref=self._reference(values),
            text=self.text_join.join(parts) or self.text_empty,
            place_code=self.place_fixed or self._cell(values, self.place_column),
            matter=self._matter(values),
            lon=lon, lat=lat, opened_at=opened_at, closed_at=closed_at,
        )  # fmt: skip

    def _cell(self, values: Values[str, str], column: str) -> str:
        try:
            return values[column]
        except KeyError:
            raise RowRejected(problem=f"the column {column} is missing") from None

    def _reference(self, values: Values[str, str]) -> str:
        if not self.external_ref:
            return ""
        cell = self._cell(values, self.external_ref)
        if len(cell) > REFERENCE_LIMIT or not cell.isprintable():
            raise RowRejected(
                problem=f"{cell[:20]!r} is no reference: {REFERENCE_LIMIT} printable characters"
                " are the most"
            )
        return cell

    def _matter(self, values: Values[str, str]) -> str:
        if not self.matter_column:
            return ""
        cell = self._cell(values, self.matter_column)
        try:
            return self.matter_values[cell]
        except KeyError:
            raise RowRejected(problem=f"the mapping knows no matter for {cell!r}") from None

    def _point(self, values: Values[str, str]) -> tuple[float | None, float | None]:
        if self.point_columns is None:
            return None, None
        cells = [self._cell(values, column).strip() for column in self.point_columns]
        if not any(cells):
            return None, None
        try:
            return float(cells[0]), float(cells[1])
        except ValueError:
            raise RowRejected(problem=f"{cells[0]!r}, {cells[1]!r} is no point") from None

    def _instant(self, cell: str, forms: tuple[str, ...]) -> datetime:
        instant = _read_instant(cell.strip(), forms, self.time_zone)
        if instant is None:
            raise RowRejected(problem=f"{cell!r} is no date like {' or '.join(forms)}")
        return instant


@lru_cache(maxsize=16384)
def _read_instant(cell: str, forms: tuple[str, ...], time_zone: str) -> datetime | None:
    for form in forms:
        try:
            local = read_local(cell, form).replace(tzinfo=ZoneInfo(time_zone))
            return local.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def read_local(cell: str, form: str) -> datetime:
    """Read a date by its format; one in ISO 8601's order ten times as fast, to the same result."""
    try:
        local = datetime.fromisoformat(cell)
        if local.strftime(form) == cell:
            return local
    except ValueError:
        pass
    return datetime.strptime(cell, form)  # noqa: DTZ007 – the caller knows the time zone


def _forms(date: dict[str, Any]) -> tuple[str, ...]:
    """A date's format: one, or several of which the first that fits is taken."""
    given = date["format"]
    forms = (given,) if isinstance(given, str) else tuple(given)
    for form in forms:
        try:
            datetime.strptime("", form)  # noqa: DTZ007 – only to see whether it can be read
        except re.error as wrong:  # the same directive twice
            raise ValueError(f"{form!r} is no date format: {wrong}") from wrong
        except ValueError as wrong:
            if "does not match" not in str(wrong):
                raise
    return forms


def read_mapping(text: str, file: str) -> Mapping:
    """Read and check a mapping. Raises MappingBroken."""
    try:
        return _build(read_yaml(text))
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise MappingBroken(file=file, problem=f"{type(wrong).__name__}: {wrong}") from wrong


def _check_texts(mapping: Mapping) -> Mapping:
    """Make sure that what is looked up in rows is text: a list would only fail at the first row."""
    named: dict[str, tuple[Any, ...]] = {
        "format": (mapping.file_format,),
        "jurisdiction": (mapping.jurisdiction,),
        "fields.external_ref.column": (mapping.external_ref,),
        "fields.text.columns": mapping.text_columns,
        "fields.text": (mapping.text_join, mapping.text_empty),
        "fields.place.column": (mapping.place_column,),
        "fields.matter.column": (mapping.matter_column,),
        "fields.point": mapping.point_columns or (),
    }
    for name, date in (("opened_date", mapping.opened), ("closed_date", mapping.closed)):
        if date:
            named[f"fields.{name}"] = (date[0], *date[1])
    named["fields.closed_date.empty"] = tuple(mapping.closed_empty)
    for key, values in named.items():
        for value in values:
            if not isinstance(value, str):
                raise ValueError(f"{key} is not text: {value!r}")
    return mapping


def _build(raw: dict[str, Any]) -> Mapping:
    fields = raw["fields"]
    text, place = fields["text"], fields["place"]
    matter, point = fields.get("matter") or {}, fields.get("point")
    closed = fields.get("closed_date") or fields.get("closed_at")
    opened = fields.get("opened_date") or fields.get("opened_at")
    try:
        ZoneInfo(raw["time_zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError) as wrong:
        raise ValueError(f"there is no time zone {raw['time_zone']}") from wrong
    if bool(place.get("column")) == bool(place.get("fixed")):
        raise ValueError("fields.place takes either a column or a fixed place code")
    if not isinstance(text["columns"], list) or not text["columns"]:
        raise ValueError("fields.text.columns is not a list of columns")
    if not isinstance(matter.get("values", {}), dict):
        raise ValueError("fields.matter.values is not a table of values and matters")
    if closed and not opened:
        raise ValueError("fields.closed_date needs fields.opened_date beside it")
    if (point or {}).get("datum", "wgs84") not in DATUMS:
        raise ValueError(f"fields.point.datum {point['datum']} is none of {', '.join(DATUMS)}")
    mapping = Mapping(
        file_format=raw.get("format", "csv"),
        jurisdiction=raw["jurisdiction"],
        time_zone=raw["time_zone"],
        external_ref=(fields.get("external_ref") or {}).get("column", ""),
        text_columns=tuple(text["columns"]),
        text_join=text.get("join", " "),
        text_empty=text.get("empty", ""),
        place_column=place.get("column", ""),
        place_fixed=str(place.get("fixed", "")),
        matter_column=matter.get("column", ""),
        matter_values={str(k): str(v) for k, v in matter.get("values", {}).items()},
        point_columns=(point["lon"], point["lat"]) if point else None,
        datum=(point or {}).get("datum", "wgs84"),
        opened=(opened["column"], _forms(opened)) if opened else None,
        closed=(closed["column"], _forms(closed)) if closed else None,
        closed_empty=frozenset((closed or {}).get("empty", [""])),
    )
    return _check_texts(mapping)

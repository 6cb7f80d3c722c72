"""Reads a jurisdiction's folder and says exactly where a file is wrong.

The folder holds jurisdiction.yaml and the tables it names. Format: docs/how-to/boundaries.md.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import shapely

from anlan.kernel.calendars import CalendarUnknown, get_calendar
from anlan.kernel.reading import YamlUnreadable, read_yaml
from anlan.places.actions.copying import PlaceRow, ShapeRow, label_of
from anlan.places.rules import FileBroken, to_wgs84

NEEDED = (
    *("code", "name", "name_en", "time_zone", "calendar", "locale"),
    *("levels", "places", "departments", "source", "licence"),
)


@dataclass(frozen=True, slots=True)
class Folder:
    """What a jurisdiction's folder says, checked."""

    about: dict[str, Any]
    places: list[PlaceRow]
    departments: list[dict[str, Any]]
    shapes: list[ShapeRow]


def read_folder(folder: Path) -> Folder:
    """Read and check all files of a jurisdiction. Raises FileBroken."""
    about = _read_yaml(folder / "jurisdiction.yaml")
    missing = [key for key in NEEDED if key not in about]
    if missing:
        raise FileBroken(
            file="jurisdiction.yaml", where="top level", problem=f"{', '.join(missing)} missing"
        )
    _check_about(about)
    try:
        ZoneInfo(about["time_zone"])
        get_calendar(about["calendar"])
    except (ZoneInfoNotFoundError, CalendarUnknown, ValueError, OSError) as error:
        raise FileBroken(
            file="jurisdiction.yaml", where="time_zone, calendar", problem=str(error)
        ) from None
    with _telling_of(about["places"]):
        places = _read_places(folder / about["places"], about)
    with _telling_of(about["departments"]):
        departments = _read_departments(folder / about["departments"], about)
    with _telling_of("shapes"):
        shapes = _read_shapes(folder, about, {row.code for row in places})
    return Folder(about, places, departments, shapes)


def _check_about(about: dict[str, Any]) -> None:
    """Make sure that what the tables are read by has the shape it needs. Raises FileBroken."""
    texts = ("code", "name", "name_en", "time_zone", "calendar", "places", "departments")
    wrong = [
        key for key in texts if not isinstance(about[key], str) or not about[key].isprintable()
    ]
    levels = about["levels"]
    if (
        not isinstance(levels, list)
        or not levels
        or not all(isinstance(each, dict) and isinstance(each.get("code"), str) for each in levels)
    ):
        wrong.append("levels")
    outlines = about.get("outlines") or []
    if not isinstance(outlines, list) or not all(
        isinstance(each, dict) and "code" in each for each in outlines
    ):
        wrong.append("outlines")
    shapes = about.get("shapes") or {"file": ""}
    if not isinstance(shapes, dict) or not isinstance(shapes.get("file"), str):
        wrong.append("shapes")
    if wrong:
        raise FileBroken(
            file="jurisdiction.yaml", where=", ".join(wrong), problem="it is not of the kind needed"
        )


@contextmanager
def _telling_of(file: str) -> Iterator[None]:
    """Name the file for whatever in it is of another kind than a table needs. Raises FileBroken."""
    try:
        yield
    except RecursionError:
        raise FileBroken(file=file, where="-", problem="it is nested too deeply") from None
    except (TypeError, AttributeError, LookupError, ValueError, OverflowError, csv.Error) as error:
        raise FileBroken(file=file, where="-", problem=f"{type(error).__name__}: {error}") from None


def _read_bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, ValueError, zlib.error) as error:
        problem = getattr(error, "strerror", None) or "it is not whole gzip data"
        raise FileBroken(file=path.name, where=str(path.parent), problem=problem) from None


def _read_text(path: Path) -> str:
    try:
        return _read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileBroken(
            file=path.name, where=f"byte {error.start}", problem="the text is not UTF-8"
        ) from None


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        found = read_yaml(_read_text(path))
    except YamlUnreadable as error:
        raise FileBroken(file=path.name, where=error.where, problem=error.problem) from None
    if not isinstance(found, dict):
        raise FileBroken(file=path.name, where="top level", problem="keys and values are needed")
    return found


def _read_places(path: Path, about: dict[str, Any]) -> list[PlaceRow]:
    """Read the table of places: code, level, name and, where known, name_en, parent, lon, lat.

    Without a `parent` column the parent is what the level's `code_width` says: the longest
    shorter code that a code begins with.
    """
    widths = {level["code"]: int(level.get("code_width") or 0) for level in about["levels"]}
    depths = {level["code"]: depth for depth, level in enumerate(about["levels"])}
    figures = {str(each["code"]): each for each in about.get("outlines") or ()}
    reader = csv.DictReader(io.StringIO(_read_text(path)))
    for column in ("code", "level", "name"):
        if column not in (reader.fieldnames or ()):
            raise FileBroken(file=path.name, where="line 1", problem=f"no column “{column}”")
    rows: dict[str, PlaceRow] = {}
    labels: dict[str, str] = {}
    lines: dict[str, int] = {}
    for line, row in enumerate(reader, start=2):
        where = f"line {line}"
        level, name = (row["level"] or "").strip(), (row["name"] or "").strip()
        if level not in depths:
            known = ", ".join(depths)
            raise FileBroken(
                file=path.name, where=where, problem=f"level “{level}” is not one of {known}"
            )
        code = (row["code"] or "").strip()
        # A code padded to full length is cut to what its level uses
        code = code[: widths[level]] if widths[level] else code
        if not code or not name:
            raise FileBroken(file=path.name, where=where, problem="code or name is empty")
        label = label_of(code)
        if label in labels:
            raise FileBroken(
                file=path.name,
                where=where,
                problem=f"code “{code}” is taken by line {lines[labels[label]]}",
            )
        figure = figures.get(code, {})
        rows[code] = PlaceRow(
            code=code,
            parent_code=(row.get("parent") or "").strip(),
            level=level,
            depth=depths[level],
            name=name,
            name_en=(row.get("name_en") or "").strip(),
            label=label,
            lon=_number(row.get("lon") or figure.get("lon"), path, where),
            lat=_number(row.get("lat") or figure.get("lat"), path, where),
            area_km2=_number(row.get("area_km2") or figure.get("area_km2"), path, where),
            is_generated=False,
        )
        labels[label], lines[code] = code, line
    shorter = sorted({width for width in widths.values() if width}, reverse=True)
    return [
        _with_parent(row, rows, shorter, path, f"line {lines[row.code]}") for row in rows.values()
    ]


def _with_parent(
    row: PlaceRow, rows: dict[str, PlaceRow], widths: list[int], path: Path, where: str
) -> PlaceRow:
    parent = row.parent_code
    if not parent and row.depth:
        prefixes = (row.code[:width] for width in widths if width < len(row.code))
        parent = next((prefix for prefix in prefixes if prefix in rows), "")
    if row.depth and (parent not in rows or rows[parent].depth >= row.depth):
        raise FileBroken(
            file=path.name,
            where=where,
            problem=f"the place above “{row.code}” ({parent or 'not named'}) is not in the table",
        )
    return row._replace(parent_code=parent)


def _number(value: object, path: Path, where: str) -> float | None:
    if value in (None, ""):
        return None
    try:
        return float(str(value))
    except ValueError:
        raise FileBroken(
            file=path.name, where=where, problem=f"“{value}” is not a number"
        ) from None


def _read_departments(path: Path, about: dict[str, Any]) -> list[dict[str, Any]]:
    found = _read_yaml(path)
    levels = {level["code"] for level in about["levels"]}
    known: list[dict[str, Any]] = []
    for number, each in enumerate(found.get("departments") or (), start=1):
        where = f"department {number}"
        for key in ("code", "name", "name_en"):
            if not each.get(key):
                raise FileBroken(file=path.name, where=where, problem=f"{key} missing")
        for seat in each.get("seats", []):
            if seat.get("level") not in levels:
                raise FileBroken(
                    file=path.name, where=where, problem=f"level “{seat.get('level')}” unknown"
                )
        known.append(
            {
                "code": each["code"],
                "name": each["name"],
                "name_en": each["name_en"],
                "seats": each.get("seats", []),
                "source": each.get("source", found.get("source", "")),
                "confidence": each.get("confidence", found.get("confidence", 1.0)),
            }
        )
    return known


def _read_shapes(folder: Path, about: dict[str, Any], codes: set[str]) -> list[ShapeRow]:
    """Read outlines from the GeoJSON file that `shapes` names, if it names one."""
    rule = about.get("shapes")
    if not rule:
        return []
    path = folder / rule["file"]
    try:
        features = json.loads(_read_text(path))["features"]
    except (ValueError, KeyError, TypeError):
        raise FileBroken(
            file=path.name, where="top level", problem="it is not a GeoJSON FeatureCollection"
        ) from None
    return list(_check_shapes(features, path, rule, codes))


def _check_shapes(
    features: list[dict[str, Any]], path: Path, rule: dict[str, Any], codes: set[str]
) -> Iterator[ShapeRow]:
    for number, feature in enumerate(features, start=1):
        where = f"feature {number}"
        code = str((feature.get("properties") or {}).get("code", ""))
        if code not in codes:
            raise FileBroken(file=path.name, where=where, problem=f"no place has code “{code}”")
        try:
            shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        except (shapely.errors.GEOSException, KeyError):
            shape = None
        if shape is None or shape.area == 0 or not shape.is_valid:
            raise FileBroken(file=path.name, where=where, problem="the outline is not valid")
        if rule.get("datum") == "gcj02":
            shape = shapely.transform(
                shape, lambda c: np.column_stack(to_wgs84(c[:, 0].copy(), c[:, 1].copy()))
            )
        yield ShapeRow(code, shape, bool(rule.get("is_generated")), str(rule.get("source", "")))

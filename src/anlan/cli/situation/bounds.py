"""`anlan situation bounds`: bounds and alarms of many series; files in, files out."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import click

from anlan.kernel.reading import read_json

if TYPE_CHECKING:
    from anlan.situation.rules.panels import Panel

# R gives bounds of the newest two years only where a longer back-test was not asked for.
LAST_POINTS = 104

FARRINGTON_COLUMNS = (
    "series", "setting", "t", "observed", "upperbound", "alarm", "expected", "mu0", "phi", "trend",
    "trendcoef", "pvalue", "score",
)  # fmt: skip
EARS_COLUMNS = (
    "series", "method", "alpha", "baseline", "minSigma", "t", "observed", "upperbound", "alarm",
)  # fmt: skip

INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)


class Series(NamedTuple):
    """One series as read."""

    name: str
    freq: int
    is_dated: bool
    epochs: list[int]
    observed: list[float]
    population: list[float]


@click.command()
@click.argument("input_path", metavar="INPUT.csv.gz", type=INPUT)
@click.option("--series", "series_path", metavar="META.csv", type=INPUT, required=True,
    help="Columns series, freq (points a year), epochAsDate; others are ignored.")  # fmt: skip
@click.option("--settings", "settings_path", metavar="SETTINGS.json", type=INPUT, required=True,
    help="farrington_flexible: name → arguments; ears: list of arguments. What is omitted is R's default.")  # fmt: skip
@click.option("--method", type=click.Choice(["farrington_flexible", "ears"]), required=True)
@click.option("--out", "out_path", metavar="OUT.csv", required=True,
    type=click.Path(dir_okay=False, path_type=Path), help="Compressed if it ends in .gz.")  # fmt: skip
def bounds(
    input_path: Path, series_path: Path, settings_path: Path, method: str, out_path: Path
) -> None:
    """Compute the bounds of counts, equal to those of R's package surveillance.

    INPUT has the columns series, t (1, 2, 3 …), epoch (days since 1970 if epochAsDate), population, observed. Farrington judges the
    newest 104 points of each series, or those that a setting names as its range.

    A series that is too short for a setting is left out and named; nothing else is.
    """
    from anlan.kernel.errors import AnlanError

    try:
        series = list(_read_series(input_path, series_path))
        settings = _read_settings(settings_path, method)
        judge = _judge_farrington if method == "farrington_flexible" else _judge_ears
        columns = FARRINGTON_COLUMNS if method == "farrington_flexible" else EARS_COLUMNS
        rows = list(judge(series, settings))
    except AnlanError as error:
        raise click.ClickException(error.message) from error
    try:
        with _open(out_path, "w") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
    except OSError as error:
        raise click.ClickException(f"{out_path} cannot be written: {error.strerror}") from error
    click.echo(f"{len(rows)} bounds written to {out_path}", err=True)


def _judge_farrington(series: Sequence[Series], settings: Any) -> Iterator[tuple[str, ...]]:
    from anlan.kernel.errors import AnlanError
    from anlan.situation.rules import farrington

    read = {name: farrington.read_setting(given) for name, given in settings.items()}
    blocks: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for panel in _group(series):
        for name, setting in read.items():
            try:
                points = farrington.list_points(panel, setting, last=LAST_POINTS)
                found = farrington.compute_bounds(panel, setting, points)
            except AnlanError as error:
                for left in panel.names:
                    _tell_left_out(left, name, error.message)
                continue
            for row, own in enumerate(panel.names):
                stopped = points_of(found.state[row] == farrington.State.STOPPED, points)
                if stopped:
                    _tell_left_out(own, name, f"too few points for a fit at point {stopped[0]}")
                    continue
                blocks[own, name] = [
                    (
                        own, name, str(point), _text(panel.observed[row, point - 1]),
                        *(_text(part[row, column]) for part in (
                            found.upperbound, found.alarm, found.expected, found.mu0, found.phi,
                            found.trend, found.trendcoef, found.pvalue, found.score,
                        )),
                    )
                    for column, point in enumerate(points)
                ]  # fmt: skip
    for one in series:
        for name in read:
            yield from blocks.get((one.name, name), ())


def points_of(flags: Iterable[Any], points: Sequence[int]) -> list[int]:
    """List the points whose flag is set."""
    return [point for flag, point in zip(flags, points, strict=True) if flag]


def _judge_ears(series: Sequence[Series], settings: Any) -> Iterator[tuple[str, ...]]:
    from anlan.kernel.errors import AnlanError
    from anlan.situation.rules import ears

    read = [ears.read_setting(given) for given in settings]
    for one in series:
        (panel,) = _group([one])
        for setting in read:
            named = (
                setting.method, _text(setting.level), str(setting.baseline), _text(setting.minSigma)
            )  # fmt: skip
            points = ears.list_points(panel, setting)
            try:
                bound, alarm = ears.compute_bounds(panel, setting, points)
            except AnlanError as error:
                _tell_left_out(one.name, " ".join(named), error.message)
                continue
            for column, point in enumerate(points):
                yield (
                    one.name, *named, str(point), _text(panel.observed[0, point - 1]),
                    _text(bound[0, column]), _text(alarm[0, column]),
                )  # fmt: skip


def _tell_left_out(series: str, setting: str, reason: str) -> None:
    click.echo(f"left out: {series}, {setting}: {reason}", err=True)


def _read_settings(path: Path, method: str) -> Any:
    try:
        content = read_json(path.read_text(encoding="utf-8"))
        settings = content[method]
        if method == "farrington_flexible":
            # An empty list is how R writes an empty list of named arguments.
            return {name: dict(given or {}) for name, given in settings.items()}
        return [dict(given) for given in settings]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = "an object of named settings" if method == "farrington_flexible" else "a list"
        unread = isinstance(error, (json.JSONDecodeError, UnicodeDecodeError))
        what = "is not JSON" if unread else "has something else"
        raise click.ClickException(
            f"{path} {what}: under “{method}” {expected} is expected"
        ) from error


def _read_series(input_path: Path, series_path: Path) -> Iterator[Series]:
    """Series in the order of META, each with its points from INPUT."""
    points: dict[str, list[tuple[int, int, float, float]]] = {}
    for number, row in _read_rows(input_path, ("series", "t", "observed")):
        try:
            points.setdefault(row["series"], []).append(
                (
                    int(row["t"]), int(float(row.get("epoch") or row["t"])), _number(row["observed"]),
                    _number(row.get("population") or "1"),
                )
            )  # fmt: skip
        except ValueError as error:
            raise click.ClickException(
                f"{input_path}, line {number}: not a number ({error})"
            ) from error
    seen = set()
    for number, row in _read_rows(series_path, ("series", "freq", "epochAsDate")):
        name = row["series"]
        if name in seen or name not in points:
            what = "is there twice" if name in seen else f"has no points in {input_path}"
            raise click.ClickException(f"{series_path}, line {number}: series “{name}” {what}")
        seen.add(name)
        rows = sorted(points[name])
        if [row[0] for row in rows] != list(range(1, len(rows) + 1)):
            raise click.ClickException(
                f"{input_path}: t of series “{name}” is not 1, 2, 3 … {len(rows)}"
            )
        try:
            freq = int(float(row["freq"]))
        except ValueError as error:
            raise click.ClickException(
                f"{series_path}, line {number}: freq is not a number"
            ) from error
        is_dated = row["epochAsDate"].strip().upper() in ("TRUE", "T", "1")
        _, epochs, observed, population = map(list, zip(*rows, strict=True))
        if is_dated and any(later <= one for one, later in pairwise(epochs)):
            raise click.ClickException(f"{input_path}: epoch of series “{name}” does not increase")
        yield Series(name, freq, is_dated, epochs, observed, population)


def _read_rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with _open(path, "r") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in needed if name not in (reader.fieldnames or [])]
            if missing:
                raise click.ClickException(f"{path} has no column {', '.join(missing)}")
            for number, row in enumerate(reader, start=2):
                if None in row or None in row.values():
                    raise click.ClickException(
                        f"{path}, line {number}: not as many cells as columns"
                    )
                yield number, row
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from error


def _group(series: Sequence[Series]) -> Iterator[Panel]:
    """Panels of series that share their time axis, so that they are fitted at once."""
    import numpy as np

    from anlan.situation.rules.panels import Panel

    together: dict[tuple[Any, ...], list[Series]] = {}
    for one in series:
        axis = tuple(one.epochs) if one.is_dated else len(one.epochs)
        together.setdefault((one.freq, one.is_dated, axis), []).append(one)
    for (freq, is_dated, _), members in together.items():
        length = len(members[0].epochs)
        times = np.array(members[0].epochs) if is_dated else np.arange(1, length + 1)
        yield Panel(
            tuple(one.name for one in members), freq, is_dated, times,
            np.array([one.observed for one in members]),
            np.array([one.population for one in members]),
        )  # fmt: skip


@contextmanager
def _open(path: Path, mode: str) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, f"{mode}t", encoding="utf-8", newline="") as stream:
            yield stream  # type: ignore[misc]
    else:
        with path.open(mode, encoding="utf-8", newline="") as stream:
            yield stream  # type: ignore[misc]


def _number(text: str) -> float:
    text = text.strip()
    return math.nan if text in ("", "NA", "NaN") else float(text)


def _text(value: float) -> str:
    """Fifteen digits, as R writes them; empty where there is none."""
    if math.isnan(value):
        return ""
    return f"{value:.15g}".replace("inf", "Inf")

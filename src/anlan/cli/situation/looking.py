"""`anlan situation clusters | changes | nowcast | effect | review`: a CSV in, a CSV out on standard output."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from anlan.cli import with_django

INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def group() -> None:
    """What is unusual: bounds, alarms, clusters, changes."""


@group.command()
@click.argument("path", metavar="FILE.csv", type=INPUT)
@click.option(
    "--deals", default=999, show_default=True, help="Random deals that chance is judged by."
)
@click.option(
    "--seed", default=1, show_default=True, help="Of the deals; the same seed gives the same."
)
@click.option("--longest", type=int, help="Periods of the longest cluster; default: half of them.")
def clusters(path: Path, deals: int, seed: int, longest: int | None) -> None:
    """Find clusters of events in space and time (Kulldorff's scan statistic).

    FILE has the columns place, x, y (on a plane, such as metres), period (1, 2 …), cases, expected.
    """
    import numpy as np

    from anlan.situation.rules.clusters import find_clusters

    rows = _read(path, ("place", "x", "y", "period", "cases", "expected"))
    names = list(dict.fromkeys(row["place"] for row in rows))
    periods = sorted({_number(path, row, "period") for row in rows})
    if len(rows) != len(names) * len(periods):
        raise click.ClickException(f"{path}: not every place has every period once")
    at = {name: index for index, name in enumerate(names)}
    when = {period: index for index, period in enumerate(periods)}
    cases, expected = np.zeros((2, len(names), len(periods)))
    x, y = np.zeros((2, len(names)))
    for row in rows:
        place, period = at[row["place"]], when[_number(path, row, "period")]
        cases[place, period], expected[place, period] = (
            _number(path, row, name) for name in ("cases", "expected")
        )
        x[place], y[place] = _number(path, row, "x"), _number(path, row, "y")
    found = _try(find_clusters, x, y, cases, expected, deals=deals, seed=seed, longest=longest)
    _write(
        ("places", "periods", "cases", "expected", "log_likelihood_ratio", "p_value"),
        [
            (" ".join(names[place] for place in one.places), one.periods, round(one.cases), f"{one.expected:.2f}",
             f"{one.ratio:.10g}", f"{one.p_value:.4g}")
            for one in found
        ],
    )  # fmt: skip


@group.command()
@click.argument("path", metavar="FILE.csv", type=INPUT)
@click.option("--penalty", type=float, help="Of a change; default: 2 ln n.")
@click.option("--shortest", default=1, show_default=True, help="Points of the shortest stretch.")
def changes(path: Path, penalty: float | None, shortest: int) -> None:
    """Divide a series of counts where its rate changes (PELT; exact).

    FILE has the columns t and count, in order of time.
    """
    from anlan.situation.rules.changes import find_stretches

    rows = _read(path, ("t", "count"))
    counts = [_number(path, row, "count") for row in rows]
    found = _try(find_stretches, counts, penalty=penalty, shortest=shortest)
    _write(
        ("from", "to", "points", "mean"),
        [
            (rows[one.first]["t"], rows[one.until - 1]["t"], one.until - one.first, f"{one.mean:.4g}")
            for one in found
        ],
    )  # fmt: skip


@group.command()
@click.argument("path", metavar="FILE.csv", type=INPUT)
@click.option(
    "--today", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The newest day with reports."
)
@click.option("--days", default=60, show_default=True, help="Days looked back to.")
@click.option(
    "--longest", default=14, show_default=True, help="Longest delay that is counted, in days."
)
def nowcast(path: Path, today: Any, days: int, longest: int) -> None:
    """Estimate how many events of the last days are still to be reported.

    FILE has the columns happened and reported, dates like 2026-10-31, a line an event.
    """
    from anlan.situation.rules.nowcasts import make_triangle
    from anlan.situation.rules.nowcasts import nowcast as complete

    end = today.date().toordinal()
    rows = _read(path, ("happened", "reported"))
    happened, reported = (
        [_day(path, row, name) - end + days - 1 for row in rows] for name in ("happened", "reported")
    )  # fmt: skip
    table = make_triangle(happened, reported, periods=days, longest=longest)
    found = _try(complete, table)
    _write(
        ("date", "known", "expected", "low", "high"),
        [
            (date.fromordinal(end - days + 1 + period), one.known, "" if one.expected is None else f"{one.expected:.1f}",
             one.low, one.high)
            for period, one in enumerate(found)
            if period >= days - longest
        ],
    )  # fmt: skip


@group.command()
@click.argument("path", metavar="FILE.csv", type=INPUT)
@click.option("--from", "start", required=True, help="The first t with the measure.")
@click.option("--season", type=float, help="Points of a year, to take the season out.")
def effect(path: Path, start: str, season: float | None) -> None:
    """Tell whether a measure changed a series of counts (interrupted time series, 95 % intervals).

    FILE has the columns t and count, in order of time.
    """
    from anlan.situation.rules.effects import measure_effect

    rows = _read(path, ("t", "count"))
    times = [row["t"] for row in rows]
    if start not in times:
        raise click.ClickException(f"{path} has no line with t = {start}")
    counts: Any = [_number(path, row, "count") for row in rows]
    found = _try(measure_effect, counts, times.index(start), season=season)
    _write(
        ("what", "estimate", "low", "high"),
        [
            (name, *(f"{part:.4g}" for part in (one.value, one.low, one.high)))
            for name, one in (
                ("rate just after ÷ without the measure", found.step),
                ("growth a point after ÷ before", found.slope),
                ("events avoided until the end", found.avoided),
            )
        ],
    )


@group.command()
@with_django
def review() -> None:
    """Judge the newest week that is over, as is done every night; print what stands out."""
    from anlan.kernel.actor import SYSTEM
    from anlan.kernel.clock import now
    from anlan.places.queries import get_gazetteer
    from anlan.situation import queries
    from anlan.situation.actions import review_week

    count = review_week(at=now())
    click.echo(f"{count} new", err=True)
    _write(
        ("place", "week", "cases", "expected", "bound", "p_value", "rate"),
        [
            (get_gazetteer().place(one.place_id).code, one.week_date, one.observed, f"{one.expected:.2f}",
             f"{one.bound:.2f}", f"{one.p_value:.3g}", f"{one.adjusted:.3g}")
            for one in queries.list_findings(actor=SYSTEM, states=("PROPOSED",))
        ],
    )  # fmt: skip


def _read(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in needed if name not in (reader.fieldnames or [])]
            rows = list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from error
    if missing:
        raise click.ClickException(f"{path} has no column {', '.join(missing)}")
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise click.ClickException(f"{path}, line {number}: not as many cells as columns")
    return rows


def _number(path: Path, row: dict[str, str], name: str) -> float:
    try:
        return float(row[name])
    except ValueError as error:
        raise click.ClickException(
            f"{path}: “{row[name]}” in column {name} is not a number"
        ) from error


def _day(path: Path, row: dict[str, str], name: str) -> int:
    try:
        return date.fromisoformat(row[name]).toordinal()
    except ValueError as error:
        raise click.ClickException(
            f"{path}: “{row[name]}” in column {name} is not a date"
        ) from error


def _try(function: Any, *given: Any, **named: Any) -> Any:
    from anlan.kernel.errors import AnlanError

    try:
        return function(*given, **named)
    except AnlanError as error:
        raise click.ClickException(error.message) from error


def _write(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)

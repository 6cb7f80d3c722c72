"""`anlan assessment`: schemes, scores with rank intervals, publication."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import click

from anlan.cli import with_django
from anlan.cli.jurisdictions import FOLDER, read_code


@click.group()
def group() -> None:
    """Score cards of places: schemes as data, scores with rank intervals, publication. Never of persons.

    \b
    Example:
      anlan assessment schemes
      anlan assessment score --scheme COUNTY_YEAR --period 2025 --place 3306
      anlan assessment score --scheme TOWN_MONTH --period 2026-10 --place 330681 --json
    """


@group.command()
@click.argument("folder", type=FOLDER)
@with_django
def load(folder: Path) -> None:
    """Load schemes from FOLDER/assessment.yaml; a version that is in force must be as it was."""
    from anlan.assessment.actions import load_schemes
    from anlan.kernel import clock

    code = read_code(folder)
    number = load_schemes(jurisdiction=code, folder=folder, at=clock.now())
    click.echo(f"{code}: {number} new versions of schemes")


@group.command()
@with_django
def schemes() -> None:
    """List the schemes with their versions and the period from which each holds."""
    from rich.console import Console
    from rich.table import Table

    from anlan.assessment.queries import list_schemes
    from anlan.places.queries import get_gazetteer

    table = Table(
        "code", "version", "since", "level", "name", "mean", "passes at", "source", "sure"
    )
    for root in get_gazetteer().roots:
        for one in list_schemes(root.jurisdiction):
            table.add_row(
                one.code, str(one.version), one.since, one.level, one.zh, one.mean, f"{one.passes_at:g}", one.source,
                f"{one.confidence:g}",
            )  # fmt: skip
    Console().print(table)


@group.command()
@click.option("--scheme", required=True, help="Code of a scheme.")
@click.option("--period", required=True, help="A year like 2026, or a month like 2026-10.")
@click.option(
    "--place", "places", required=True, multiple=True, help="A place that heads a group, or one of the assessed; may be repeated."
)  # fmt: skip
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Whole cards, with every lost point; default: a CSV line a place.",
)
@with_django
def score(scheme: str, period: str, places: tuple[str, ...], as_json: bool) -> None:
    """Score places from the figures as they are. Every rank comes with the ranks that are open to it."""
    from anlan.assessment.queries import find_group, read_cards
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM

    wanted: list[Any] = []
    for code in places:
        group = find_group(actor=SYSTEM, code=scheme, place_code=code, period=period)
        cards = read_cards(group=group, period=period, at=clock.now())
        fits = [card for card in cards if card.place == code] or cards
        wanted += [card for card in fits if card.place not in {one.place for one in wanted}]
    if as_json:
        json.dump([card.as_json() for card in wanted], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(
        ["place", "name", "period", "scheme", "version", "score", "score_low", "score_high", "rank", "rank_first", "rank_last", "of",
         "passed", "vetoed", "known_share", "run"]
    )  # fmt: skip
    for card in sorted(wanted, key=lambda one: (one.rank is None, one.rank, one.place)):
        out.writerow(
            [card.place, card.zh, card.period, card.scheme["code"], card.scheme["version"], *(_show(v) for v in (card.score, card.low, card.high)),
             *("" if v is None else v for v in (card.rank, card.first, card.last)), card.of, int(card.is_passed), int(card.is_vetoed),
             _show(card.known_share), card.run]
        )  # fmt: skip


def _show(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


@group.command()
@click.option("--scheme", required=True, help="Code of a scheme.")
@click.option(
    "--period", required=True, help="One that is over: a year like 2025, or a month like 2026-10."
)
@click.option("--place", "place_code", required=True, help="The place that heads the group.")
@with_django
def publish(scheme: str, period: str, place_code: str) -> None:
    """Publish the cards of a group: frozen, with the ledger's root; objections run from now."""
    from anlan.assessment.actions import publish_cards
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM

    number = publish_cards(
        actor=SYSTEM, scheme=scheme, place_code=place_code, period=period, at=clock.now()
    )
    click.echo(f"{number} cards published")


@group.command()
@click.option("--scheme", required=True, help="Code of a scheme.")
@click.option("--place", "place_code", required=True, help="An assessed place.")
@click.option(
    "--passed",
    multiple=True,
    type=click.IntRange(1990, 2100),
    help="A year that was passed; may be repeated.",
)
@click.option(
    "--failed", multiple=True, type=click.IntRange(1990, 2100), help="A year that was not."
)
@click.option("--source", required=True, help="Where that stands.")
@with_django
def record(
    scheme: str, place_code: str, passed: tuple[int, ...], failed: tuple[int, ...], source: str
) -> None:
    """Note results of years that were assessed elsewhere, so that the ladder does not begin anew."""
    from anlan.assessment.actions import record_results
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM

    both = set(passed) & set(failed)
    if both:
        raise click.ClickException(f"{sorted(both)} cannot have been both passed and failed")
    years = dict.fromkeys(passed, True) | dict.fromkeys(failed, False)
    record_results(
        actor=SYSTEM,
        scheme=scheme,
        place_code=place_code,
        years=years,
        source=source,
        at=clock.now(),
    )
    click.echo(f"{len(years)} years noted")

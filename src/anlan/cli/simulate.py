"""`anlan simulate`: plays a county's day against the real system, in an instance made for it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from anlan.cli import database_running, set_up_django

if TYPE_CHECKING:
    from anlan.simulation.playing import Played
    from anlan.simulation.script import Script


@click.group()
def group() -> None:
    """Play a made-up day in accelerated time and judge it. Never touches an instance in use."""


@group.command()
@click.option("--county", default="330681", show_default=True, help="Code of the county.")
@click.option("--rate", default=1500, show_default=True, type=click.IntRange(1, 20_000),
              help="Reports a day.")  # fmt: skip
@click.option("--workers", default=400, show_default=True, type=click.IntRange(1, 5_000))
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same day.")
@click.option("--hours", default=24, show_default=True, type=click.IntRange(1, 72))
@click.option("--date", "date", default="2026-03-10", show_default=True,
              type=click.DateTime(["%Y-%m-%d"]), help="The day that is played.")  # fmt: skip
@click.option("--storm-hour", default=15, show_default=True, type=click.IntRange(-1, 71),
              help="Hour of the storm, counted from the start; -1 for none.")  # fmt: skip
@click.option("--one-by-one", is_flag=True,
              help="Let the desks send case by case in the storm, too, instead of dealing out batches.")  # fmt: skip
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path),
              help="Keep the instance in this new folder, to look at it afterwards.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def day(
    county: str, rate: int, workers: int, seed: int, hours: int, date: datetime, storm_hour: int,
    one_by_one: bool, keep: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Play a day: reports, people who do not answer, networks that drop, an hour of storm.

    \b
    Prints times to acknowledge, arrive and close, the shares within limits, and whether the
    invariants hold; ends with 1 when one does not.
      anlan simulate day --county 330681 --rate 1500 --seed 7
      anlan simulate day --rate 60 --workers 40 --hours 6 --storm-hour 3
    """
    from anlan.simulation.script import Script

    starts_at = date.replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
    script = Script(
        county=county, rate=rate, workers=workers, seed=seed, hours=hours, starts_at=starts_at,
        storm_hour=None if storm_hour < 0 else storm_hour,
        deals_in_batches=not one_by_one,
    )  # fmt: skip
    with instance(script, keep):
        played = play(script)
    if as_json:
        click.echo(json.dumps(as_plain(script, played), ensure_ascii=False))
    else:
        show(script, played)
    if not played.judgement.holds:
        sys.exit(1)


@contextmanager
def instance(script: Script, keep: Path | None = None) -> Iterator[None]:
    """Make an instance for a day: database, tables, the county's places, catalogue, classifier."""
    from anlan.simulation.scratch import folder_for_a_day

    with folder_for_a_day(keep) as home:
        os.environ["ANLAN_HOME"] = str(home)
        with database_running():
            set_up_django()
            from django.conf import settings
            from django.core.management import call_command

            # Nobody signs in here, and 400 slow hashes take longer than the day.
            settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
            call_command("migrate", verbosity=0)
            from anlan.simulation.county import set_up_county

            click.echo("making the county: places, grids, units, classifier", err=True)
            set_up_county(script)
            yield


def play(script: Script) -> Played:
    """Play a day with a bar on the terminal."""
    from rich.console import Console
    from rich.progress import Progress

    from anlan.simulation.county import read_county_wordings
    from anlan.simulation.playing import play as play_day

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("the day", total=1.0)
        return play_day(
            script, read_county_wordings(), lambda share: progress.update(bar, completed=share)
        )


def as_plain(script: Script, played: Played) -> dict[str, object]:
    """Give script and figures as plain values. Everything is synthetic, and said to be."""
    return {
        "county": script.county, "seed": script.seed, "reports": played.reports,
        "workers": script.workers, "hours": script.hours, "repeated": played.repeated,
        "never_answered": played.unanswered, "refused": played.refused,
        "dealt_in_batches": asdict(played.dealt), **played.judgement.as_json, "holds": played.judgement.holds, "data": "synthetic",
    }  # fmt: skip


def show(script: Script, played: Played) -> None:
    """Print the figures for people."""
    found = played.judgement
    click.echo(f"a synthetic day in {script.county}, seed {script.seed}: {played.reports} reports, "
               f"{found.cases} cases, {found.offers} offers to {script.workers} workers")  # fmt: skip
    click.echo("minutes from the report      cases     p50     p90")
    for name, times in (
        ("acknowledged by a worker", found.acknowledge), ("on the spot", found.arrive),
        ("closed", found.close),
    ):  # fmt: skip
        click.echo(f"  {name:<25}{times.count:>7}{times.p50:>8}{times.p90:>8}")
    if found.storm_acknowledge.count:
        click.echo(f"of the storm's hour: acknowledged p50 {found.storm_acknowledge.p50}, p90 "
                   f"{found.storm_acknowledge.p90}; on the spot {found.storm_arrive.count} cases, p50 "
                   f"{found.storm_arrive.p50}, p90 {found.storm_arrive.p90}")  # fmt: skip
    if played.dealt.batches:
        dealt = played.dealt
        click.echo(f"dealt out in {dealt.batches} batches: {dealt.sent} sent, {dealt.left} left to the "
                   f"desks {dealt.reasons or ''}, {dealt.not_sent} moved meanwhile; cost of the plans {dealt.cost:,.0f} "
                   f"against {dealt.nearest_cost:,.0f} nearest-first")  # fmt: skip
    click.echo(f"within limits: accepted {found.accepted_in_time:.1%}, offers signed for "
               f"{found.signed_in_time:.1%}, closed {found.closed_in_time:.1%}")  # fmt: skip
    click.echo(f"offers lapsed {found.lapsed}, declined {found.declined}; cases reopened "
               f"{found.reopened}, open at the end {found.still_open}, of these with no worker yet "
               f"{found.unassigned}")  # fmt: skip
    click.echo(f"people and networks: {played.unanswered} offers were never answered, {played.repeated} "
               f"messages came twice and changed nothing; refused: {played.refused or 'none'}")  # fmt: skip
    for name, count in found.broken.items():
        click.echo(f"  {'holds' if not count else f'BROKEN {count}':<12}{name.replace('_', ' ')}")

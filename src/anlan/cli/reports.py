"""`anlan report`: figures of a month on the command line."""

from __future__ import annotations

import csv
import sys
from dataclasses import astuple, fields
from pathlib import Path

import click

from anlan.cli import with_django


@click.group()
def group() -> None:
    """Figures by place and matter."""


@group.command()
@click.option("--place", "place_code", required=True, help="Code of a place; all below counts.")
@click.option("--month", required=True, help="Like 2026-10, in the place's local time.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, with every figure.")
@click.option("--check", is_flag=True, help="Count afresh too, and fail if it differs.")
@with_django
def month(place_code: str, month: str, as_csv: bool, check: bool) -> None:
    """Print what was opened and closed in a month, by place and matter."""
    from rich.console import Console
    from rich.table import Table

    from anlan.cases.queries import get_catalogue
    from anlan.places.queries import get_gazetteer
    from anlan.rollup import queries
    from anlan.rollup.rules import Row

    rows = queries.list_month(place_code=place_code, month=month)
    if check:
        counted = queries.recount_month(place_code=place_code, month=month)
        folded = [
            (r.place_code, r.matter_code, r.opened, r.closed, r.reopened, r.satisfied,
             r.unsatisfied)
            for r in rows
        ]  # fmt: skip
        if counted != folded:
            raise click.ClickException("the figures differ from a recount of the cases")
        click.echo("The figures equal a recount of the cases.", err=True)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        names = [field.name for field in fields(Row)]
        writer.writerow(["place", "matter", *names[2:]])
        writer.writerows(astuple(row) for row in rows)
        return
    gazetteer = get_gazetteer()
    jurisdiction = gazetteer.place_by_code(place_code).jurisdiction
    names_of = {
        m.code: m.name for m in get_catalogue().matters.values() if m.jurisdiction == jurisdiction
    }
    table = Table("place", "matter", "opened", "closed", "reopened", "satisfied", "unsatisfied")
    for row in rows:
        table.add_row(
            gazetteer.place_by_code(row.place_code).name,
            names_of.get(row.matter_code, row.matter_code),
            *map(str, (row.opened, row.closed, row.reopened, row.satisfied, row.unsatisfied)),
        )
    Console().print(table)


@group.command()
@click.option("--place", "place_code", required=True, help="Code of a place.")
@click.option(
    "--month", required=True, help="Like 2026-10, in the place's local time; a month that is over."
)
@click.option(
    "--out", "folder", required=True, type=click.Path(path_type=Path), help="Folder to write into."
)
@click.option("--below", is_flag=True, help="All reported places below it as well: a pack each.")
@click.option("--version", type=int, help="Of a drafted or signed report; default: what stands.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes, with --below.",
)
@with_django
def two(
    place_code: str,
    month: str,
    folder: Path,
    below: bool,
    version: int | None,
    language: str,
    jobs: int,
) -> None:
    """Write the two reports: PDF, XLSX, and a page that stands alone.

    Economy left, safety right: level, change, rank among peers with what chance leaves open, traffic lights by stated
    rules, and the three things that need a decision. The signed version where there is one, else the draft, else the figures as they are.

    \b
    Examples:
      anlan report two --place 330681 --month 2026-10 --out reports
      anlan report two --place 33 --month 2026-10 --out reports --below
    """
    from anlan.cli.packs import write_below, write_one

    if below and version is not None:
        raise click.UsageError("a version is one place's: leave out --below or --version")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if below:
            count, seconds = write_below(place_code, month, folder, language, jobs)
            click.echo(f"{count} packs in {seconds:.1f} s: {folder}")
            return
        for path in write_one(place_code, month, folder, language, version):
            click.echo(path)
    except OSError as wrong:
        raise click.ClickException(f"{folder} cannot be written: {wrong.strerror}") from wrong


@group.command()
@click.option("--place", "place_code", required=True, help="Code of a place.")
@click.option("--month", required=True, help="Like 2026-10, in the place's local time.")
@click.option(
    "--out", "folder", required=True, type=click.Path(path_type=Path), help="Folder to write into."
)
@click.option("--version", type=int, help="Of a drafted or signed paper; default: what stands.")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--draft", "is_drafted", is_flag=True, help="Keep it as a draft to be signed first.")
@with_django
def paper(
    place_code: str, month: str, folder: Path, version: int | None, language: str, is_drafted: bool
) -> None:
    """Write the analysis paper of a month as PDF.

    The signed version where there is one, else the draft, else the figures as they are. Papers of a month that is over are drafted
    by themselves on its third day; --draft does it now, or makes a draft anew.

    \b
    Examples:
      anlan report paper --place 330681 --month 2026-10 --out reports
      anlan report paper --place 330681 --month 2026-10 --out reports --draft
    """
    from anlan.cli.packs import write_paper
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.reports.actions import draft_report
    from anlan.reports.rules.signing import Kind

    if is_drafted:
        draft_report(
            actor=SYSTEM, place_code=place_code, month=month, kind=Kind.PAPER, at=clock.now()
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        click.echo(write_paper(place_code, month, folder, language, version))
    except OSError as wrong:
        raise click.ClickException(f"{folder} cannot be written: {wrong.strerror}") from wrong


@group.command()
@click.option("--month", required=True, help="Like 2026-10; a month that is over.")
@click.option("--place", "place_code", help="It and all below it; default: everything.")
@with_django
def draft(month: str, place_code: str | None) -> None:
    """Draft a month's reports and analysis papers where none are yet, and tell those who sign.

    The worker does it by itself every morning: papers from the third of the next month on, reports from the day after the month's last
    return is due. Places of which nothing is known for the month are left out; again drafts nothing twice.

    \b
    Example:
      anlan report draft --month 2026-10 --place 330681
    """
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.places.queries import get_gazetteer
    from anlan.reports.actions import draft_all
    from anlan.reports.rules.signing import Kind

    codes = [place_code] if place_code else [one.code for one in get_gazetteer().roots]
    if not codes:
        raise click.ClickException("no jurisdiction is loaded; run: anlan places load FOLDER")
    at = clock.now()
    two, papers = (
        sum(draft_all(actor=SYSTEM, place_code=code, month=month, kind=kind, at=at) for code in codes)
        for kind in (Kind.TWO, Kind.PAPER)
    )  # fmt: skip
    click.echo(f"{two} reports of {month} drafted, {papers} papers")


@group.command()
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A curves.yaml of your own; default: Zhejiang's.",
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="An SVG to write."
)
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@with_django
def curves(file: Path | None, out: Path, language: str) -> None:
    """Draw the two curves: case totals beside the economy over many years."""
    from anlan.reports.printing.long import to_svg
    from anlan.reports.queries.curves import find_curves, parse_curves

    found = (
        parse_curves(file.name, file.read_text(encoding="utf-8"))
        if file
        else find_curves(jurisdiction="CN-ZJ")
    )
    assert found is not None, "the curves of Zhejiang come with the program"
    try:
        out.write_text(
            to_svg(found, language="zh-hans" if language == "zh" else "en"), encoding="utf-8"
        )
    except OSError as wrong:
        raise click.ClickException(f"{out} cannot be written: {wrong.strerror}") from wrong
    click.echo(out)

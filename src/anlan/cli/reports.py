"""`anlan report`: figures of a month on the command line."""

from __future__ import annotations

import csv
import sys
from dataclasses import astuple, fields

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

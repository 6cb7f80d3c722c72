"""`anlan indicators`: the register, returns from files, values of a month."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from anlan.cli import with_django
from anlan.cli.jurisdictions import FOLDER, read_code

FILE = click.Path(path_type=Path)


@click.group()
def group() -> None:
    """What the two reports are made of: the register, returns, values.

    \b
    Example:
      anlan indicators list
      anlan indicators import october.csv --confirm
      anlan indicators values --place 330681 --month 2026-10 --sdmx
    """


@group.command()
@click.argument("folder", type=FOLDER)
@with_django
def load(folder: Path) -> None:
    """Load the register from FOLDER/indicators.yaml into the jurisdiction of that folder, or update it."""
    from anlan.indicators.actions import load_register
    from anlan.kernel import clock

    code = read_code(folder)
    number = load_register(jurisdiction=code, folder=folder, at=clock.now())
    click.echo(f"{code}: {number} indicators")


@group.command(name="list")
@click.option("--jurisdiction", help="Its code; default: the first one.")
@with_django
def list_(jurisdiction: str | None) -> None:
    """List the register: code, name, unit, formula, source and how sure it is."""
    from rich.console import Console
    from rich.table import Table

    from anlan.indicators.queries import get_register
    from anlan.places.queries import get_gazetteer

    roots = get_gazetteer().roots
    if not roots:
        raise click.ClickException("no jurisdiction is loaded; run: anlan places load FOLDER")
    table = Table("code", "name", "unit", "side", "formula", "department", "due", "source", "sure")
    for one in get_register(jurisdiction or roots[0].jurisdiction).indicators:
        formula = one.formula
        divided = f" ÷ {formula.of or formula.per}" if formula.of or formula.per else ""
        table.add_row(
            one.code, one.name, one.unit, one.side,
            f"{formula.count}{divided} × {formula.times:g}" if formula.is_spine else "returned",
            one.department, "" if formula.is_spine else f"{one.due_day}.", one.source, f"{one.confidence:g}",
        )  # fmt: skip
    Console().print(table)


@group.command(name="import")
@click.argument("file", type=FILE)
@click.option(
    "--confirm", is_flag=True, help="Confirm it as well; without, a second person does in the app."
)
@click.option("--reason", default="", help="Why it corrects figures that stand.")
@with_django
def import_(file: Path, confirm: bool, reason: str) -> None:
    """Take in a CSV of figures: place, indicator, month, value (numerator, denominator, note).

    UTF-8 or GB18030. All of it is taken or nothing; every line that is wrong is told.
    """
    from anlan.indicators.actions import give_return, move_return
    from anlan.indicators.rules.returns import ReturnRefused
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM

    try:
        data = file.read_bytes()
    except OSError as wrong:
        raise click.ClickException(f"{file} cannot be read: {wrong.strerror}") from wrong
    try:
        given = give_return(actor=SYSTEM, data=data, reason=reason, at=clock.now())
    except ReturnRefused as refused:
        for line in refused.lines:
            click.echo(f"{file}: {line.message} ({line.data['cause']})", err=True)
        raise
    click.echo(f"{len(given.cells)} figures of {given.month_date:%Y-%m} taken: {given.id}")
    if confirm:
        move_return(actor=SYSTEM, return_id=given.id, move="confirm", at=clock.now())
        click.echo("confirmed")
    else:
        click.echo("to be confirmed by a second person")


@group.command()
@click.option("--month", help="Like 2026-10; default: all that late figures may still change.")
@with_django
def count(month: str | None) -> None:
    """Count values from the daily figures, as is done every night."""
    from anlan.indicators.actions import count_month, count_months
    from anlan.kernel import clock
    from anlan.places.queries import get_gazetteer

    if month is None:
        changed = count_months(at=clock.now())
    else:
        changed = sum(
            count_month(jurisdiction=root.jurisdiction, month=month)
            for root in get_gazetteer().roots
        )
    click.echo(f"{changed} values new or changed")


@group.command()
@click.option("--place", "place_code", required=True, help="Code of a place.")
@click.option("--month", required=True, help="Like 2026-10.")
@click.option("--below", is_flag=True, help="The places just below it, too.")
@click.option("--sdmx", is_flag=True, help="As SDMX-CSV 2.0, for other statistics systems.")
@with_django
def values(place_code: str, month: str, below: bool, sdmx: bool) -> None:
    """Print the values of a place for a month."""
    from rich.console import Console
    from rich.table import Table

    from anlan.indicators.queries import list_values
    from anlan.indicators.rules.sdmx import write

    rows = list_values(place_code=place_code, month=month, below=below)
    if sdmx:
        write(sys.stdout, ((place.code, one, month, part) for place, one, part in rows))
        return
    table = Table("place", "indicator", "value", "unit", "of", "over", "from")
    for place, one, part in rows:
        shown = ["–" if number is None else f"{number:,.{digits}f}" for number, digits in (
            (part.value, one.decimals), (part.numerator, 0), (part.denominator, 0))]  # fmt: skip
        origin = "return" if part.is_returned else "count"
        table.add_row(place.name, one.name, shown[0], one.unit, *shown[1:], origin)
    Console().print(table)


@group.command()
@click.option("--place", "place_code", required=True, help="Code of a place.")
@click.option("--month", required=True, help="Like 2026-10.")
@with_django
def late(place_code: str, month: str) -> None:
    """List the departments that owe figures of a month."""
    from anlan.indicators.queries import list_late
    from anlan.kernel import clock
    from anlan.places.queries import get_gazetteer

    place = get_gazetteer().place_by_code(place_code)
    found = list_late(place=place, month=month, at=clock.now())
    for one in found:
        state = "given, to be confirmed" if one.is_waiting else f"due {one.due_at:%Y-%m-%d}"
        click.echo(f"{one.department}: {', '.join(i.code for i in one.missing)} ({state})")
    if not found:
        click.echo("Nobody is late.")


@group.command()
@click.argument("old_code")
@click.argument("heirs", nargs=-1, required=True, metavar="HEIR[=SHARE]…")
@click.option(
    "--from",
    "changed",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day of the new code.",
)
@click.option("--source", default="", help="Where that is decided.")
@with_django
def succeed(old_code: str, heirs: tuple[str, ...], changed: object, source: str) -> None:
    """Note that OLD_CODE became another code, or was divided: figures of before count for the heirs.

    \b
    Example (two towns made of one, the first with 60 % of what was counted):
      anlan indicators succeed 330681115 330681116=0.6 330681117=0.4 --from 2026-07-01
    """
    from datetime import datetime

    from anlan.indicators.actions import record_succession
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM

    assert isinstance(changed, datetime)
    pairs = []
    for heir in heirs:
        code, _, share = heir.partition("=")
        try:
            pairs.append((code, float(share or 1)))
        except ValueError as wrong:
            raise click.ClickException(f"“{share}” is not a share like 0.6") from wrong
    moved, left = record_succession(
        actor=SYSTEM, old_code=old_code, heirs=pairs, changed=changed.date(), source=source, at=clock.now()
    )  # fmt: skip
    click.echo(
        f"noted; {moved} returned figures went on with the heirs; run `anlan indicators count` to count again"
    )
    if left:
        click.echo(
            f"{left} could not: a percentage where the heir has its own, or a month after the change that the heir returned itself. "
            "Return them anew under the heir's code.",
            err=True,
        )  # fmt: skip

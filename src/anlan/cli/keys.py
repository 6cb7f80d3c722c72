"""`anlan keys`: rotate the keys that seal personal data, and keep the old ones for backups."""

from __future__ import annotations

import click

from anlan.cli import with_django
from anlan.kernel.actor import SYSTEM
from anlan.kernel.clock import now


@click.group()
def group() -> None:
    """The keys that seal contacts, addresses and e-mails.

    \b
    Once a year, and at once when somebody may have copied a key:
      anlan keys rotate         new data is sealed with a new key from this instant
      anlan keys status         how many rows still need which key
    A job seals the old rows anew; a key that no row needs moves to the archive a day later.
    To read a backup of its time: anlan keys recall NUMBER. To make such backups unreadable for
    ever: anlan keys destroy NUMBER.
    """


@group.command()
@with_django
def status() -> None:
    """Show every key: what it is for, since when, and how many rows need it."""
    from anlan.kernel import seal
    from anlan.privacy import queries

    ring, used = seal.get_ring(), queries.count_sealed()
    listed = set()
    for place, keys in (("ring", ring.list_keys()), ("archive", ring.list_archived())):
        for key in keys:
            listed.add(key.number)
            state = key.state.value if place == "ring" else "RETIRED"
            if key.secret == b"":
                state = "DESTROYED"
            made = f"{key.made_at:%Y-%m-%d}" if key.made_at else "instance key"
            click.echo(f"key {key.number:<3} {state:<9} {made}")
            for column, rows in sorted(used.get(key.number, {}).items()):
                click.echo(f"    {rows:>9} {column}")
    click.echo(
        f"ring     {ring.file if ring.file.exists() else 'none yet, the instance key seals'}"
    )
    if ring.archive_file.exists():
        click.echo(f"archive  {ring.archive_file}")
    missing = sorted(set(used) - {key.number for key in ring.list_keys()})
    for number in missing:
        rows = sum(used[number].values())
        where = "in the archive: anlan keys recall" if number in listed else "nowhere: restore ring"
        click.echo(f"UNREADABLE: {rows} rows need key {number}, which is {where}", err=True)
    if missing:
        raise SystemExit(1)


@group.command()
@click.option("--prepare", is_flag=True, help="Only make the key, to copy the ring to other hosts.")
@with_django
def rotate(prepare: bool) -> None:
    """Seal with a new key from now on; a worker seals the old rows anew.

    Hosts that do not share the ring's file: `rotate --prepare`, copy the file to each, `rotate`,
    copy it again. In between all of them can open what any of them seals.
    """
    from anlan.kernel import seal
    from anlan.privacy import actions

    if prepare:
        click.echo(f"key {actions.prepare_key(actor=SYSTEM, at=now())} is ready, not yet in use")
    else:
        number = actions.rotate_keys(actor=SYSTEM, at=now())
        click.echo(f"key {number} seals from now on; a worker seals the older rows anew")
    click.secho(
        f"Back up {seal.get_ring().file} now, apart from the database.", fg="yellow", err=True
    )


@group.command()
@with_django
def reseal() -> None:
    """Seal the old rows anew here and now, instead of waiting for a worker. May be cut off."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from anlan.kernel import seal
    from anlan.privacy import actions, queries

    newest = seal.newest()
    total = sum(sum(c.values()) for n, c in queries.count_sealed().items() if n != newest)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress("rows", *columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("rows", total=total)
        count = actions.reseal_all(told=lambda rows: progress.advance(bar, rows))
    click.echo(f"{count} rows sealed anew with key {newest}")


@group.command()
@click.argument("number", type=int)
@with_django
def retire(number: int) -> None:
    """Move key NUMBER, which no row needs, to the archive; a job does it by itself after a day."""
    from anlan.privacy import actions

    actions.retire_key(actor=SYSTEM, number=number, at=now())
    click.echo(f"key {number}: in the archive")


@group.command()
@click.argument("number", type=int)
@with_django
def recall(number: int) -> None:
    """Put key NUMBER back on the ring, to read a backup of its time."""
    from anlan.privacy import actions

    actions.recall_key(actor=SYSTEM, number=number, at=now())
    click.echo(f"key {number}: on the ring again")


@group.command()
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_django
def destroy(number: int, yes: bool) -> None:
    """Delete archived key NUMBER for good: backups of its time can never be read again."""
    from anlan.privacy import actions

    if not yes:
        click.confirm(
            f"Backups sealed with key {number} will be unreadable. Destroy it?", abort=True
        )
    actions.destroy_key(actor=SYSTEM, number=number, at=now())
    click.echo(f"key {number}: destroyed")

"""`anlan import`: take signals in from a file."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from anlan.cli import with_django

FILE = click.Path(path_type=Path)


@click.group()
def group() -> None:
    """Take in data from files.

    \b
    Example (a slice of New York's council requests, shipped with anlan):
      anlan places load examples/nyc
      anlan import signals examples/nyc/nyc_council_slice.csv.gz \\
            --mapping examples/nyc/mapping.yaml
    """


@group.command()
@click.argument("file", type=FILE)
@click.option("--mapping", required=True, type=FILE, help="YAML: columns → fields of a signal.")
@click.option("--rejects", type=FILE, help="Where rows set aside go (FILE.rejects.csv).")
@with_django
def signals(file: Path, mapping: Path, rejects: Path | None) -> None:
    """Take in a CSV or JSONL file of signals: classified, routed, with their cases.

    UTF-8 or GB18030, plain or gzipped. Can be stopped at any moment and called again: it goes on where
    it was, and a file that was taken in whole is not taken twice. A bad row goes to the reject
    file with its reason; the rest goes on.
    """
    from anlan.intake.actions import forget_rejects
    from anlan.intake.queries import list_rejects
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.triage.actions import Progress, import_signals

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Bar(*columns, console=console) as bar:
        task = bar.add_task(file.name, total=None)

        def tell(progress: Progress) -> None:
            bar.update(task, completed=progress.rows_done, total=progress.rows_total)

        done = import_signals(
            actor=SYSTEM, path=file, mapping_path=mapping, at=clock.now(), tell=tell
        )
    if done.was_done_before:
        click.echo(f"{file.name} was taken in before; nothing to do.")
    if done.encoding == "gb18030":
        click.echo(f"{file.name} was read as GB18030.")
    set_aside = list_rejects(run_id=done.run_id)
    if set_aside:
        path = rejects or Path(f"{file.name}.rejects.csv")
        try:
            _write_rejects(path, set_aside)
        except OSError as error:
            raise click.ClickException(
                f"{len(set_aside)} rows were set aside and {path} cannot be written ({error.strerror}). "
                "They are kept: give the same command another --rejects."
            ) from error
        forget_rejects(run_id=done.run_id)
        click.echo(f"{len(set_aside)} rows set aside: {path}")
    click.echo(f"{done.taken} signals taken.")


def _write_rejects(path: Path, rows: list[tuple[int, str, str, str]]) -> None:
    """Write rows that were set aside, on the disk before they are erased from the database."""
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["row", "code", "problem", "line"])
        writer.writerows(rows)
        out.flush()
        os.fsync(out.fileno())

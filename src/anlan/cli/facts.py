"""`anlan facts`: facts of cases in Parquet, and months of all places from them."""

from __future__ import annotations

from pathlib import Path

import click

from anlan.cli import with_django


@click.group()
def group() -> None:
    """Facts of cases in Parquet, and a month of all places from them, on DuckDB or Spark.

    \b
    Example:
      anlan facts export --out facts
      anlan facts month --from facts --month 2026-10 --out october.csv
      anlan facts month --from facts --month 2026-10 --engine spark --out october.parquet
    """


@group.command()
@click.option(
    "--out", "folder", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write into; a month's file is replaced as a whole.",
)  # fmt: skip
@click.option("--since", default="", help="Only this month and later ones, like 2026-05.")
@click.option(
    "--name", default="facts", show_default=True, help="Of the files, where several instances fill one folder."
)  # fmt: skip
@click.option("--jurisdiction", help="Its code; default: the first one.")
@with_django
def export(folder: Path, since: str, name: str, jurisdiction: str | None) -> None:
    """Write what each case adds to a day's figures, by month, with the tables that months are made with.

    No person is named. The facts add up to the figures of the reports at the instant of writing.
    """
    from anlan.indicators.analysis.exporting import export_facts
    from anlan.places.queries import get_gazetteer

    roots = get_gazetteer().roots
    if not roots:
        raise click.ClickException("no jurisdiction is loaded; run: anlan places load FOLDER")
    if not name.isidentifier():
        raise click.ClickException(f"“{name}” cannot name files: letters, digits and _ only")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        done = export_facts(
            folder=folder,
            jurisdiction=jurisdiction or roots[0].jurisdiction,
            since=since,
            name=name,
        )
    except ImportError as missing:
        raise click.ClickException(
            f"{missing.name} is not installed. Run: pip install 'anlan[analytics]'"
        ) from missing
    except OSError as wrong:
        raise click.ClickException(f"{folder} cannot be written: {wrong.strerror}") from wrong
    click.echo(f"{sum(done.facts.values())} facts of {len(done.facts)} months: {folder}")


@group.command()
@click.option(
    "--from", "folder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that `anlan facts export` wrote.",
)  # fmt: skip
@click.option("--month", required=True, help="Like 2026-10.")
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True,
    help="spark takes pyspark, Java and the cluster of your Spark settings.",
)  # fmt: skip
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A .csv or .parquet to write."
)  # fmt: skip
def month(folder: Path, month: str, engine: str, out: Path) -> None:
    """Count a month for every place: value, change on the month and the year before, rank among peers, thirteen months.

    Needs no database: the folder holds everything.
    """
    from anlan.indicators.analysis.engines import run_month

    found = run_month(folder=folder, month=month, engine=engine)
    try:
        if out.suffix == ".parquet":
            import pyarrow.parquet as parquet

            parquet.write_table(found, out)
        else:
            _write_csv(found, out)
    except OSError as wrong:
        raise click.ClickException(f"{out} cannot be written: {wrong.strerror}") from wrong
    click.echo(f"{found.num_rows} values of {month}: {out}")


def _write_csv(found: object, out: Path) -> None:
    import csv

    rows = found.to_pylist()  # type: ignore[attr-defined]
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(list(rows[0]) if rows else [])
        for row in rows:
            series = " ".join("" if one is None else f"{one:.12g}" for one in row.pop("series"))
            writer.writerow([*("" if one is None else one for one in row.values()), series])

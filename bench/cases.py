"""Many synthetic cases, fast: prepared and copied by the product's own import."""

from __future__ import annotations

import csv
import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

MAPPING = """
jurisdiction: CN-ZJ
format: csv
time_zone: Asia/Shanghai
fields:
  external_ref: {column: ref}
  text: {columns: [text]}
  place: {column: place}
  point: {lon: lon, lat: lat}
  opened_at: {column: opened, format: "%Y-%m-%d %H:%M:%S"}
"""


def write_file(folder: Path, count: int, *, seed: int = 11) -> Path:
    """Write a CSV of `count` synthetic signals, each text different, spread over the county."""
    import yaml

    from anlan.demo import phrases
    from anlan.demo.world import COUNTY, FOLDER
    from anlan.kernel import clock
    from anlan.places.queries import get_gazetteer

    gazetteer = get_gazetteer()
    county = gazetteer.place_by_code(COUNTY)
    grids = [p for p in gazetteer.descendants(county.id) if p.level == "GRID"]
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    reports = phrases.synthetic_reports(
        phrases.read_wordings(rows), count, seed, templates=phrases.Templates.CHECKING
    )
    chance = random.Random(seed)
    now = clock.now()
    path = folder / f"synthetic-{count}-{seed}.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["ref", "text", "place", "lon", "lat", "opened"])
        for number, report in enumerate(reports):
            grid = chance.choice(grids)
            opened: datetime = now - timedelta(minutes=chance.uniform(600, 60 * 24 * 90))
            writer.writerow(
                [number, f"{report.text}(第{number}号)", grid.code, grid.lon, grid.lat,
                 f"{opened:%Y-%m-%d %H:%M:%S}"]
            )  # fmt: skip
    return path


def copy_cases(count: int) -> None:
    """Fill the table with `count` open cases."""
    from django.db import connection

    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.triage.actions import import_signals

    with tempfile.TemporaryDirectory() as folder:
        mapping = Path(folder) / "mapping.yaml"
        mapping.write_text(MAPPING, encoding="utf-8")
        path = write_file(Path(folder), count)
        done = import_signals(actor=SYSTEM, path=path, mapping_path=mapping, at=clock.now())
    if done.taken != count:
        raise AssertionError(done)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

"""Signals a second taken in from files, classification, routing, case and ledger included.

Two files: synthetic Chinese signals, each text different and each classified among 240 matters; and,
when the real file lies beside the project, New York's 233,331 council requests, whose counts by
month × office × type must then equal a plain group-by of the file. The ratio is the rate of the
former ÷ the rate of a bare COPY of the same rows into one plain table.
"""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench import world
from bench.cases import MAPPING, write_file

ROWS = 60_000
ROOT = Path(__file__).resolve().parent.parent
NYC = ROOT / "examples" / "nyc"
WHOLE_FILE = ROOT.parent / "shared" / "data" / "nyc_council_2015_2019.csv.gz"


def run() -> dict[str, Any]:
    """Measure in one run on one database."""
    with world.instance(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world.load_county()
        (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
        path = write_file(folder, ROWS)
        ours = _import(path, folder / "mapping.yaml", ROWS)
        bare = _copy(path)
        found = {
            "bench": "import",
            "ratio": round(ours / bare, 4),
            "per_second": round(ours),
            "bare_copy_per_second": round(bare),
            "rows": ROWS,
            "data": "synthetic, every text different, all classified",
        }
        if WHOLE_FILE.exists():
            found |= _import_nyc()
        return found


def _import(path: Path, mapping: Path, rows: int) -> float:
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.triage.actions import import_signals

    began = time.perf_counter()
    done = import_signals(actor=SYSTEM, path=path, mapping_path=mapping, at=clock.now())
    took = time.perf_counter() - began
    if done.taken != rows:
        raise AssertionError(done)
    return rows / took


def _copy(path: Path) -> float:
    from django.db import connection

    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))[1:]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_plain (a text, b text, c text, d text, e text, f text)")
        began = time.perf_counter()
        with cursor.copy("COPY bench_plain FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return len(rows) / (time.perf_counter() - began)


def _import_nyc() -> dict[str, Any]:
    """Take in the real file and compare every count with a plain group-by."""
    import yaml

    from anlan.cases.actions import load_catalogue
    from anlan.kernel import clock
    from anlan.kernel.actor import SYSTEM
    from anlan.places.actions import load_jurisdiction
    from anlan.rollup.queries import list_month
    from anlan.triage.actions import train_from_catalogue

    load_jurisdiction(folder=NYC)
    load_catalogue(jurisdiction="NYC", folder=NYC, at_date=clock.now().date())
    train_from_catalogue(actor=SYSTEM, jurisdiction="NYC", at=clock.now())
    mapping = yaml.safe_load((NYC / "mapping.yaml").read_text(encoding="utf-8"))
    matters = mapping["fields"]["matter"]["values"]
    with gzip.open(WHOLE_FILE, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rate = _import(WHOLE_FILE, NYC / "mapping.yaml", len(rows))
    wanted: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        what = (row["account"], matters[row["complaint_type"]])
        wanted["opened", row["opendate"][:7], *what] += 1
        if row["closedate"] not in ("", "NA"):
            wanted["closed", row["closedate"][:7], *what] += 1
    found: Counter[tuple[str, ...]] = Counter()
    for month in sorted({key[1] for key in wanted}):
        for figures in list_month(place_code="NYC", month=month):
            what = (figures.place_code, figures.matter_code)
            found["opened", month, *what] += figures.opened
            found["closed", month, *what] += figures.closed
    if +found != wanted:
        raise AssertionError("the figures differ from a plain group-by of the file")
    return {"nyc_per_second": round(rate), "nyc_rows": len(rows), "nyc_counts_equal": len(wanted)}

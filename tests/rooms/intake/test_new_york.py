"""The slice of New York's requests: every figure equals a plain group-by of the file."""

from __future__ import annotations

import csv
import gzip
from collections import Counter

import pytest
import yaml

from anlan.cases.actions import load_catalogue
from anlan.cases.models import Case
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.places.actions import load_jurisdiction
from anlan.rollup import queries as figures
from anlan.rollup.actions import fold_deltas
from anlan.triage.actions import import_signals
from tests.house.floors import PROJECT
from tests.make import NOW, World, forget_memory

# A file is imported by the command line, as the owner: COPY is refused under row-level security.
pytestmark = pytest.mark.usefixtures("as_owner")

FOLDER = PROJECT / "examples" / "nyc"


def test_ten_thousand_requests_are_counted_exactly(lasting_world: World) -> None:
    load_jurisdiction(folder=FOLDER)
    load_catalogue(jurisdiction="NYC", folder=FOLDER, at_date=NOW.date())
    forget_memory()
    file = FOLDER / "nyc_council_slice.csv.gz"
    mapping = FOLDER / "mapping.yaml"
    done = import_signals(actor=SYSTEM, path=file, mapping_path=mapping, at=NOW)

    matters = yaml.safe_load(mapping.read_text(encoding="utf-8"))["fields"]["matter"]["values"]
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert (done.taken, done.rejected) == (len(rows), 0)
    assert len(rows) >= 10_000
    opened, closed = Counter(), Counter()
    for row in rows:
        what = (row["account"], matters[row["complaint_type"]])
        opened[*what, row["opendate"][:7]] += 1
        if row["closedate"]:
            closed[*what, row["closedate"][:7]] += 1

    assert fold_deltas() > 0
    told_opened, told_closed = Counter(), Counter()
    [(county,)] = {(c.place_path.split(".")[0],) for c in Case.objects.only("place_path")}
    for month in sorted({key[2] for key in [*opened, *closed]}):
        rows_told = figures.list_month(place_code=county, month=month)
        for told in rows_told:
            told_opened[told.place_code, told.matter_code, month] += told.opened
            told_closed[told.place_code, told.matter_code, month] += told.closed
    assert +told_opened == opened
    assert +told_closed == closed
    entries = LedgerEntry.objects.filter(what="case.imported")
    assert entries.count() == entries.values("about_id").distinct().count() == len(rows)

"""The packs of all places with reports for a month (1 + 11 + 90 + 1,387): page, PDF and spreadsheet each, on two processes.

Values are synthetic: sixteen months of every indicator for every place, drawn in the database. Measured is what `anlan report two --below`
does: reading, comparing with peers, three files a place on the disk. Ratio: seconds ÷ the 300 that are allowed; processor seconds beside it, because wall time on
a busy machine says little.
"""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path
from typing import Any

from bench.world import instance

MONTH, ALLOWED_SECONDS, PROCESSES = "2026-10", 300, 2

VALUES = """
INSERT INTO indicators_value (indicator_id, place_id, month_date, numerator, denominator, value, is_returned)
SELECT one.id, place.id, month::date, count, base, CASE WHEN one.formula ->> 'count' <> '' THEN count / base * 100 ELSE 50 + 50 * random() END, true
FROM indicators_indicator one
CROSS JOIN (SELECT id FROM places_place WHERE nlevel(path) <= 4) AS place
CROSS JOIN generate_series(%(last)s::date - interval '16 months', %(last)s::date, interval '1 month') AS month
CROSS JOIN LATERAL (SELECT floor(random() * 40 + 0 * one.id * place.id) AS count, floor(60 + random() * 400) AS base) AS drawn
WHERE one.code NOT IN ('POPULATION', 'ENTERPRISES')
"""
PEOPLE = """
INSERT INTO indicators_value (indicator_id, place_id, month_date, value, is_returned)
SELECT one.id, place.id, %(last)s::date - interval '16 months', 20000 + floor(random() * 900000), true
FROM indicators_indicator one CROSS JOIN (SELECT id FROM places_place WHERE nlevel(path) <= 4) AS place
WHERE one.code = 'POPULATION'
"""


def run() -> dict[str, Any]:
    """Write every pack; seconds are wall time on the machine at hand."""
    with instance():
        from django.db import connection

        from anlan.cases import actions as cases
        from anlan.cli.packs import write_below
        from anlan.demo.world import FOLDER, JURISDICTION
        from anlan.indicators.actions import load_register
        from anlan.kernel import clock
        from anlan.places import actions as places

        at = clock.now()
        places.load_jurisdiction(folder=FOLDER)
        cases.load_catalogue(jurisdiction=JURISDICTION, folder=FOLDER, at_date=at.date())
        load_register(jurisdiction=JURISDICTION, folder=FOLDER, at=at)
        with connection.cursor() as cursor:
            for statement in (PEOPLE, VALUES):
                cursor.execute(statement, {"last": f"{MONTH}-01"})
            cursor.execute("ANALYZE")
        with tempfile.TemporaryDirectory() as folder:
            before = _cpu_seconds()
            packs, seconds = write_below("33", MONTH, Path(folder), "zh", PROCESSES)
            cpu_seconds = _cpu_seconds() - before
            files = list(Path(folder).iterdir())
            megabytes = sum(file.stat().st_size for file in files) / 1e6
        if len(files) != 3 * packs:
            raise AssertionError(f"{packs} packs, {len(files)} files")
    return {
        "bench": "packs",
        "ratio": round(seconds / ALLOWED_SECONDS, 3),
        "packs": packs,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "cpu_seconds_a_processor": round(cpu_seconds / PROCESSES, 1),
        "allowed_seconds": ALLOWED_SECONDS,
        "processes": PROCESSES,
        "megabytes": round(megabytes, 1),
        "data": "synthetic",
    }


def _cpu_seconds() -> float:
    """Processor time of this process and of those it has waited for: what a busy machine does not change much."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (
            resource.getrusage(resource.RUSAGE_SELF),
            resource.getrusage(resource.RUSAGE_CHILDREN),
        )
    )

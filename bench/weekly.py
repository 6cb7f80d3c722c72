"""The nightly review of the weekly watch over a whole province: 1,387 towns and all above them × every matter, 2.2 years of daily figures.

Figures are synthetic, drawn in the database as a roll-up would have left them: so many cases a day over all villages, few matters frequent and
many rare, towns of unequal size, fewer at weekends. Measured is `review_week` as the worker runs it, in a process of its own, with the
memory it takes. Ratio: seconds ÷ the 300 that a job of the night may take. What cases tell of late reports is read from no case here.

ANLAN_BENCH_CASES_A_DAY sets how many (4,000; a province has 33,000).
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from datetime import UTC, datetime
from typing import Any

import psutil

from bench.world import instance

A_DAY = int(os.environ.get("ANLAN_BENCH_CASES_A_DAY", "4000"))
DAYS = 805
AT = datetime(2026, 10, 19, 21, 40, tzinfo=UTC)
"""A Tuesday morning in Zhejiang: the week before is over."""
ALLOWED_SECONDS = 300

FIGURES = """
INSERT INTO rollup_daily (place_id, matter_id, date, opened)
SELECT place.id, matter.id, day, count(*)
FROM generate_series(%(first)s::int, %(last)s::int) AS back
CROSS JOIN LATERAL (SELECT %(until)s::date - back AS day) AS one
CROSS JOIN LATERAL generate_series(1, CASE WHEN extract(isodow FROM day) > 5 THEN %(a_day)s::int / 2 ELSE %(a_day)s::int END) AS number
CROSS JOIN LATERAL (SELECT 1 + floor(power(random(), 2) * %(places)s::int + 0 * number)::int AS place_number, 1 + floor(power(random(), 3) * %(matters)s::int + 0 * number)::int AS matter_number) AS drawn
JOIN bench_place place ON place.number = place_number
JOIN bench_matter matter ON matter.number = matter_number
GROUP BY 1, 2, 3
"""
NUMBERED = (
    "CREATE TEMP TABLE bench_place AS SELECT row_number() OVER (ORDER BY md5(code)) AS number, id FROM places_place WHERE level = 'VILLAGE'",
    "CREATE TEMP TABLE bench_matter AS SELECT row_number() OVER (ORDER BY md5(code)) AS number, id FROM cases_matter",
    "CREATE UNIQUE INDEX ON bench_place (number)",
    "CREATE UNIQUE INDEX ON bench_matter (number)",
    "ANALYZE bench_place, bench_matter",
)


def run() -> dict[str, Any]:
    """Draw the figures, review the newest week, and the same night again."""
    with instance():
        from anlan.cases import actions as cases
        from anlan.demo.world import FOLDER, JURISDICTION
        from anlan.places import actions as places

        places.load_jurisdiction(folder=FOLDER)
        cases.load_catalogue(jurisdiction=JURISDICTION, folder=FOLDER, at_date=AT.date())
        began = time.perf_counter()
        rows = _draw()
        drawn = time.perf_counter() - began
        first, again = _review(), _review()
    return {
        "bench": "weekly",
        "ratio": round(first["seconds"] / ALLOWED_SECONDS, 3),
        "allowed_seconds": ALLOWED_SECONDS,
        "first": first,
        "again": again,
        "daily_figures": rows,
        "days": DAYS,
        "cases_a_day": A_DAY,
        "drawn_in_seconds": round(drawn),
        "load": [round(one, 1) for one in os.getloadavg()],
        "data": "synthetic",
    }


def _draw() -> int:
    """Draw the daily figures without the triggers that keep months; give how many rows."""
    from django.db import connection

    rows = 0
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute("ALTER TABLE rollup_daily DISABLE TRIGGER USER")
        for statement in NUMBERED:
            cursor.execute(statement)
        cursor.execute(
            "SELECT (SELECT count(*) FROM bench_place), (SELECT count(*) FROM bench_matter)"
        )
        places, matters = cursor.fetchone()
        for first in range(0, DAYS, 35):
            cursor.execute(
                FIGURES,
                {
                    "first": first, "last": min(first + 34, DAYS - 1), "until": AT.date(), "a_day": A_DAY, "places": places,
                    "matters": matters,
                },
            )  # fmt: skip
            rows += cursor.rowcount
        cursor.execute("ALTER TABLE rollup_daily ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE rollup_daily")
        cursor.execute("RESET ROLE")
    connection.close()
    connection.close_pool()
    return rows


def _review() -> dict[str, Any]:
    context = multiprocessing.get_context("fork")
    told, tell = context.Pipe(duplex=False)
    worker = context.Process(target=_review_alone, args=(tell,))
    worker.start()
    said: dict[str, Any] = told.recv()
    worker.join()
    return said


def _review_alone(tell: Any) -> None:
    """Review in this process; tell what it took. Memory is what it grew by."""
    from django.db import connection

    from anlan.situation.actions import review_week
    from anlan.situation.models import Review

    before = psutil.Process().memory_info().rss
    wall, cpu = time.perf_counter(), time.process_time()
    found = review_week(at=AT)
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    review = Review.objects.get()
    tell.send(
        {
            "seconds": round(seconds, 1),
            "processor_seconds_here": round(cpu, 1),
            "grew_by_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before / 2**20),
            "series": review.series_count,
            "findings": found,
        }
    )  # fmt: skip
    connection.close()
    connection.close_pool()

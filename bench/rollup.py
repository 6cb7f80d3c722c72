"""What the incremental roll-up costs, that it counts exactly once, and how long a province's month takes from it.

1. Cases are inserted by hundreds, each hundred committed, in turns with the roll-up's trigger and without; then all deltas are folded. The ratio is rows a second
   with all of it ÷ rows a second of the plain insert.
2. Two processes fold at once while a third ends their connections at random; then the figures must equal a recount, and the months the daily figures.
3. Forty matters in each of Zhejiang's 25,547 villages: a million daily figures of one month. Measured is `count_month` for all 1,489 places with reports and all
   counted indicators, when nothing is there and when nothing has changed. Cases and figures are synthetic.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import random
import time
from collections.abc import Callable
from typing import Any

import psutil

from bench.packs import PEOPLE
from bench.world import instance, load_county

BATCH, BATCHES, TURNS = 100, 40, 6
FOLD = 500
MONTH = "2026-09"

TEMPLATE = (
    "CREATE TABLE bench_template AS SELECT row_number() OVER () AS bench_n, * FROM cases_case"
)
UNITS = """
INSERT INTO places_unit (place_id, department, name, name_en)
SELECT id, 'DESK', name, name_en FROM places_place WHERE level = 'TOWN' ON CONFLICT DO NOTHING
"""
FIGURES = """
INSERT INTO rollup_daily (place_id, matter_id, date, opened, closed, closed_late, close_minutes, satisfied, unsatisfied)
SELECT place.id, matter.id, '2026-09-01'::date + (place.id % 30)::int, 1 + place.id % 3, 2, place.id % 2, 600, 1, 0
FROM (SELECT id FROM places_place WHERE level = 'VILLAGE') AS place
JOIN cases_matter AS matter ON (matter.id + place.id) % 6 = 0
ON CONFLICT DO NOTHING
"""
UNEQUAL = """
SELECT count(*) FROM (
    SELECT date_trunc('month', date)::date, matter_id, sum(opened), sum(closed), sum(satisfied), sum(close_minutes)
    FROM rollup_daily GROUP BY 1, 2
    EXCEPT
    SELECT month_date, matter_id, sum(opened), sum(closed), sum(satisfied), sum(close_minutes)
    FROM rollup_monthly GROUP BY 1, 2
) AS differs
"""


def run() -> dict[str, Any]:
    """Measure all three; raise when a figure differs from its recount."""
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # connections end on purpose
    with instance():
        from bench.cases import copy_cases

        load_county()
        copy_cases(BATCH * BATCHES)
        inserted = _insert_in_turns()
        folded, fold_seconds = _timed(_fold_all)
        with_rows, plain_rows = inserted
        whole = with_rows[0] / (with_rows[1] + fold_seconds * with_rows[0] / folded)
        plain = plain_rows[0] / plain_rows[1]
        kills = _fold_and_be_killed()
        months = _check_equal()
        month = _count_month()
    return {
        "bench": "rollup",
        "ratio": round(whole / plain, 3),
        "rows_a_second": round(whole),
        "plain_rows_a_second": round(plain),
        "insert_with_deltas_a_second": round(with_rows[0] / with_rows[1]),
        "folded_a_second": round(folded / fold_seconds),
        "exactly_once": {"connections_ended": kills, "months_equal_to_a_recount": months},
        "count_month": month,
        "data": "synthetic",
    }


def _timed(work: Callable[[], int]) -> tuple[int, float]:
    began = time.perf_counter()
    done = work()
    return done, time.perf_counter() - began


def _insert_in_turns() -> tuple[tuple[int, float], tuple[int, float]]:
    """Insert with the trigger and without; give rows and seconds of each."""
    from django.db import connection

    took: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute(TEMPLATE)
        cursor.execute("CREATE INDEX ON bench_template (bench_n)")
        cursor.execute("SELECT * FROM cases_case LIMIT 0")
        columns = [column.name for column in cursor.description]
        drawn = {"id": "gen_random_uuid()", "code": "upper(left(md5(random()::text), 10))"}
        statement = (
            f"INSERT INTO cases_case ({', '.join(columns)})"
            f" SELECT {', '.join(drawn.get(name, name) for name in columns)}"
            " FROM bench_template WHERE bench_n > %s AND bench_n <= %s"
        )
        for turn in range(TURNS + 1):
            for way in ("ENABLE", "DISABLE") if turn % 2 else ("DISABLE", "ENABLE"):
                cursor.execute(f"ALTER TABLE cases_case {way} TRIGGER rollup_cases_insert")
                began = time.perf_counter()
                for number in range(BATCHES):
                    cursor.execute(statement, [number * BATCH, (number + 1) * BATCH])
                if turn:
                    took[way].append(time.perf_counter() - began)
        cursor.execute("ALTER TABLE cases_case ENABLE TRIGGER rollup_cases_insert")
        # What came without a delta is taken away again, so that the figures can be compared with a recount.
        cursor.execute("TRUNCATE rollup_daily, rollup_delta, rollup_monthly, rollup_weekly")
        cursor.execute(
            "INSERT INTO rollup_delta (place_id, matter_id, date, opened) SELECT place_id, matter_id, opened_date, 1 FROM cases_case"
        )
    rows = BATCH * BATCHES * TURNS
    return (rows, sum(took["ENABLE"])), (rows, sum(took["DISABLE"]))


def _fold_all() -> int:
    """Fold half of what waits, as the job does; the rest is for those that are killed."""
    from anlan.rollup.actions import BATCH as AT_ONCE
    from anlan.rollup.actions import fold_deltas
    from anlan.rollup.models import Delta

    half = Delta.objects.count() // 2
    done = 0
    while done < half:
        done += fold_deltas(limit=min(AT_ONCE, half - done))
    return done


def _fold_and_be_killed() -> int:
    """Two fold at once, their connections ended at random, until nothing waits; give how many were ended."""
    from django.db import connection

    from anlan.rollup.models import Delta

    chance = random.Random(7)
    workers = [multiprocessing.get_context("fork").Process(target=_fold_on) for _ in range(2)]
    connection.close()
    connection.close_pool()
    for worker in workers:
        worker.start()
    kills = 0
    while Delta.objects.exists():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND query LIKE '%%rollup_delta%%' AND state <> 'idle' AND random() < 0.5"
            )
            kills += cursor.fetchone()[0]
        time.sleep(chance.uniform(0.02, 0.3))
    for worker in workers:
        worker.join(60)
    return kills


def _fold_on() -> None:
    from django.db import Error, connection

    from anlan.rollup.actions import fold_deltas

    chance = random.Random()
    while True:
        with contextlib.suppress(Error):
            if not fold_deltas(limit=chance.randint(1, FOLD)):
                return
            continue
        connection.close()


def _check_equal() -> int:
    """Compare every month with a recount; give how many there are."""
    from django.db import connection

    from anlan.demo.world import COUNTY
    from anlan.rollup import queries
    from anlan.rollup.models import Daily

    months = sorted({f"{day:%Y-%m}" for day in Daily.objects.values_list("date", flat=True)})
    for month in months:
        told = [
            (row.place_code, row.matter_code, row.opened, row.closed, row.reopened, row.satisfied, row.unsatisfied)
            for row in queries.list_month(place_code=COUNTY, month=month)
        ]  # fmt: skip
        if told != queries.recount_month(place_code=COUNTY, month=month) or not told:
            raise AssertionError(f"{month}: the figures differ from a recount")
    with connection.cursor() as cursor:
        cursor.execute(UNEQUAL)
        if cursor.fetchone()[0]:
            raise AssertionError("the months kept differ from the daily figures")
    return len(months)


def _count_month() -> dict[str, Any]:
    """Count one month twice; seconds are wall time, processor seconds those of the database's process."""
    from django.db import connection

    from anlan.demo.world import FOLDER, JURISDICTION
    from anlan.indicators.actions import count_month, load_register
    from anlan.kernel import clock

    load_register(jurisdiction=JURISDICTION, folder=FOLDER, at=clock.now())
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"last": f"{MONTH}-01"})
        for statement in (UNITS, FIGURES):
            cursor.execute(statement)
        figures = cursor.rowcount
        cursor.execute("ANALYZE")
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])

    def count() -> tuple[int, float, float]:
        before = server.cpu_times()
        values, seconds = _timed(lambda: count_month(jurisdiction=JURISDICTION, month=MONTH))
        after = server.cpu_times()
        return values, seconds, after.user + after.system - before.user - before.system

    values, first, first_cpu = count()
    changed, again, again_cpu = count()
    if not values or changed:
        raise AssertionError(f"{values} values, then {changed}")
    return {
        "first_seconds": round(first, 2),
        "first_processor_seconds": round(first_cpu, 2),
        "again_seconds": round(again, 2),
        "again_processor_seconds": round(again_cpu, 2),
        "allowed_seconds": 1,
        "values": values,
        "daily_figures": figures,
    }

"""The province's month from 50 million facts in Parquet: the Ibis expression ÷ SQL written by hand for DuckDB, and ÷ the same SQL over PostgreSQL's rows.

1,489 places × 16 indicators: value, change on the month and the year before, rank among peers, thirteen months, all of which are read. Expression and hand-written SQL take turns,
results compared; the expression's seconds include building and compiling it. Beside wall time stands processor time of all threads and processes, which other work on the machine changes little. PostgreSQL holds a tenth of the facts (`POSTGRES_FACTS`), as one table with an index by month and parallel plans allowed,
and is measured against the expression over the same tenth. `BENCH_FACTS=13000000` takes fewer. Facts are synthetic (bench/facts.py).
"""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from bench.facts import MONTHS, SMALL, read_rows, write_facts
from bench.world import instance

Seconds = tuple[float, float]
FACTS, POSTGRES_FACTS, TURNS = 50_000_000, 5_000_000, 3
SQL = Path(__file__).resolve().parent / "sql" / "report.sql"
KINDS = {"VARCHAR": "text", "BIGINT": "bigint", "INTEGER": "integer", "DOUBLE": "float8", "BOOLEAN": "boolean", "DATE": "date"}  # fmt: skip


def run() -> dict[str, Any]:
    """Measure on this machine; raise when results differ."""
    count = int(os.environ.get("BENCH_FACTS", FACTS))
    with tempfile.TemporaryDirectory(prefix="anlan-bench-", dir="/var/tmp") as name:
        folder, tenth = Path(name) / "all", Path(name) / "tenth"
        write_facts(folder, count)
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        expressed, by_hand = _in_turns(folder)
        rows = min(POSTGRES_FACTS, count)
        write_facts(tenth, rows)
        small, _ = _in_turns(tenth)
        postgres = _in_postgres(tenth)
    return {
        "bench": "report",
        "ratio": round(expressed[0] / by_hand[0], 2),
        "processor_ratio": round(expressed[1] / by_hand[1], 2),
        "seconds": round(expressed[0], 2),
        "processor_seconds": round(expressed[1], 2),
        "by_hand_seconds": round(by_hand[0], 2),
        "by_hand_processor_seconds": round(by_hand[1], 2),
        "facts": count,
        "megabytes": round(size / 1e6),
        "postgres": {
            "facts": rows,
            "seconds": round(postgres[0], 1),
            "processor_seconds": round(postgres[1], 1),
            "expression_seconds": round(small[0], 2),
            "expression_processor_seconds": round(small[1], 2),
            "times_faster": round(postgres[0] / small[0], 1),
            "processor_times_faster": round(postgres[1] / small[1], 1),
            "times_faster_a_fact_at_full_size": round(
                postgres[0] / rows / (expressed[0] / count), 1
            ),
            "processor_times_faster_a_fact_at_full_size": round(
                postgres[1] / rows / (expressed[1] / count), 1
            ),
        },
        "data": "synthetic",
    }


def _in_turns(folder: Path) -> tuple[Seconds, Seconds]:
    """Run the expression and the SQL by hand in turns; give the median seconds of each: wall, processor."""
    import ibis

    from anlan.indicators.analysis.engines import read_tables
    from anlan.indicators.analysis.expressions import express_month

    backend = ibis.duckdb.connect()
    backend.raw_sql("SET enable_progress_bar = false")
    tables = read_tables(backend, folder, "duckdb")
    rows = read_rows(folder)
    query = write_sql()

    def express() -> Any:
        found = backend.to_pyarrow(express_month(tables, months=MONTHS))
        return found.sort_by([("indicator", "ascending"), ("place", "ascending")])

    def write() -> Any:
        return rows.sql(query).to_arrow_table()

    took: dict[str, list[Seconds]] = {"express": [], "write": []}
    results = {}
    own = psutil.Process()
    for turn in range(TURNS + 1):
        for way in (express, write) if turn % 2 else (write, express):
            seconds, results[way.__name__] = _timed(way, own)
            if turn:
                took[way.__name__].append(seconds)
    _compare(*([tuple(row.values()) for row in found.to_pylist()] for found in results.values()))
    rows.close()
    backend.disconnect()
    return _median(took["express"]), _median(took["write"])


def _median(all_: list[Seconds]) -> Seconds:
    return median(one for one, _ in all_), median(one for _, one in all_)


def _timed(work: Callable[[], Any], process: psutil.Process) -> tuple[Seconds, Any]:
    """Do it; give its seconds, those of the processor spent by a process and those it started, and what was found."""
    before, began = _processor_seconds(process), time.perf_counter()
    found = work()
    seconds = time.perf_counter() - began
    return (seconds, _processor_seconds(process) - before), found


def _processor_seconds(process: psutil.Process) -> float:
    """Of a process, of those it started that have ended, and of those that live."""
    ended = process.cpu_times()
    total = ended.user + ended.system + ended.children_user + ended.children_system
    for child in process.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            spent = child.cpu_times()
            total += spent.user + spent.system
    return float(total)


def _compare(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> None:
    def same(a: Any, b: Any) -> bool:
        if isinstance(a, (list, tuple)):
            return len(a) == len(b) and all(map(same, a, b))
        if isinstance(a, float) and b is not None:
            return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
        return bool(a == b)

    places = (1 + 11 + 90 + 1_387) * 16
    if len(one) != places or len(other) != places:
        raise AssertionError(f"{len(one)} and {len(other)} rows, not {places}")
    for a, b in zip(one, other, strict=True):
        if not same(a, b):
            raise AssertionError(f"{a} is not {b}")


def write_sql() -> str:
    """Write the SQL by hand; amounts are added as doubles, which is quickest in both databases."""
    from anlan.indicators.analysis.expressions import MEASURES

    quoted = [f"'{month}'" for month in MONTHS]
    text = "\n".join(
        line for line in SQL.read_text(encoding="utf-8").splitlines() if not line.startswith("--")
    )
    return text.format(
        months=", ".join(quoted),
        m12=quoted[-1],
        sums=", ".join(f"sum(facts.{m}::float8) AS {m}" for m in MEASURES),
        shares=", ".join(f"sum(summed.{m} * coalesce(share, 1.0)) AS {m}" for m in MEASURES),
        series=", ".join(
            f"max(value) FILTER (WHERE month = {month}) AS m{n}" for n, month in enumerate(quoted)
        ),
    )


def _in_postgres(folder: Path) -> Seconds:
    """Copy a folder's rows into the bundled PostgreSQL and ask it the same; give the better of two runs' seconds: wall, processor."""
    with instance():
        from django.db import connection

        rows = read_rows(folder)
        with connection.cursor() as cursor:
            for table in ("facts", *SMALL):
                columns = [
                    (c[0], KINDS[c[1]]) for c in rows.execute(f"DESCRIBE {table}").fetchall()
                ]
                shape = ", ".join(f"{name} {kind}" for name, kind in columns)
                cursor.execute(f"CREATE TABLE {table} ({shape})")
                file = folder / f"{table}.csv"
                rows.execute(f"COPY {table} TO '{file}' (FORMAT csv, HEADER false)")
                with (
                    cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy,
                    file.open("rb") as read,
                ):
                    while chunk := read.read(1 << 20):
                        copy.write(chunk)
                file.unlink()
            cursor.execute("CREATE INDEX ON facts (month)")
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("SELECT pg_backend_pid()")
            server = psutil.Process(cursor.fetchone()[0]).parent()
            assert server is not None
            query = write_sql()
            seconds = []

            def ask() -> list[tuple[Any, ...]]:
                cursor.execute(query)
                return list(cursor.fetchall())

            for _ in range(2):
                spent, found = _timed(ask, server)
                seconds.append(spent)
        _compare(found, [tuple(row) for row in rows.execute(write_sql()).fetchall()])
        rows.close()
    return min(seconds)

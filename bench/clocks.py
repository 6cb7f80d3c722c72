"""A sweep of 100,000 open clocks: when none has turned, and when all turn in the same minute.

50,000 cases are synthetic and open, each with its solution and its update clock, all from one instant, so that their due times fall together: the worst
minute there can be. Sweeping means finding the clocks, a ledger entry for each and the jobs that tell
of them. Ratio: the worst sweep against one plain statement that copies a line of as many rows.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from bench import world
from bench.cases import copy_cases

CASES = 50_000


def run() -> dict[str, Any]:
    """Measure in one run on one database."""
    with world.instance():
        world.load_county()
        copy_cases(CASES)
        from django.db import connection

        from anlan.cases.models import Case

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE cases_case")
        first = Case.objects.order_by("amber_at").values_list("amber_at", flat=True)[0]
        last = Case.objects.order_by("-due_at").values_list("due_at", flat=True)[0]
        _, quiet_s = _sweep(first - timedelta(minutes=1))
        _, again_s = _sweep(first - timedelta(seconds=1))
        turned, all_s = _sweep(last)
        if turned < 1.9 * CASES:
            raise AssertionError(f"only {turned} clocks of {CASES} cases told of")
        bare_s = _copy_lines()
        return {
            "bench": "clocks",
            "ratio": round(all_s / bare_s, 2),
            "quiet_s": round(max(quiet_s, again_s), 3),
            "all_turn_s": round(all_s, 2),
            "turned": turned,
            "bare_s": round(bare_s, 2),
            "open_cases": CASES,
            "data": "synthetic",
        }


def _sweep(at: Any) -> tuple[int, float]:
    from anlan.cases.actions import tell_turned_clocks

    began = time.perf_counter()
    turned = tell_turned_clocks(at=at)
    return turned, time.perf_counter() - began


def _copy_lines() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_line (id bigserial PRIMARY KEY, about text, line text)")
        began = time.perf_counter()
        cursor.execute(
            "INSERT INTO bench_line (about, line) SELECT id::text, "
            "jsonb_build_object('id', id, 'code', code, 'at', due_at, 'unit', unit_id)::text "
            "FROM cases_case"
        )
        return time.perf_counter() - began

"""Pages that leaders open read what they show, not whole tables: plans under row-level security, with enough rows.

Twenty thousand cases of two years; the server chooses freely. A plan that is kept must do as well as one made for
the values at hand: connections keep plans, and a kept one knows no values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from psycopg import sql as composing

from anlan.boards.rules import PAST_WEEKS
from anlan.cases.models import Case
from anlan.kernel import scope, sql
from anlan.places.queries import get_gazetteer
from anlan.rollup.actions import fold_deltas
from anlan.triage.models import Decision
from tests.make import COUNTY, GRID, NOW, OTHER_GRID, VILLAGE, World
from tests.worlds.fixtures import *  # noqa: F403

CASES = 20_000
BIG = ("cases_case", "triage_decision", "triage_rulecount", "rollup_daily")
TODAY = NOW.date()
Explain = Callable[[str, str, dict[str, Any]], list[str]]

FILL = """
WITH drawn AS (
    SELECT n, gen_random_uuid() AS case_id, gen_random_uuid() AS signal_id,
        %(now)s::timestamptz - n %% 730 * interval '1 day' AS at, CASE WHEN n %% 2 = 0 THEN %(spot)s ELSE %(other)s END AS place_id
    FROM generate_series(1, %(cases)s) AS n
), cases AS (
    INSERT INTO cases_case ({columns})
    SELECT {drawn} FROM drawn JOIN places_place AS place ON place.id = drawn.place_id, cases_case AS like_it
    WHERE like_it.id = %(like)s
), decisions AS (
    INSERT INTO triage_decision (signal_id, case_id, matter_id, unit_id, confidence, needs_person, reason, decided_at)
    SELECT drawn.signal_id, drawn.case_id, matter_id, unit_id, confidence, needs_person, reason, at
    FROM drawn, triage_decision WHERE triage_decision.case_id = %(like)s
)
INSERT INTO triage_rulecount (rule_id, place_id, date, decided, failed)
SELECT 1 + n %% 9, place_id, at::date, 1, 0 FROM drawn
"""
DRAWN = {
    "id": "case_id", "code": "upper(left(md5(n::text), 10))", "place_id": "drawn.place_id", "place_path": "place.path",
    "opened_at": "at", "opened_date": "at::date", "accepted_at": "at", "closed_at": "CASE WHEN n > 500 THEN at END",
    "closed_date": "CASE WHEN n > 500 THEN at::date END", "due_at": "CASE WHEN n <= 500 THEN at END",
}  # fmt: skip


@pytest.fixture
def explain(world: World) -> Explain:
    """Give how the server would run a room's statement, made for these values and kept."""
    like = Case.objects.get(pk=world.take().case_id)
    assert Decision.objects.filter(case=like).exists()
    columns = [field.column for field in Case._meta.concrete_fields]
    drawn = [
        DRAWN.get(name, f"like_it.{name}")
        for name in columns
    ]  # fmt: skip
    given = {
        "now": NOW, "cases": CASES, "like": like.pk,
        "spot": world.place_id(GRID), "other": world.place_id(OTHER_GRID),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(columns=", ".join(columns), drawn=", ".join(drawn)), given)
        fold_deltas()
        cursor.execute("RESET ROLE")
        cursor.execute(f"ANALYZE {', '.join(BIG)}, places_place")
        cursor.execute("SET ROLE anlan_app")

    def ask(room: str, name: str, values: dict[str, Any]) -> list[str]:
        text = sql.load(room, name)
        for number, key in enumerate(values, start=1):
            text = text.replace(f"%({key})s", f"${number}")
        literals = composing.SQL(", ").join(composing.Literal(value) for value in values.values())
        plans = []
        with connection.cursor() as cursor:
            cursor.execute(f"PREPARE asked AS {text}")
            for way in ("force_custom_plan", "force_generic_plan"):
                cursor.execute(f"SET LOCAL plan_cache_mode = {way}")
                asked = composing.SQL("EXPLAIN EXECUTE asked({})").format(literals)
                cursor.execute(asked.as_string(connection.connection))
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
            cursor.execute("DEALLOCATE asked")
        return plans

    return ask


def test_boards_rules_and_papers_read_no_whole_table(world: World, explain: Explain) -> None:
    path = get_gazetteer().place_by_code(COUNTY).path
    place = {"path": path, "path_end": path + "0"}
    inner = get_gazetteer().place_by_code(VILLAGE).path
    village = {"path": inner, "path_end": inner + "0"}
    below = place | {"depth": path.count(".") + 2}
    starts = [NOW - timedelta(weeks=week, hours=2) for week in range(PAST_WEEKS + 1)]
    year = {"first_date": TODAY - timedelta(weeks=52), "until_date": TODAY}
    since_date = TODAY - timedelta(days=30)
    months = {"firsts": [since_date.replace(day=1)], "untils": [TODAY.replace(day=1)]}
    asked = [
        ("anlan.boards", "hours", below | {"starts": starts, "until": NOW}, "cases_case_opened"),
        ("anlan.boards", "lights", below | {"at": NOW}, "cases_case_(open|clock)"),
        ("anlan.boards", "days", below | {"today": TODAY}, "rollup_daily_date"),
        ("anlan.triage", "rule_counts", {"paths": [path], "since_date": since_date}, "triage_rulecount_date"),
        ("anlan.rollup", "weeks_of", place | {"is_kept": True} | year, "rollup_weekly"),
        ("anlan.rollup", "weeks_of", village | {"is_kept": False} | year, "rollup_daily_(once|date)"),
        ("anlan.rollup", "month_sums", place | {"is_kept": True} | months, "rollup_monthly"),
    ]  # fmt: skip
    with scope.acting(scope.EVERYTHING):
        for room, name, values, index in asked:
            for plan in explain(room, name, values):
                scans = [line for line in plan.splitlines() if "Seq Scan" in line]
                assert not [line for line in scans if any(big in line for big in BIG)], (
                    f"{room} {name}:\n{plan}"
                )
                assert re.search(index, plan), f"{room} {name}:\n{plan}"

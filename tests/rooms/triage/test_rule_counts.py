"""What the list of rules tells of each equals a plain count of the decisions, whatever happens to cases."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.rules import Given
from anlan.kernel import scope, sql
from anlan.kernel.actor import SYSTEM, Actor
from anlan.triage import actions
from anlan.triage.models import Decision, RoutingRule, RuleCount
from anlan.triage.queries import routing
from anlan.triage.queries.drafts import RuleDraft
from tests.make import COUNTY, GRID, IN_OTHER_GRID, JURISDICTION, NOW, OTHER_GRID, World

LAMP, FIRE = "村口路灯坏了三天，晚上看不清路", "楼道堆物堵住消防通道"
MAPPING = {
    "jurisdiction": JURISDICTION,
    "time_zone": "Asia/Shanghai",
    "fields": {
        "external_ref": {"column": "id"},
        "text": {"columns": ["text"]},
        "place": {"column": "place"},
        "opened_date": {"column": "opened", "format": "%Y-%m-%d"},
    },
}
SINCE = NOW.date() - timedelta(days=30)


@pytest.fixture
def rules(world: World) -> tuple[int, int]:
    return make_rules(world)


def make_rules(world: World) -> tuple[int, int]:
    """One rule that fails, and after it one that decides about the same reports."""
    centre = world.actor("centre")
    draft = RuleDraft(COUNTY, "PERSON", "夏季抢修期由指挥室统一派单", matters=("STREET_LAMP",))
    broken = replace(draft, target="UNIT", unit_id=world.unit_id(COUNTY, "DESK"))
    first = actions.save_rule(actor=centre, draft=broken, at=NOW)
    second = actions.save_rule(actor=centre, draft=draft, at=NOW)
    RoutingRule.objects.filter(pk=first.pk).update(unit_id=987654)
    routing.forget_rules()
    return first.pk, second.pk


def count_afresh(actor: Actor, since_date: date = SINCE) -> dict[int, routing.Record]:
    """Count in Python from the decisions of the cases that an actor sees."""
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    seen = Case.objects.visible_to(actor).filter(opened_date__gte=since_date)
    for decision in Decision.objects.filter(case_id__in=seen.values("id")):
        route = decision.reason["route"]
        if "rule" in route:
            counts[route["rule"]][0] += 1
        for rule_id, _problem in route.get("errors", ()):
            counts[rule_id][1] += 1
    return {rule_id: routing.Record(*counted) for rule_id, counted in counts.items()}


def check(world: World) -> dict[int, routing.Record]:
    for login in ("centre", "desk", "other_desk", "cadre"):
        actor = world.actor(login)
        told = routing.count_decisions(actor=actor, since_date=SINCE)
        assert told == count_afresh(actor), login
    return routing.count_decisions(actor=SYSTEM, since_date=SINCE)


def test_counts_equal_a_recount_whatever_happens(world: World, rules: tuple[int, int]) -> None:
    failing, deciding = rules
    taken = [world.take(LAMP), world.take(LAMP)]
    world.take(LAMP, lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
    world.take(FIRE)
    assert check(world) == {deciding: routing.Record(3, 0), failing: routing.Record(0, 3)}

    # A person corrects the place: the counts go to the other town's desk.
    centre = world.actor("centre")
    cases.move_case(
        actor=centre, case_id=taken[0].case_id, move="relocate", at=NOW,
        given=Given(place_code=OTHER_GRID, note="实际在邻镇"),
    )  # fmt: skip
    check(world)
    told = routing.count_decisions(actor=world.actor("other_desk"), since_date=SINCE)
    assert told[deciding] == routing.Record(2, 0)

    # The reason itself is written anew, a case and its decision are deleted.
    decision = Decision.objects.get(case_id=taken[1].case_id)
    decision.reason["route"] = {"by": "CLIMB", "department": "CONSTRUCTION"}
    decision.save(update_fields=["reason"])
    assert check(world) == {deciding: routing.Record(2, 0), failing: routing.Record(0, 2)}
    Decision.objects.filter(case_id=taken[0].case_id).delete()
    assert check(world) == {deciding: routing.Record(1, 0), failing: routing.Record(0, 1)}


@pytest.mark.usefixtures("as_owner")
def test_an_import_is_counted_on_the_days_when_its_cases_were_opened(
    lasting_world: World, tmp_path: Path
) -> None:
    failing, deciding = make_rules(lasting_world)
    mapping, file = tmp_path / "m.yaml", tmp_path / "f.csv"
    mapping.write_text(yaml.safe_dump(MAPPING), encoding="utf-8")
    days = ("2026-01-05", "2026-03-01", "2026-03-01", "2026-03-09")
    rows = [f"{number},路灯不亮,{GRID},{day}" for number, day in enumerate(days)]
    file.write_text("\n".join(["id,text,place,opened", *rows]) + "\n", encoding="utf-8")
    actions.import_signals(actor=SYSTEM, path=file, mapping_path=mapping, at=NOW)
    assert check(lasting_world) == {
        deciding: routing.Record(3, 0), failing: routing.Record(0, 3),
    }  # fmt: skip
    for since, count in ((date(2026, 1, 5), 4), (date(2026, 3, 2), 1), (date(2026, 3, 10), 0)):
        told = routing.count_decisions(actor=SYSTEM, since_date=since)
        assert told.get(deciding, routing.Record()).decided == count


def test_a_report_that_no_rule_decides_writes_no_count(world: World) -> None:
    taken = world.take(LAMP)
    cases.move_case(
        actor=world.actor("desk"), case_id=taken.case_id, move="accept", given=Given(), at=NOW
    )
    assert not RuleCount.objects.exists()


def test_the_list_reads_no_decision_and_no_case(world: World, rules: tuple[int, int]) -> None:
    world.take(LAMP)
    actor = world.actor("desk")
    with scope.acting(scope.of(actor)), CaptureQueriesContext(connection) as asked:
        assert routing.count_decisions(actor=actor, since_date=SINCE)
    (statement,) = [q["sql"] for q in asked if "rulecount" in q["sql"]]
    assert "triage_decision" not in statement
    assert "cases_case" not in statement
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows lie on one page
        cursor.execute(
            "EXPLAIN " + sql.load("anlan.triage", "rule_counts"),
            {"paths": ["33"], "since_date": SINCE},
        )
        assert "triage_rulecount_date" in "\n".join(line for (line,) in cursor.fetchall())

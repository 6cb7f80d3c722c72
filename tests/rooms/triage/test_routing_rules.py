"""Routing rules at work: what they send where, who may write them, what trying them out shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.cases import queries as cases
from anlan.cases.models import Case
from anlan.kernel.actor import SYSTEM
from anlan.ledger.queries import list_entries
from anlan.places.queries import get_gazetteer
from anlan.triage import actions, queries
from anlan.triage.models import RoutingRule
from anlan.triage.queries import routing
from anlan.triage.queries.drafts import (
    RuleChanged,
    RuleDraft,
    RuleIncomplete,
    RuleOutOfReach,
    RuleUnknown,
    build_row,
)
from tests.make import COUNTY, JURISDICTION, NOW, OTHER_TOWN, TOWN, VILLAGE, World

LAMP = "村口路灯坏了三天，晚上看不清路"


@pytest.fixture(autouse=True)
def forget() -> None:
    routing.forget_rules()


def to_desk(**changes: object) -> RuleDraft:
    draft = RuleDraft(TOWN, "PERSON", "夏季抢修期由指挥室统一派单", matters=("STREET_LAMP",))
    return replace(draft, **changes)  # type: ignore[arg-type]


def save(world: World, draft: RuleDraft, login: str = "desk", **more: object) -> RoutingRule:
    row = actions.save_rule(actor=world.actor(login), draft=draft, at=NOW, **more)  # type: ignore[arg-type]
    routing.forget_rules()
    return row


def test_a_rule_sends_and_the_decision_says_which_and_why(world: World) -> None:
    before = world.take(LAMP)
    unit_id = world.unit_id(TOWN, "MEDIATION")
    row = save(world, to_desk(target="UNIT", unit_id=unit_id))
    taken = world.take(LAMP)
    assert before.unit_id != unit_id == taken.unit_id
    decision = queries.find_decision(case_id=taken.case_id)
    assert decision is not None
    assert decision.reason["route"] == {
        "by": "RULE", "department": "MEDIATION", "rule": row.pk, "position": 1,
    }  # fmt: skip
    case = cases.access_case(actor=SYSTEM, case_id=taken.case_id)
    assert case.departments == ["MEDIATION"]
    # Elsewhere and for other matters nothing changes.
    assert world.take("楼道堆物堵住消防通道").unit_id != unit_id


def test_what_a_rule_leaves_to_a_person_waits_for_one(world: World) -> None:
    save(world, to_desk())
    taken = world.take(LAMP)
    assert taken.needs_person
    case = cases.access_case(actor=SYSTEM, case_id=taken.case_id)
    assert (case.unit_id, case.departments) == (case.desk_id, ["DESK"])


def test_a_rule_whose_unit_is_gone_fails_in_sight_and_the_report_is_taken(world: World) -> None:
    row = save(world, to_desk(target="UNIT", unit_id=world.unit_id(TOWN, "MEDIATION")))
    RoutingRule.objects.filter(pk=row.pk).update(unit_id=987654)
    routing.forget_rules()
    taken = world.take(LAMP)
    assert taken.needs_person
    decision = queries.find_decision(case_id=taken.case_id)
    assert decision is not None
    ((number, problem),) = decision.reason["route"]["errors"]
    assert (number, "gone" in problem) == (row.pk, True)
    since = NOW.date() - timedelta(days=1)
    counted = routing.count_decisions(actor=world.actor("centre"), since_date=since)
    assert counted == {row.pk: routing.Record(decided=0, failed=1)}
    assert routing.count_decisions(actor=world.actor("other_desk"), since_date=since) == {}


def test_each_change_is_in_the_ledger_with_before_and_after(world: World) -> None:
    row = save(world, to_desk())
    save(world, to_desk(levels=("URGENT",)), rule_id=row.pk, expected_at=NOW)
    actions.remove_rule(actor=world.actor("centre"), rule_id=row.pk, at=NOW)
    entries = list_entries(about_kind="routing_rule", about_id=str(row.pk))
    assert [e.what for e in entries] == [
        "routing.rule_saved", "routing.rule_saved", "routing.rule_removed",
    ]  # fmt: skip
    assert '"levels":["URGENT"]' in entries[1].body
    assert "夏季" not in "".join(e.body for e in entries)


@pytest.mark.parametrize(
    ("login", "draft"),
    [
        ("grid", to_desk()),
        ("builder", to_desk()),
        ("desk", to_desk(place_code=OTHER_TOWN)),
        ("desk", to_desk(place_code=COUNTY)),
        ("other_desk", to_desk()),
        ("principal", to_desk()),
    ],
)
def test_nobody_writes_rules_beyond_his_own_desk(
    world: World, login: str, draft: RuleDraft
) -> None:
    with pytest.raises(RuleOutOfReach):
        save(world, draft, login)
    assert not RoutingRule.objects.exists()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"matters": ("NONE",)}, "matter"),
        ({"classes": ("NONE",)}, "class"),
        ({"levels": ("NONE",)}, "level"),
        ({"channels": ("NONE",)}, "channel"),
        ({"target": "NONE"}, "target"),
        ({"days": "NONE"}, "days"),
        ({"words": ("火",)}, "words"),
        ({"words": ("灯\0下",)}, "words"),
        ({"words": ("路灯",) * 21}, "words"),
        ({"why": "  "}, "why"),
        ({"valid_from": NOW.date(), "valid_until": NOW.date()}, "ends before"),
        ({"target": "UNIT", "unit_id": None}, "unit"),
        ({"target": "UNIT", "unit_id": 987654}, "unit"),
        ({"target": "DEPARTMENT"}, "department"),
    ],
)
def test_a_rule_that_makes_no_sense_is_not_saved(world: World, changes: dict, problem: str) -> None:
    with pytest.raises(RuleIncomplete) as refused:
        save(world, to_desk(**changes))
    assert problem in refused.value.data["problem"]


def test_a_unit_that_does_not_serve_the_whole_place_is_refused(world: World) -> None:
    grid_team = world.unit_id(VILLAGE, "GRID")
    with pytest.raises(RuleIncomplete):
        save(world, to_desk(target="UNIT", unit_id=grid_team))
    save(world, to_desk(place_code=VILLAGE, target="UNIT", unit_id=grid_team))


def test_a_stale_form_and_a_rule_that_is_gone_are_refused(world: World) -> None:
    row = save(world, to_desk())
    with pytest.raises(RuleChanged):
        save(world, to_desk(), rule_id=row.pk, expected_at=NOW - timedelta(seconds=1))
    with pytest.raises(RuleUnknown):
        save(world, to_desk(), rule_id=row.pk + 1)


def test_rules_change_places_only_with_those_one_may_edit(world: World) -> None:
    first, theirs, last = (
        save(world, to_desk()),
        save(world, to_desk(place_code=OTHER_TOWN), "other_desk"),
        save(world, to_desk(levels=("URGENT",))),
    )
    actions.move_rule(actor=world.actor("desk"), rule_id=last.pk, up=True, at=NOW)
    order = [row.pk for row in routing.list_rules(jurisdiction=JURISDICTION)]
    assert order == [last.pk, theirs.pk, first.pk]
    actions.move_rule(actor=world.actor("desk"), rule_id=last.pk, up=True, at=NOW)
    assert [r.pk for r in routing.list_rules(jurisdiction=JURISDICTION)] == order
    with pytest.raises(RuleOutOfReach):
        actions.move_rule(actor=world.actor("desk"), rule_id=theirs.pk, up=True, at=NOW)


def test_trying_out_writes_nothing_and_shows_what_would_change(world: World) -> None:
    lamps = [world.take(LAMP) for _ in range(3)]
    world.take("楼道堆物堵住消防通道")
    unit_id = world.unit_id(TOWN, "MEDIATION")
    desk = world.actor("desk")
    draft = build_row(actor=desk, draft=to_desk(target="UNIT", unit_id=unit_id))
    before = list(Case.objects.order_by("id").values())
    with CaptureQueriesContext(connection) as asked:
        found = routing.dry_run(
            actor=desk, jurisdiction=JURISDICTION, wanted=[draft],
            since_at=NOW - timedelta(days=30),
        )  # fmt: skip
    reads = [q for q in asked if "triage_decision" in q["sql"]]
    assert len(reads) == 1
    assert (found.cases, found.changed, found.failed, found.is_cut) == (4, 3, 0, False)
    (change,) = found.changes
    assert (change.from_unit_id, change.to_unit_id, change.count) == (lamps[0].unit_id, unit_id, 3)
    assert set(change.samples) == {taken.case_id for taken in lamps}
    assert list(Case.objects.order_by("id").values()) == before
    assert not RoutingRule.objects.exists()
    # Of another town's cases nothing is shown.
    elsewhere = routing.dry_run(
        actor=world.actor("other_desk"), jurisdiction=JURISDICTION, wanted=[draft],
        since_at=NOW - timedelta(days=30),
    )  # fmt: skip
    assert elsewhere.cases == 0


def test_other_processes_ask_for_the_number_and_load_again(world: World) -> None:
    assert routing.get_rules(JURISDICTION).rules == ()
    row = actions.save_rule(actor=world.actor("desk"), draft=to_desk(), at=NOW)
    # This process was told; what another one holds is asked for again after two seconds at most.
    routing._rules._checked = float("-inf")
    (found,) = routing.get_rules(JURISDICTION).rules
    assert (found.id, found.place_path) == (
        row.pk, get_gazetteer().place_by_code(TOWN).path,
    )  # fmt: skip
    assert routing._rules._recheck_seconds <= 2

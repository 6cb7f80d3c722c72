"""A street lamp from report to satisfied rating, by the actions alone."""

from datetime import timedelta

import pytest

from anlan.cases import actions, queries, rules
from anlan.cases.rules import Given
from anlan.dispatch import actions as dispatch
from anlan.dispatch import queries as dispatches
from anlan.kernel.procedure import MoveIncomplete, MoveNotAllowed, MoveNotYours
from anlan.ledger.queries import list_entries
from anlan.ratings import actions as ratings
from anlan.ratings.rules import NotClosedYet, RatedAlready
from anlan.rollup import actions as rollup
from anlan.rollup import queries as figures
from anlan.triage import actions as triage
from tests.make import GRID, NOW, VILLAGE, World

NOTHING = Given()


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def close(world: World, case_id, at) -> None:
    """Handle, verify and close a case that the grid worker has signed for."""
    actions.move_case(
        actor=world.actor("grid"),
        case_id=case_id,
        move="handle",
        given=Given(note="换了灯泡"),
        at=at,
    )
    actions.move_case(
        actor=world.actor("desk"), case_id=case_id, move="verify", given=NOTHING, at=at
    )
    actions.move_case(
        actor=world.actor("desk"), case_id=case_id, move="close",
        given=Given(note="已修复", outcome="SOLVED"), at=at,
    )  # fmt: skip


def test_lamp_is_dispatched_handled_rated_reopened_and_closed_again(world: World) -> None:
    taken = world.take()
    case = queries.access_case(actor=world.actor("desk"), case_id=taken.case_id)
    assert case.state == "RECEIVED"
    assert case.place.code == GRID
    assert case.due_at is not None
    assert case.due_at < case.close_due_at

    sent = dispatch.dispatch_case(
        actor=world.actor("desk"), case_id=case.id,
        duty_ids=[world.duty_ids["grid"], world.duty_ids["cadre"]], at=NOW + minutes(1),
    )  # fmt: skip
    assert {d.state for d in sent} == {"OFFERED"}
    case.refresh_from_db()
    assert case.state == "ASSIGNED"
    assert case.due_at == case.close_due_at

    dispatch.move_dispatch(
        actor=world.actor("grid"), dispatch_id=sent[0].id, move="sign_for", at=NOW + minutes(2)
    )
    case.refresh_from_db()
    assert case.state == "HANDLING"
    with pytest.raises(NotClosedYet):
        ratings.rate_case(
            tracking_code=taken.tracking_code, is_satisfied=True, comment="", at=NOW + minutes(3)
        )
    close(world, case.id, NOW + minutes(5))
    case.refresh_from_db()
    assert case.state == "CLOSED"
    assert case.due_at is None
    assert case.outcome == "SOLVED"

    ratings.rate_case(
        tracking_code=taken.tracking_code, is_satisfied=False, comment="还是不亮",
        at=NOW + minutes(9),
    )  # fmt: skip
    case.refresh_from_db()
    assert case.state == "HANDLING"
    assert case.reopen_count == 1
    assert case.due_at is not None
    assert case.due_at > NOW + minutes(9)
    assert case.unit_id == sent[0].case.unit_id

    close(world, case.id, NOW + minutes(20))
    ratings.rate_case(
        tracking_code=taken.tracking_code, is_satisfied=True, comment="", at=NOW + minutes(30)
    )
    with pytest.raises(RatedAlready):
        ratings.rate_case(
            tracking_code=taken.tracking_code, is_satisfied=True, comment="", at=NOW + minutes(31)
        )

    [row] = figures.list_month(place_code=GRID, month="2026-03")
    assert (row.opened, row.closed, row.reopened) == (1, 1, 1)
    assert (row.satisfied, row.unsatisfied) == (1, 1)
    assert (row.accepted, row.accept_minutes, row.close_minutes) == (1, 1, 20)
    before = figures.list_month(place_code=GRID, month="2026-03")
    assert rollup.fold_deltas() > 0
    assert figures.list_month(place_code=GRID, month="2026-03") == before

    written = [e.what for e in list_entries(about_kind="case", about_id=case.id)]
    assert written[:4] == [
        "case.opened",
        "case.assign_down",
        "case.dispatched",
        "dispatch.sign_for",
    ]
    assert written[-1] == "case.rated"
    steps = queries.list_steps(case_id=case.id)
    assert [s.seq for s in steps] == list(range(1, len(steps) + 1))


def test_each_refusal_says_why_and_changes_nothing(world: World) -> None:
    case_id = world.take().case_id
    desk, grid = world.actor("desk"), world.actor("grid")

    def move(actor, name, given=NOTHING, **more):
        return actions.move_case(
            actor=actor, case_id=case_id, move=name, given=given, at=NOW, **more
        )

    with pytest.raises(MoveNotAllowed):
        move(desk, "close", Given(note="x", outcome="SOLVED"))
    with pytest.raises(MoveNotYours):
        move(grid, "accept")
    with pytest.raises(MoveIncomplete):
        move(desk, "decline")
    with pytest.raises(MoveNotAllowed):
        move(desk, "reopen_unsatisfied")
    with pytest.raises(rules.CaseNotVisible):
        move(world.actor("other_desk"), "accept")
    with pytest.raises(rules.CaseNotVisible):
        move(world.actor("volunteer"), "accept")
    with pytest.raises(rules.CaseChanged):
        move(desk, "accept", expected_seq=7)
    with pytest.raises(rules.ClockRanBackwards):
        actions.move_case(
            actor=desk, case_id=case_id, move="accept", given=NOTHING, at=NOW - minutes(5)
        )
    case = queries.access_case(actor=desk, case_id=case_id)
    assert (case.state, case.seq) == ("RECEIVED", 1)
    assert len(list_entries(about_kind="case", about_id=case_id)) == 1


def test_extension_is_asked_by_one_and_approved_by_another(world: World) -> None:
    case_id = world.take().case_id
    desk, grid = world.actor("desk"), world.actor("grid")
    unit_id = world.unit_id(VILLAGE, "GRID")

    def move(actor, name, given=NOTHING):
        return actions.move_case(actor=actor, case_id=case_id, move=name, given=given, at=NOW)

    move(desk, "assign_down", Given(unit_id=unit_id))
    move(grid, "sign_for")
    with pytest.raises(rules.ExtensionNotAsked):
        move(desk, "approve_extension")
    move(grid, "ask_extension", Given(note="等配件"))
    with pytest.raises(rules.ExtensionPending):
        move(grid, "ask_extension", Given(note="等配件"))
    due_before = queries.access_case(actor=desk, case_id=case_id).close_due_at
    case = move(desk, "approve_extension")
    assert case.close_due_at > due_before
    assert case.due_at == case.close_due_at
    with pytest.raises(rules.ExtensionsUsedUp):
        move(grid, "ask_extension", Given(note="还要等"))


def test_every_verb_of_the_procedure_can_be_made(world: World) -> None:
    """Walk through all moves that a person can make, each at least once."""
    made: set[str] = set()
    desk, grid, centre = world.actor("desk"), world.actor("grid"), world.actor("centre")

    def start() -> tuple:
        return world.take().case_id, world.unit_id(VILLAGE, "GRID")

    def move(case_id, actor, name, **given):
        made.add(name)
        return actions.move_case(
            actor=actor, case_id=case_id, move=name, given=Given(**given), at=NOW
        )

    case_id, unit_id = start()
    move(case_id, desk, "accept")
    move(case_id, desk, "reclassify", matter="STREET_LAMP")
    move(case_id, desk, "relocate", place_code=GRID)
    move(case_id, desk, "assign_down", unit_id=unit_id)
    move(case_id, desk, "co_handle", unit_id=unit_id)
    move(case_id, desk, "supervise_yellow", note="快办")
    move(case_id, centre, "supervise_red", note="必须快办")
    move(case_id, grid, "sign_for")
    move(case_id, grid, "report_back", note="正在处理")
    move(case_id, desk, "pause", note="等当事人补充材料")
    move(case_id, desk, "resume")
    move(case_id, grid, "ask_extension", note="等配件")
    move(case_id, desk, "refuse_extension", note="当天可办")
    move(case_id, grid, "handle", note="换灯泡")
    move(case_id, desk, "send_back", note="还不亮")
    move(case_id, grid, "handle", note="换线路")
    move(case_id, desk, "verify")
    move(case_id, desk, "close", note="好了", outcome="SOLVED")
    move(case_id, desk, "follow_up", note="电话回访")
    move(case_id, desk, "reopen", note="又坏了")
    move(case_id, desk, "go_offline", note="停电期间纸质办理")
    case_id, unit_id = start()
    move(case_id, desk, "assign_down", unit_id=unit_id)
    returned = move(case_id, grid, "return", note="不是本网格")
    assert returned.unit_id == returned.desk_id
    assert returned.state == "ACCEPTED"
    raised = move(case_id, desk, "escalate_up", note="需要县里协调")
    assert raised.unit_id != returned.unit_id
    with pytest.raises(rules.NoUnitAbove):
        move(case_id, centre, "escalate_up", note="再上")
    case_id, _ = start()
    other_id, _ = start()
    for name, seq, state in (("merge", 1, "MERGED"), ("separate", 2, "RECEIVED")):
        given = Given(case_id=case_id, case_seq=seq)
        case = actions.move_case(actor=desk, case_id=other_id, move=name, given=given, at=NOW)
        assert case.state == state
        made.add(name)
    triage.split_case(actor=desk, case_id=case_id, matter="ROAD_DAMAGE", note="路面也坏了", at=NOW)
    made.add("split")
    move(case_id, desk, "decline", note="不属受理范围,请拨打 12315")
    case_id, unit_id = start()
    move(case_id, desk, "assign_down", unit_id=unit_id)
    move(case_id, grid, "ask_extension", note="等配件")
    move(case_id, desk, "approve_extension")
    table = rules.case_procedure(rules.CASE_PROCEDURE_VERSION)
    assert made == {m.code for m in table.moves.values() if not m.is_automatic}


def test_transfer_from_110_is_sent_at_once(world: World) -> None:
    report = world.report("房东和租客为押金争吵")
    taken = dispatch.take_transfer(
        actor=world.partner("police"),
        report=report,
        at=NOW,
        fallback_place_id=world.place_id("330999"),
    )
    case = queries.access_case(actor=world.actor("desk"), case_id=taken.case_id)
    assert case.state == "ASSIGNED"
    sent = dispatches.list_dispatches(case_id=case.id)
    assert {d.role for d in sent} == {"GRID_WORKER", "VILLAGE_CADRE"}

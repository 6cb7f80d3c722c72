"""Clocks: told of once each colour, again after an extension, and never thrown by a server's clock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.cases import actions, queries
from anlan.cases.models import Case
from anlan.cases.rules import (
    Clock,
    ClockNotPaused,
    ClockPaused,
    ClockRanBackwards,
    Given,
    Light,
    OwnExtension,
    light,
)
from anlan.kernel.actor import SYSTEM
from anlan.ledger.queries import list_entries
from tests.make import NOW, VILLAGE, World

SECOND = timedelta(seconds=1)


def told(case_id: UUID) -> list[str]:
    """List the colours of a case that were told of."""
    jobs = ProcrastinateJob.objects.filter(task_name="cases.tell_turned").order_by("id")
    return [
        light
        for job in jobs
        for told_id, clock, light, _due_at in job.args["turned"]
        if told_id == str(case_id) and clock != Clock.UPDATE
    ]


def get(case_id: UUID) -> Case:
    return queries.access_case(actor=SYSTEM, case_id=case_id)


def move(world: World, login: str, case_id: UUID, name: str, at=NOW, **given) -> Case:
    return actions.move_case(
        actor=world.actor(login), case_id=case_id, move=name, given=Given(**given), at=at
    )


def test_a_lamp_s_clocks_are_those_of_its_profile(world: World) -> None:
    case = get(world.take().case_id)
    # Tuesday 10:00: two working hours run to noon, three working days to Friday's end.
    assert case.due_at == NOW + timedelta(hours=2)
    assert case.amber_at == NOW + timedelta(hours=1, minutes=36)
    assert case.close_due_at == NOW + timedelta(days=3, hours=14)


def test_each_colour_is_told_once_and_both_again_after_an_extension(world: World) -> None:
    case_id = world.take().case_id
    case = get(case_id)
    assert actions.tell_turned_clocks(at=case.amber_at - SECOND) == 0
    assert actions.tell_turned_clocks(at=case.amber_at) == 1
    assert actions.tell_turned_clocks(at=case.amber_at + SECOND) == 0
    assert actions.tell_turned_clocks(at=case.due_at) == 1
    assert actions.tell_turned_clocks(at=case.due_at + SECOND) == 0
    assert told(case_id) == ["AMBER", "RED"]
    lights = [e for e in list_entries(about_kind="case", about_id=case_id)
              if e.what == "case.clock_turned"]  # fmt: skip
    assert len(lights) == 2

    # Assigned late: the closing clock runs now, and it is green.
    at = case.due_at + SECOND
    case = move(world, "desk", case_id, "assign_down", at, unit_id=world.unit_id(VILLAGE, "GRID"))
    assert case.due_at == case.close_due_at
    red_at = case.due_at
    assert actions.tell_turned_clocks(at=red_at) == 2  # and the reporter has heard nothing
    assert told(case_id) == ["AMBER", "RED", "RED"]  # amber was passed over: nobody looked

    move(world, "grid", case_id, "ask_extension", red_at, note="等配件")
    case = move(world, "desk", case_id, "approve_extension", red_at)
    assert case.due_at > red_at
    assert actions.tell_turned_clocks(at=red_at + SECOND) == 0
    actions.tell_turned_clocks(at=case.amber_at)
    actions.tell_turned_clocks(at=case.due_at)
    assert told(case_id) == ["AMBER", "RED", "RED", "AMBER", "RED"]


def test_a_stopped_clock_is_not_told_of(world: World) -> None:
    case_id = world.take().case_id
    move(world, "desk", case_id, "decline", note="请拨打 12315")
    assert actions.tell_turned_clocks(at=NOW + timedelta(days=99)) == 0
    assert told(case_id) == []


def test_an_extension_begins_where_the_term_ended(world: World) -> None:
    case_id = world.take().case_id
    before = get(case_id).close_due_at  # the end of Friday
    move(world, "desk", case_id, "assign_down", unit_id=world.unit_id(VILLAGE, "GRID"))
    move(world, "grid", case_id, "ask_extension", note="等配件")
    case = move(world, "desk", case_id, "approve_extension")
    assert case.close_due_at == before + timedelta(days=5)  # Monday to Wednesday
    assert case.extension_count == 1


def test_nobody_approves_his_own_extension(world: World) -> None:
    case_id = world.take().case_id
    move(world, "desk", case_id, "assign_down", unit_id=world.unit_id(VILLAGE, "GRID"))
    move(world, "grid", case_id, "ask_extension", note="等配件")
    Case.objects.filter(pk=case_id).update(extension_asked_by=world.person_ids["desk"])
    with pytest.raises(OwnExtension):
        move(world, "desk", case_id, "approve_extension")
    move(world, "centre", case_id, "approve_extension")


def test_a_clock_a_little_behind_is_forgiven_and_one_far_behind_is_not(world: World) -> None:
    case_id = world.take().case_id
    later = NOW + timedelta(minutes=5)
    move(world, "desk", case_id, "accept", later)
    case = move(world, "desk", case_id, "report_back", later - 2 * SECOND, note="已联系")
    assert (case.seq, case.last_at) == (3, later)
    assert [s.at for s in queries.list_steps(case_id=case_id)] == [NOW, later, later]
    with pytest.raises(ClockRanBackwards):
        move(world, "desk", case_id, "report_back", later - 3 * SECOND, note="已联系")
    assert get(case_id).seq == 3


def test_another_matter_brings_its_own_terms_counted_from_the_opening(world: World) -> None:
    case_id = world.take().case_id
    case = move(
        world, "desk", case_id, "reclassify", NOW + timedelta(minutes=5), matter="FIRE_EXIT"
    )
    assert case.level == "URGENT"
    assert case.due_at == NOW + timedelta(minutes=15)
    assert case.close_due_at == NOW + timedelta(hours=4)
    assert (case.departments, case.needs_person) == (["FIRE"], False)


@pytest.mark.parametrize(
    ("minutes", "colour"),
    [(0, Light.GREEN), (79, Light.GREEN), (80, Light.AMBER), (99, Light.AMBER), (100, Light.RED)],
)
def test_the_colour_of_a_clock(minutes: int, colour: Light) -> None:
    due_at, amber_at = NOW + timedelta(minutes=100), NOW + timedelta(minutes=80)
    assert light(due_at, amber_at, NOW + timedelta(minutes=minutes)) == colour
    assert light(None, None, NOW) == Light.NONE


def assigned(world: World, at=NOW) -> UUID:
    case_id = world.take().case_id
    move(world, "desk", case_id, "assign_down", at, unit_id=world.unit_id(VILLAGE, "GRID"))
    return case_id


def test_a_pause_puts_every_clock_off_by_what_it_stood_still(world: World) -> None:
    case_id = assigned(world)  # Tuesday 10:00; three working days: the end of Friday
    before = get(case_id)
    case = move(world, "desk", case_id, "pause", NOW + timedelta(hours=1), note="等鉴定意见")
    assert (case.paused_at, case.due_at) == (NOW + timedelta(hours=1), before.due_at)
    assert case.pause_ends_at == NOW + timedelta(days=7, hours=14)  # five working days
    at = NOW + timedelta(days=2)  # Thursday 10:00: two working days gone
    case = move(world, "desk", case_id, "resume", at)
    assert case.paused_at is None
    assert case.pause_ends_at is None
    assert case.close_due_at == case.due_at == before.due_at + timedelta(days=4)  # over the weekend
    # Told of the resuming, the reporter must hear again within a working day.
    assert case.update_due_at == at + timedelta(days=1, hours=14)
    steps = {s.move: s for s in queries.list_steps(case_id=case_id)}
    assert steps["resume"].data["close_due_at"] == case.close_due_at.isoformat()
    assert queries.note_for_reporter(steps["pause"], case=case) == "等鉴定意见"


def test_paused_clocks_turn_no_colour(world: World) -> None:
    case_id = assigned(world)
    due_at = get(case_id).due_at
    move(world, "desk", case_id, "pause", note="等鉴定意见")
    assert actions.tell_turned_clocks(at=due_at + SECOND) == 0
    paused = get(case_id)
    assert light(due_at, paused.amber_at, due_at + SECOND, paused_at=NOW) == Light.PAUSED
    assert queries.count_open_by_light(at=due_at + SECOND)["PAUSED"] == 1
    wanted = queries.Filter(light=Light.RED)
    assert not queries.list_cases(actor=SYSTEM, wanted=wanted, at=due_at + SECOND).cases


def test_a_clock_that_had_run_out_stays_red_in_a_pause(world: World) -> None:
    case_id = assigned(world)
    at = get(case_id).due_at + SECOND
    assert actions.tell_turned_clocks(at=at) == 2  # solution and update
    move(world, "desk", case_id, "pause", at, note="等鉴定意见")
    case = move(world, "desk", case_id, "resume", at + timedelta(days=3))
    assert case.due_at == at - SECOND
    assert light(case.due_at, case.amber_at, at, paused_at=at) == Light.RED


def test_who_takes_a_paused_case_further_ends_the_pause(world: World) -> None:
    case_id = assigned(world)
    due_at = get(case_id).due_at
    move(world, "desk", case_id, "pause", note="等鉴定意见")
    case = move(world, "grid", case_id, "sign_for", NOW + timedelta(days=1))
    assert (case.paused_at, case.state) == (None, "HANDLING")
    assert case.due_at > due_at


def test_pausing_twice_and_resuming_what_runs_are_refused(world: World) -> None:
    case_id = assigned(world)
    with pytest.raises(ClockNotPaused):
        move(world, "desk", case_id, "resume")
    move(world, "desk", case_id, "pause", note="等鉴定意见")
    with pytest.raises(ClockPaused):
        move(world, "desk", case_id, "pause", note="再等等")


def test_a_pause_ends_by_itself_when_its_longest_time_is_over(world: World) -> None:
    case_id = assigned(world)
    ends_at = move(world, "desk", case_id, "pause", note="等鉴定意见").pause_ends_at
    assert ends_at is not None
    assert actions.end_pauses(at=ends_at - SECOND) == 0
    assert actions.end_pauses(at=ends_at) == 1
    assert actions.end_pauses(at=ends_at) == 0
    case = get(case_id)
    assert case.paused_at is None
    assert queries.list_steps(case_id=case_id)[-1].move == "resume_by_term"


def test_the_update_clock_starts_anew_with_every_word_and_is_told_of_once(world: World) -> None:
    case_id = assigned(world)
    first = get(case_id).update_due_at
    assert first == NOW + timedelta(days=1, hours=14)  # the end of Wednesday
    move(world, "grid", case_id, "report_back", NOW + timedelta(days=1), note="配件明天到")
    second = get(case_id).update_due_at
    assert second == first + timedelta(days=1)
    assert actions.tell_turned_clocks(at=first) == 0
    assert actions.tell_turned_clocks(at=second) == 1
    assert actions.tell_turned_clocks(at=second) == 0
    waiting = queries.Filter(needs_word=True)
    assert [c.id for c in queries.list_cases(actor=SYSTEM, wanted=waiting, at=second).cases] == [
        case_id
    ]
    move(world, "grid", case_id, "sign_for", second)
    move(world, "grid", case_id, "handle", second, note="换灯泡")
    move(world, "desk", case_id, "verify", second)
    case = move(world, "desk", case_id, "close", second, note="好了", outcome="SOLVED")
    assert (case.update_due_at, case.due_at) == (None, None)


def test_sweeps_that_were_missed_are_made_good_by_the_next_one(world: World) -> None:
    case_id = world.take().case_id
    case = get(case_id)
    assert actions.tell_turned_clocks(at=NOW) == 0
    # Nobody swept for a week: the clock is told of once, as what it is now.
    actions.tell_turned_clocks(at=case.due_at + timedelta(days=7))
    assert told(case_id) == ["RED"]
    assert actions.tell_turned_clocks(at=case.due_at) == 0  # a server whose clock runs behind
    assert told(case_id) == ["RED"]


def test_a_move_tells_of_the_clock_that_it_sets_behind_now(world: World) -> None:
    case_id = world.take().case_id
    at = NOW + timedelta(hours=5)
    assert actions.tell_turned_clocks(at=at) == 1
    # What it turns out to be has a quarter of an hour, and that is over already.
    move(world, "desk", case_id, "reclassify", at, matter="FIRE_EXIT")
    assert told(case_id) == ["RED", "RED"]
    assert actions.tell_turned_clocks(at=at + SECOND) == 0

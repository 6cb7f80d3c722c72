"""Clocks: told of once each colour, again after an extension, and never thrown by a server's clock."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.cases import actions, queries
from anlan.cases.models import Case
from anlan.cases.rules import ClockRanBackwards, Given, Light, OwnExtension, light
from anlan.kernel.actor import SYSTEM
from anlan.ledger.queries import list_entries
from tests.make import NOW, VILLAGE, World

SECOND = timedelta(seconds=1)


def told(case_id: UUID) -> list[str]:
    """List the colours of a case that were told of."""
    jobs = ProcrastinateJob.objects.filter(task_name="cases.tell_turned").order_by("id")
    return [job.args["light"] for job in jobs if job.args["case_id"] == str(case_id)]


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
    assert (case.told_light, case.due_at) == ("", case.close_due_at)
    red_at = case.due_at
    assert actions.tell_turned_clocks(at=red_at) == 1
    assert told(case_id) == ["AMBER", "RED", "RED"]  # amber was passed over: nobody looked

    move(world, "grid", case_id, "ask_extension", red_at, note="等配件")
    case = move(world, "desk", case_id, "approve_extension", red_at)
    assert case.due_at > red_at
    assert actions.tell_turned_clocks(at=red_at + SECOND) == 0
    assert actions.tell_turned_clocks(at=case.amber_at) == 1
    assert actions.tell_turned_clocks(at=case.due_at) == 1
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

"""In doubt a person picks with one click, and the pick is proposed first the next time."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection

from anlan.cases.actions import move_case
from anlan.cases.models import Case, Step
from anlan.cases.rules import CaseChanged, CaseNotVisible, Given, PlaceOutOfReach
from anlan.kernel.procedure import MoveNotYours
from anlan.places.rules import PlaceUnknown
from anlan.triage.actions import Taken, pick
from anlan.triage.models import Decision, Pick
from anlan.triage.queries.picking import find_question
from anlan.triage.rules.picking import NotACandidate, NothingToPick
from tests.make import (
    COUNTY,
    GRID,
    NEAR_BORDER,
    NOW,
    OTHER_GRID,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    World,
)
from tests.rooms.rollup.test_equals_a_recount import check

SECOND_GRID = "330999001201002"


def at_border(world: World, text: str = "村口路灯坏了三天，晚上看不清路") -> Taken:
    return world.take(text, lon=NEAR_BORDER[0], lat=NEAR_BORDER[1])


def picks(case_id: UUID) -> list[tuple[str, int]]:
    question = find_question(case=Case.objects.get(pk=case_id))
    assert question is not None
    return [(each.pick, each.times) for each in question.candidates]


def click(world: World, taken: Taken, picked: str, login: str = "desk", seq: int = 1) -> Case:
    return pick(
        actor=world.actor(login), case_id=taken.case_id, picked=picked, at=NOW, expected_seq=seq
    )


def test_a_pick_at_a_border_moves_the_case_and_is_proposed_first(world: World) -> None:
    first = at_border(world)
    assert picks(first.case_id) == [(GRID, 0), (SECOND_GRID, 0)]
    case = click(world, first, SECOND_GRID)
    assert (case.place.code, case.needs_person, case.state) == (SECOND_GRID, False, "RECEIVED")
    assert case.place_path.endswith(SECOND_GRID)
    step = Step.objects.get(case=case, move="relocate")
    assert (step.data["from_place"], step.data["to_place"]) == (GRID, SECOND_GRID)
    with connection.cursor() as cursor:
        cursor.execute("SELECT place_path::text FROM cases_searchrow WHERE case_id = %s", [case.id])
        assert cursor.fetchone()[0].endswith(SECOND_GRID)
    second = at_border(world)
    assert picks(second.case_id) == [(SECOND_GRID, 1), (GRID, 0)]
    click(world, second, SECOND_GRID)
    third = at_border(world)
    assert picks(third.case_id)[0] == (SECOND_GRID, 2)
    # Another matter at the same border has its own memory.
    assert picks(at_border(world, "垃圾桶满了没人收").case_id) == [(GRID, 0), (SECOND_GRID, 0)]
    assert Pick.objects.get().last_at == NOW
    check(COUNTY, "2026-03")


def test_the_own_side_can_be_confirmed(world: World) -> None:
    taken = at_border(world)
    case = click(world, taken, GRID)
    assert (case.place.code, case.needs_person) == (GRID, False)
    with pytest.raises(NothingToPick):
        click(world, taken, GRID, seq=2)


def test_between_departments_a_unit_is_picked_and_remembered(world: World) -> None:
    builders, grid = str(world.unit_id(TOWN, "CONSTRUCTION")), str(world.unit_id(VILLAGE, "GRID"))

    def in_doubt() -> Taken:
        taken = world.take("村口路灯坏了三天，垃圾桶满了没人收")
        decision = Decision.objects.get(case_id=taken.case_id)
        decision.reason["route"]["by"] = "RULE_PERSON"
        decision.save()
        Case.objects.filter(pk=taken.case_id).update(needs_person=True)
        return taken

    first = in_doubt()
    assert {builders, grid} <= {each for each, _ in picks(first.case_id)}
    case = click(world, first, grid)
    assert (case.state, str(case.unit_id), case.needs_person) == ("ASSIGNED", grid, False)
    assert picks(in_doubt().case_id)[0] == (grid, 1)


@pytest.mark.parametrize("picked", [OTHER_GRID, VILLAGE, "", "1", "x" * 500])
def test_only_candidates_can_be_picked(world: World, picked: str) -> None:
    taken = at_border(world)
    with pytest.raises(NotACandidate):
        click(world, taken, picked)
    assert not Pick.objects.exists()


def test_who_may_not_move_it_may_not_pick(world: World) -> None:
    taken = at_border(world)
    with pytest.raises(MoveNotYours):
        click(world, taken, SECOND_GRID, "lead")
    with pytest.raises(CaseNotVisible):
        click(world, taken, SECOND_GRID, "other_desk")
    with pytest.raises(CaseChanged):
        click(world, taken, SECOND_GRID, seq=4)
    sure = world.take()
    with pytest.raises(NothingToPick):
        click(world, sure, GRID)


def test_a_place_is_corrected_within_reach_of_the_desk(world: World) -> None:
    taken = world.take()

    def relocate(code: str, login: str = "desk") -> Case:
        return move_case(
            actor=world.actor(login), case_id=taken.case_id, move="relocate",
            given=Given(place_code=code), at=NOW,
        )  # fmt: skip

    with pytest.raises(PlaceUnknown):
        relocate("999")
    with pytest.raises(MoveNotYours):
        relocate(SECOND_GRID, "grid")
    moved = relocate(OTHER_GRID)
    assert moved.desk_id == world.unit_id(OTHER_TOWN, "DESK")
    with pytest.raises(CaseNotVisible):
        relocate(GRID)
    check(COUNTY, "2026-03")
    assert issubclass(PlaceOutOfReach, Exception)

"""A board counts what is there, for those who watch over the whole place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.boards import queries
from anlan.boards.rules import BoardElsewhere
from anlan.cases.models import Case
from anlan.kernel import scope
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceUnknown
from anlan.rollup.actions import fold_deltas
from tests.make import COUNTY, GRID, NOW, OTHER_TOWN, TOWN, VILLAGE, World


@pytest.fixture(autouse=True)
def no_past() -> None:
    queries.forget_past()


def place(code: str):  # type: ignore[no-untyped-def]
    return get_gazetteer().place_by_code(code)


def test_a_board_counts_open_matters_by_child_place_and_deadline(world: World) -> None:
    late, soon, paused, _calm = (
        Case.objects.get(pk=world.take(f"第{n}号路灯坏了").case_id) for n in range(4)
    )
    minute = timedelta(minutes=1)
    Case.objects.filter(pk=late.pk).update(due_at=NOW - minute, amber_at=NOW - 2 * minute)
    Case.objects.filter(pk=soon.pk).update(due_at=NOW + minute, amber_at=NOW)
    Case.objects.filter(pk=paused.pk).update(
        due_at=NOW + minute, amber_at=NOW - minute, paused_at=NOW - minute
    )
    board = queries.get_board(place=place(COUNTY), at=NOW)
    tallies = {child.code: tally for child, tally in board.rows}
    assert (tallies[TOWN].open, tallies[TOWN].late, tallies[TOWN].soon, tallies[TOWN].paused) == (
        4,
        1,
        1,
        1,
    )
    assert (tallies[OTHER_TOWN].open, tallies[OTHER_TOWN].opened) == (0, 0)
    assert (board.total.open, board.total.opened) == (4, 4)


@pytest.mark.parametrize("is_folded", [False, True])
def test_todays_figures_equal_the_cases_folded_or_not(world: World, is_folded: bool) -> None:
    for n in range(3):
        world.take(f"第{n}号路灯坏了")
    if is_folded:
        fold_deltas()
    total, tallies = queries.get_tallies(place=place(TOWN), at=NOW)
    assert (total.opened, tallies[VILLAGE].opened) == (3, 3)
    assert Case.objects.count() == 3


def test_the_day_goes_up_to_now_and_the_last_24_hours_lie_by_child(world: World) -> None:
    world.take()
    board = queries.get_board(place=place(COUNTY), at=NOW + timedelta(minutes=1))
    assert board.hours[-1] == 1
    assert len(board.hours) <= 24
    assert sum(board.last_day[TOWN]) == 1
    assert board.last_day[TOWN][23] == 1
    assert board.band is None


def test_past_weekdays_make_a_band(world: World) -> None:
    for week in range(1, 6):
        case_id = world.take(f"第{week}周的路灯坏了").case_id
        Case.objects.filter(pk=case_id).update(opened_at=NOW - timedelta(weeks=week))
    board = queries.get_board(place=place(COUNTY), at=NOW)
    assert board.band is not None
    assert (board.band.days, board.band.high[23], board.band.low[0]) == (5, 1, 0)
    assert board.hours[-1] == 0


@pytest.mark.parametrize(
    ("login", "code"),
    [
        ("desk", TOWN),
        ("desk", VILLAGE),
        ("desk", GRID),
        ("centre", COUNTY),
        ("leader", TOWN),
        ("principal", COUNTY),
    ],
)
def test_who_watches_over_the_whole_place_reads_its_board(
    world: World, login: str, code: str
) -> None:
    assert queries.access_board(actor=world.actor(login), place_code=code).code == code


@pytest.mark.parametrize(
    ("login", "code"),
    [("desk", COUNTY), ("desk", OTHER_TOWN), ("other_desk", TOWN), ("grid", GRID), ("builder", TOWN),
     ("mediator", TOWN), ("resident", GRID), ("volunteer", TOWN)],
)  # fmt: skip
def test_nobody_else_does(world: World, login: str, code: str) -> None:
    with pytest.raises(BoardElsewhere):
        queries.access_board(actor=world.actor(login), place_code=code)


def test_a_place_that_does_not_exist_has_no_board(world: World) -> None:
    with pytest.raises(PlaceUnknown):
        queries.access_board(actor=world.actor("centre"), place_code="999999")


def test_a_board_counts_all_of_its_place_whatever_scope_asks(world: World) -> None:
    world.take()
    with scope.acting(scope.NOTHING):
        total, _ = queries.get_tallies(place=place(COUNTY), at=NOW)
    assert total.open == 1


def test_the_public_board_holds_small_counts_back_below_town_level_only(world: World) -> None:
    world.take()
    county = queries.get_public_board(place=place(COUNTY), at=NOW)
    assert {c.code: t.open for c, t in county.rows}[TOWN] == 1
    town = queries.get_public_board(place=place(TOWN), at=NOW)
    assert (town.total.open, {c.code: t.open for c, t in town.rows}[VILLAGE]) == (1, None)
    village = queries.get_public_board(place=place(VILLAGE), at=NOW)
    assert (village.total.open, village.hours, village.band, village.slow) == (None, (), None, ())

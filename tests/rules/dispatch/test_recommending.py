"""Whom a recommendation chooses, and that everybody else is counted under one reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.dispatch.rules import (
    Candidate,
    Need,
    Obstacle,
    Rung,
    find_obstacle,
    list_next,
    recommend,
)
from anlan.kernel.actor import Role

WORKER, LEAD, OFFICER = Role.GRID_WORKER, Role.GRID_LEAD, Role.ENFORCEMENT_OFFICER


def one(number: int, role: Role = WORKER, **given: Any) -> Candidate:
    fields: dict[str, Any] = {
        "duty_id": number, "person_id": UUID(int=number), "name": f"n{number}", "role": role,
        "department": "", "place_id": 1, "is_on_duty": True, "seat_m": 1000 * number,
    }  # fmt: skip
    return Candidate(**(fields | given))


def names(found: Any) -> list[int]:
    return [candidate.duty_id for candidate in found]


def test_the_nearest_free_ones_are_chosen_and_the_rest_is_the_reserve() -> None:
    (proposal,) = recommend([Need(WORKER, 2)], [one(3), one(1), one(2), one(4, LEAD)])
    assert (names(proposal.chosen), names(proposal.reserve)) == ([1, 2], [3])
    assert (proposal.missing, proposal.reasons) == (0, {Obstacle.FURTHER: 1})
    assert proposal.holders == 3


def test_a_shortfall_is_told_by_counting() -> None:
    found = [
        one(1, OFFICER, is_on_duty=False),
        one(2, OFFICER, elsewhere=1),
        one(3, OFFICER, elsewhere=2),
        one(4, OFFICER, here="DECLINED"),
        one(5, OFFICER, department="FIRE"),
        one(6, OFFICER, department="ENFORCEMENT"),
    ]
    (proposal,) = recommend([Need(OFFICER, 3, "ENFORCEMENT")], found)
    assert names(proposal.chosen) == [6]
    assert (proposal.missing, proposal.holders) == (2, 5)
    assert proposal.reasons == {
        Obstacle.DEPARTMENT: 1, Obstacle.DECLINED: 1, Obstacle.OFF_DUTY: 1, Obstacle.BUSY: 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "obstacle"),
    [
        ("OFFERED", Obstacle.HERE), ("SIGNED", Obstacle.HERE), ("ON_THE_WAY", Obstacle.HERE),
        ("ARRIVED", Obstacle.HERE), ("DONE", Obstacle.HERE), ("DECLINED", Obstacle.DECLINED),
        ("LAPSED", Obstacle.LAPSED), ("RECALLED", Obstacle.RELEASED),
        ("STOOD_DOWN", Obstacle.RELEASED), ("OFFLINE", Obstacle.RELEASED), ("", None),
    ],
)  # fmt: skip
def test_who_had_this_case_is_not_asked_again_for_it(state: str, obstacle: Obstacle | None) -> None:
    assert find_obstacle(one(1, here=state), Need(WORKER, 1)) is obstacle


@pytest.mark.parametrize(
    ("given", "metres"),
    [
        ({}, 1000),
        ({"position_m": 400, "seen_minutes": 6}, 400),
        ({"position_m": 400, "seen_minutes": 30}, 400),
        ({"position_m": 400, "seen_minutes": 31}, 1000),
        ({"position_m": 400, "seen_minutes": 6, "is_on_duty": False}, 1000),
        ({"position_m": 400}, 1000),
    ],
)
def test_a_position_counts_while_fresh_and_on_duty(given: dict[str, Any], metres: int) -> None:
    assert one(1, **given).distance_m == metres


def test_who_stands_for_any_department_fits_and_unknown_ways_come_last() -> None:
    found = [one(1, OFFICER, seat_m=None), one(2, OFFICER, department="FIRE"), one(3, OFFICER)]
    (proposal,) = recommend([Need(OFFICER, 3, "ENFORCEMENT")], found)
    assert names(proposal.chosen) == [3, 1]


def test_who_has_no_open_dispatch_goes_before_a_nearer_one_who_has() -> None:
    (proposal,) = recommend([Need(WORKER, 2)], [one(1, waiting=2), one(2), one(3)])
    assert (names(proposal.chosen), names(proposal.reserve)) == ([2, 3], [1])


def test_one_person_with_two_duties_is_sent_for_one() -> None:
    both = [one(1), one(2, Role.VILLAGE_CADRE, person_id=UUID(int=1)), one(3, Role.VILLAGE_CADRE)]
    worker, cadre = recommend([Need(WORKER, 1), Need(Role.VILLAGE_CADRE, 1)], both)
    assert (names(worker.chosen), names(cadre.chosen)) == ([1], [3])
    assert cadre.reasons == {Obstacle.TWICE: 1}
    (once,) = recommend([Need(WORKER, 2)], [one(1), one(9, person_id=UUID(int=1))])
    assert (names(once.chosen), once.holders, once.missing) == ([1], 1, 1)


def test_who_was_asked_already_is_not_looked_for_again() -> None:
    need = Need(WORKER, 2)
    (proposal,) = recommend([need], [one(1, here="SIGNED"), one(2)], asked={(WORKER, ""): 1})
    assert (names(proposal.chosen), proposal.missing) == ([2], 0)
    (full,) = recommend([need], [one(2)], asked={(WORKER, ""): 3})
    assert (names(full.chosen), full.missing) == ([], 0)


def test_after_the_reserve_comes_the_lead_however_busy_but_never_off_duty() -> None:
    found = [
        one(2), one(1), one(3, here="LAPSED"), one(4, LEAD, elsewhere=3),
        one(5, LEAD, is_on_duty=False),
    ]  # fmt: skip
    ladder = [(rung, c.duty_id) for rung, c in list_next(Need(WORKER, 1), found)]
    assert ladder == [(Rung.NEXT, 1), (Rung.NEXT, 2), (Rung.LEAD, 4)]
    office = [one(1, Role.DEPARTMENT, department="FIRE"), one(2, Role.DEPARTMENT, department="X")]
    officer = Need(OFFICER, 1, "FIRE")
    assert [c.duty_id for _rung, c in list_next(officer, office)] == [1]


STATES = ["", "OFFERED", "SIGNED", "DONE", "DECLINED", "LAPSED", "RECALLED", "STOOD_DOWN"]
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        duty_id=st.integers(1, 10**6),
        person_id=st.integers(1, 12).map(lambda number: UUID(int=number)),
        name=st.just(""),
        role=st.sampled_from([WORKER, OFFICER, LEAD]),
        department=st.sampled_from(["", "FIRE", "WATER"]),
        place_id=st.just(1),
        is_on_duty=st.booleans(),
        elsewhere=st.integers(0, 2),
        here=st.sampled_from(STATES),
        position_m=st.none() | st.integers(0, 90_000),
        seen_minutes=st.none() | st.integers(0, 60),
        seat_m=st.none() | st.integers(0, 90_000),
    ),
    max_size=20,
)
NEEDS = st.lists(
    st.builds(
        Need, role=st.sampled_from([WORKER, OFFICER, LEAD]), count=st.integers(1, 4),
        department=st.sampled_from(["", "FIRE"]),
    ),
    max_size=4, unique_by=lambda need: (need.role, need.department),
)  # fmt: skip


@given(needs=NEEDS, candidates=CANDIDATES)
def test_everybody_is_chosen_or_counted_and_nobody_unfit_is_chosen(
    needs: list[Need], candidates: list[Candidate]
) -> None:
    proposals = recommend(needs, candidates)
    sent: list[UUID] = []
    for need, proposal in zip(needs, proposals, strict=True):
        holders = {c.person_id for c in candidates if c.role is need.role}
        assert len(proposal.chosen) + sum(proposal.reasons.values()) == len(holders)
        assert len(proposal.chosen) + proposal.missing == need.count
        if proposal.missing:
            assert Obstacle.FURTHER not in proposal.reasons, "a shortfall with somebody to spare"
        for chosen in proposal.chosen:
            assert chosen.is_on_duty
            assert not chosen.elsewhere
            assert not chosen.here
            assert chosen.department in ("", need.department) or not need.department
        ways = [c.travel_minutes() for c in (*proposal.chosen, *proposal.reserve)]
        known = [minutes for minutes in ways if minutes is not None]
        assert known == sorted(known) == ways[: len(known)], "nearest first"
        sent += [c.person_id for c in proposal.chosen]
    assert len(sent) == len(set(sent)), "nobody is sent twice"
    assert proposals == recommend(needs, candidates[::-1]) or len(
        {c.duty_id for c in candidates}
    ) < len(candidates), "the order of reading does not matter"


@given(need=NEEDS.filter(bool), candidates=CANDIDATES)
def test_nobody_off_duty_or_asked_before_is_next(
    need: list[Need], candidates: list[Candidate]
) -> None:
    for _rung, candidate in list_next(need[0], candidates):
        assert candidate.is_on_duty
        assert not candidate.here

"""Whom a responder stands for, and how a dispatch ends."""

import pytest

from anlan.dispatch.rules import (
    DISPATCH_PROCEDURE_VERSION,
    RESPONDER_ROLES,
    TRANSFER_CARD,
    WATCHING_ROLES,
    department_of,
    dispatch_procedure,
)
from anlan.kernel.actor import PLACE_ROLES, Role

TABLE = dispatch_procedure(DISPATCH_PROCEDURE_VERSION)


@pytest.mark.parametrize(
    ("role", "department", "stands_for"),
    [
        (Role.GRID_WORKER, "", "GRID"),
        (Role.GRID_LEAD, "", "GRID"),
        (Role.VILLAGE_CADRE, "ANYTHING", "GRID"),
        (Role.DEPARTMENT, "FIRE", "FIRE"),
        (Role.MEDIATOR, "", ""),
    ],
)
def test_grid_roles_stand_for_the_grid_team(role: Role, department: str, stands_for: str) -> None:
    assert department_of(role, department) == stands_for


def test_who_is_sent_and_who_watches_are_different_people() -> None:
    assert {need.role for need in TRANSFER_CARD.needs} < set(RESPONDER_ROLES) < PLACE_ROLES
    assert set(RESPONDER_ROLES) | WATCHING_ROLES == PLACE_ROLES
    assert not set(RESPONDER_ROLES) & WATCHING_ROLES


def test_responders_answer_and_desks_recall() -> None:
    for move in TABLE.moves.values():
        if move.is_automatic:
            assert move.code in ("lapse", "stand_down")
            continue
        is_answer = move.code in ("sign_for", "set_out", "arrive", "finish", "decline")
        assert move.roles == (
            set(RESPONDER_ROLES) if is_answer
            else {Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER}
        ), move.code  # fmt: skip


def test_every_dispatch_can_end_from_where_it_stands() -> None:
    for state in TABLE.states.values():
        ends = {
            m.code for m in TABLE.moves_from(state.code) if m.to and TABLE.states[m.to].is_final
        }
        assert state.is_final or {"recall", "go_offline"} <= ends

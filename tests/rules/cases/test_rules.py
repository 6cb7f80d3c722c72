"""Roles over a case, what a move was given, and labels in both languages."""

from datetime import UTC, date, datetime

import pytest

from anlan.cases.rules import (
    CASE_PROCEDURE_VERSION,
    LEVEL_LABELS,
    MATTER_CLASS_LABELS,
    OUTCOME_LABELS,
    Given,
    Level,
    MatterClass,
    Outcome,
    case_procedure,
    local_date,
    roles_over,
)
from anlan.kernel.actor import Actor, ActorKind, Role, Seat

HOLDER = Actor(
    ActorKind.PERSON, None, "陈晓",
    (Seat(Role.GRID_WORKER, "33.1.2"), Seat(Role.DEPARTMENT, "33.1", "FIRE")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("departments", "roles"),
    [
        (["GRID"], {Role.GRID_WORKER}),
        (["FIRE"], {Role.DEPARTMENT}),
        (["GRID", "FIRE"], {Role.GRID_WORKER, Role.DEPARTMENT}),
        (["WATER"], set()),
    ],
)
def test_a_grid_role_counts_only_while_the_grid_team_has_the_case(
    departments: list[str], roles: set[Role]
) -> None:
    assert roles_over(HOLDER, place_path="33.1.2", departments=departments) == roles


def test_what_is_blank_was_not_given() -> None:
    assert Given(note="  \n").names() == set()
    assert Given(note="x", unit_id=1, matter="M", outcome="SOLVED").names() == {
        "note", "unit", "matter", "outcome",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hour", "zone", "day"),
    [(15, "Asia/Shanghai", 31), (16, "Asia/Shanghai", 1), (4, "America/New_York", 31),
     (3, "America/New_York", 30)],
)  # fmt: skip
def test_a_date_is_local_to_the_matter(hour: int, zone: str, day: int) -> None:
    found = local_date(datetime(2026, 3, 31, hour, tzinfo=UTC), zone)
    assert found == date(2026, 4 if day == 1 else 3, day)


def test_every_class_level_and_outcome_has_its_two_labels() -> None:
    for kind, labels in (
        (MatterClass, MATTER_CLASS_LABELS), (Level, LEVEL_LABELS), (Outcome, OUTCOME_LABELS),
    ):  # fmt: skip
        assert set(labels) == set(kind)
        assert all(label["zh"] and label["en"] for label in labels.values())


def test_a_case_goes_on_paper_from_every_state_it_can_wait_in() -> None:
    table = case_procedure(CASE_PROCEDURE_VERSION)
    waiting = {s.code for s in table.states.values() if not s.is_final}
    # One that was merged waits with the case that goes on.
    assert table.moves["go_offline"].sources == waiting - {"MERGED"}
    assert table.states["MERGED"].no_offline

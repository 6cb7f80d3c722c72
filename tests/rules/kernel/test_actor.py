"""Which seats cover which matters: place by subtree, department by name."""

from uuid import UUID

import pytest

from anlan.kernel.actor import PLACE_ROLES, ROLE_LABELS, Actor, ActorKind, Role, Seat


def actor(*seats: Seat) -> Actor:
    return Actor(ActorKind.PERSON, None, "陈晓", seats)


@pytest.mark.parametrize(
    ("seat_path", "department", "path", "departments", "covers"),
    [
        ("33.3306", "", "33.3306", [], True),
        ("33.3306", "", "33.3306.330681", ["FIRE"], True),
        ("33.3306", "", "33", [], False),
        ("33.330", "", "33.3306", [], False),
        ("33.3306", "", "33.33061", [], False),
        ("33.3306", "FIRE", "33.3306.330681", ["WATER", "FIRE"], True),
        ("33.3306", "FIRE", "33.3306.330681", ["WATER"], False),
        ("33.3306", "FIRE", "33.3306", [], False),
    ],
)
def test_a_seat_covers_its_subtree(
    seat_path: str, department: str, path: str, departments: list[str], covers: bool
) -> None:
    assert Seat(Role.DEPARTMENT, seat_path, department).covers(path, departments) is covers


def test_roles_over_a_matter_are_those_of_the_covering_seats() -> None:
    holder = actor(
        Seat(Role.TOWN_DESK, "33.1"), Seat(Role.DEPARTMENT, "33.1", "FIRE"),
        Seat(Role.GRID_WORKER, "33.2"),
    )  # fmt: skip
    assert holder.roles_over("33.1.5", ["FIRE"]) == {Role.TOWN_DESK, Role.DEPARTMENT}
    assert holder.roles_over("33.1.5", ["WATER"]) == {Role.TOWN_DESK}
    assert holder.roles_over("33.3", ["FIRE"]) == frozenset()


def test_residents_volunteers_and_enterprises_watch_no_place() -> None:
    holder = actor(*(Seat(role, "33") for role in Role))
    assert {seat.role for seat in holder.watching_seats} == PLACE_ROLES | {Role.EMERGENCY}
    assert set(Role) - PLACE_ROLES == {
        Role.VOLUNTEER, Role.ENTERPRISE_SAFETY_OFFICER, Role.RESIDENT, Role.EMERGENCY,
    }  # fmt: skip


def test_every_role_has_its_two_labels() -> None:
    assert set(ROLE_LABELS) == set(Role)
    assert all(label["zh"] and label["en"] for label in ROLE_LABELS.values())


def test_a_seat_for_one_case_opens_that_case_and_nothing_of_its_place() -> None:
    case_id = UUID(int=7)
    holder = actor(Seat(Role.EMERGENCY, "33.06", case_id=case_id))
    assert holder.opened_cases == (case_id,)
    assert holder.watching_seats == ()
    assert holder.roles_over("33.06", ()) == frozenset()

"""What one statement finds of the people around a case, as whoever asks from a desk."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.cases.models import Case
from anlan.dispatch import actions, queries
from anlan.dispatch.models import Position
from anlan.dispatch.rules import Obstacle
from anlan.kernel import scope
from anlan.kernel.actor import SYSTEM, Role
from anlan.people.actions import create_person, grant_duty, plan_shift
from tests.make import COUNTY, IN_GRID, NOW, PASSWORD, TOWN, VILLAGE, World

FIRE = "消防通道停满了车"
SECOND_GRID = "330999001201002"


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def hire(world: World, login: str, role: Role, place: str, department: str = "") -> int:
    person = create_person(
        actor=SYSTEM, login=login, name=login, password=PASSWORD, is_demo=True, at=NOW
    )  # fmt: skip
    duty = grant_duty(
        actor=SYSTEM, person_id=person.id, role=role, place_id=world.place_id(place),
        department=department, at=NOW,
    )  # fmt: skip
    world.person_ids[login], world.duty_ids[login] = person.id, duty.id
    return duty.id


def fire(world: World) -> Case:
    return Case.objects.get(pk=world.take(FIRE).case_id)


def ask(world: World, case: Case, at: datetime = NOW) -> queries.Recommendation:
    """Ask as the town desk asks: through both walls."""
    desk = world.actor("desk")
    with scope.acting(scope.of(desk)):
        return queries.recommend_for(case=case, at=at)


def names(found: object) -> list[str]:
    return [candidate.name for candidate in found]  # type: ignore[attr-defined]


def test_the_team_of_the_whole_village_is_asked_the_own_grid_first(world: World) -> None:
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    workers, officers = ask(world, fire(world)).proposals
    assert names(workers.chosen) == ["grid 同志", "second"]
    assert [c.seat_m for c in workers.chosen] == [0, 1100]
    assert (names(officers.chosen), officers.missing) == (["officer 同志"], 1)
    assert officers.reasons == {}


def test_every_reason_is_found_where_it_stands(world: World) -> None:
    for login in ("two", "three", "four", "five"):
        hire(world, login, Role.ENFORCEMENT_OFFICER, COUNTY, "CONSTRUCTION")
    hire(world, "other", Role.ENFORCEMENT_OFFICER, COUNTY, "FIRE")
    case, elsewhere = fire(world), world.take("路面有个大坑", lon=120.05)
    desk = world.actor("centre")
    (busy,) = actions.dispatch_case(
        actor=desk, case_id=elsewhere.case_id, duty_ids=[world.duty_ids["two"]], at=NOW
    )
    for move in ("sign_for", "set_out"):
        actions.move_dispatch(actor=world.actor("two"), dispatch_id=busy.id, move=move, at=NOW)
    (sent,) = actions.dispatch_case(
        actor=desk, case_id=case.id, duty_ids=[world.duty_ids["three"]], at=NOW
    )
    actions.move_dispatch(
        actor=world.actor("three"), dispatch_id=sent.id, move="decline", note="病", at=NOW
    )
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["four"], starts_at=later(60), ends_at=later(90), at=NOW
    )
    _workers, officers = ask(world, case).proposals
    assert names(officers.chosen) == ["officer 同志", "five"]
    # The dispatch of "two" lies outside the desk's sight and counts all the same.
    assert officers.reasons == {
        Obstacle.DEPARTMENT: 1, Obstacle.DECLINED: 1, Obstacle.OFF_DUTY: 1, Obstacle.BUSY: 1,
    }  # fmt: skip


def test_who_was_chosen_by_hand_fills_the_card(world: World) -> None:
    case = fire(world)
    actions.dispatch_case(
        actor=world.actor("desk"), case_id=case.id, at=NOW,
        duty_ids=[world.duty_ids["grid"], world.duty_ids["officer"]],
    )  # fmt: skip
    workers, officers = ask(world, case).proposals
    assert (workers.asked, workers.missing, workers.reasons) == (1, 1, {Obstacle.HERE: 1})
    assert (officers.asked, officers.missing) == (1, 1)


def test_on_duty_is_until_the_shift_ends(world: World) -> None:
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["grid"], starts_at=NOW, ends_at=later(30), at=NOW
    )
    case = fire(world)
    workers = ask(world, case).proposals[0]
    assert [c.on_until for c in workers.chosen] == [later(30)]
    assert ask(world, case, later(30)).proposals[0].reasons == {Obstacle.OFF_DUTY: 1}


def test_a_recommendation_is_three_statements_however_many_people(world: World) -> None:
    case = fire(world)
    for number in range(30):
        hire(world, f"w{number}", Role.GRID_WORKER, VILLAGE)
    queries.list_run_cards(jurisdiction="TEST-SMALL")
    with CaptureQueriesContext(connection) as captured:
        found = queries.recommend_for(case=case, at=NOW)
    assert len(found.proposals[0].reserve) == 29
    assert len([q for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 3


def test_a_case_of_the_town_is_within_reach_of_the_towns_people(world: World) -> None:
    taken = world.take(FIRE, lon=None, lat=None, place_code=TOWN)
    workers = ask(world, Case.objects.get(pk=taken.case_id)).proposals[0]
    assert names(workers.chosen) == ["grid 同志"]
    assert workers.holders == 1, "the other town's worker is not asked"


# Positions


def switch_on(world: World, login: str, at: datetime = NOW, metres: int = 400) -> None:
    actor = world.actor(login)
    with scope.acting(scope.of(actor)):
        actions.switch_on_position(actor=actor, at=at)
        lat = IN_GRID[1] + metres / 110_574
        actions.send_position(actor=actor, lon=IN_GRID[0], lat=lat, at=at)


def distances(world: World, case: Case, at: datetime) -> dict[str, tuple[int | None, bool]]:
    return {c.name: (c.distance_m, c.is_seen) for c in ask(world, case, at).candidates}


def test_a_fresh_position_counts_as_a_rounded_distance(world: World) -> None:
    case = fire(world)
    switch_on(world, "officer", metres=437)
    officers = ask(world, case, later(6)).proposals[1]
    (officer,) = officers.chosen
    assert (officer.position_m, officer.seen_minutes, officer.is_seen) == (400, 6, True)
    assert officer.travel_minutes() == 2


@pytest.mark.parametrize(("minutes", "is_used"), [(0, True), (30, True), (31, False), (600, False)])
def test_a_position_is_used_for_half_an_hour(world: World, minutes: int, is_used: bool) -> None:
    case = fire(world)
    switch_on(world, "officer")
    assert distances(world, case, later(minutes))["officer 同志"][1] is is_used


def test_a_position_is_not_used_after_the_shift_though_it_is_fresh(world: World) -> None:
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["officer"], starts_at=NOW, ends_at=later(10), at=NOW
    )
    case = fire(world)
    switch_on(world, "officer")
    assert distances(world, case, later(9))["officer 同志"] == (400, True)
    assert distances(world, case, later(10))["officer 同志"][1] is False


def test_the_database_shows_a_position_to_nobody_but_its_person(world: World) -> None:
    switch_on(world, "officer")
    for login in ("desk", "centre", "leader", "grid", "lead", "principal"):
        with scope.acting(scope.of(world.actor(login))):
            assert not Position.objects.exists(), login
    with scope.acting(scope.of(world.actor("officer"))):
        assert Position.objects.count() == 1


def test_the_function_gives_metres_and_minutes_and_no_place(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_function_result(oid) FROM pg_proc WHERE proname = 'dispatch_candidate_facts'"
        )
        (result,) = cursor.fetchone()
    assert result == (
        "TABLE(person_id uuid, elsewhere integer, here character varying, position_m integer,"
        " seen_minutes integer, waiting integer)"
    )


@pytest.mark.parametrize(
    ("lon", "lat", "to_lon", "to_lat", "metres"),
    [
        (120.0, 30.0, 120.0, 30.0, 0),
        # One degree on the ellipsoid (WGS-84): 110.9 km of latitude, 96.5 km of longitude at 30°.
        (120.0, 30.0, 120.0, 30.01, 1100),
        (120.0, 30.0, 120.01, 30.0, 1000),
        (120.0, 30.0, 121.0, 30.0, 96_400),
        (None, 30.0, 121.0, 30.0, None),
    ],
)
def test_distances_are_those_of_the_plane_rounded(
    db: None, lon: float, lat: float, to_lon: float, to_lat: float, metres: int
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dispatch_distance_m(%s::float8, %s::float8, %s::float8, %s::float8)",
            [lon, lat, to_lon, to_lat],
        )
        assert cursor.fetchone() == (metres,)

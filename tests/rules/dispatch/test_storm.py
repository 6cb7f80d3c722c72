"""A storm night's plan: it holds, it never costs more than nearest-first, and it can be repeated."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.dispatch.rules import storm
from anlan.dispatch.rules.storm.model import Night, schedule
from anlan.dispatch.rules.storm.plan import choose

LAT = 29.7
QUICK = storm.Effort(rounds=20)
SKILLS = ("SAW", "PUMP", "CABLE")


def call(number: int, east_km: float, north_km: float = 0.0, **given: object) -> storm.Call:
    fields: dict[str, object] = {
        "key": f"c{number}", "lon": 120 + east_km / 96.8, "lat": LAT + north_km / 110.85,
        "service_minutes": 20.0, "due_minutes": 60.0,
    }  # fmt: skip
    return storm.Call(**(fields | given))  # type: ignore[arg-type]


def team(number: int, east_km: float = 0.0, north_km: float = 0.0, **given: object) -> storm.Team:
    fields: dict[str, object] = {
        "key": f"t{number}", "lon": 120 + east_km / 96.8, "lat": LAT + north_km / 110.85,
    }  # fmt: skip
    return storm.Team(**(fields | given))  # type: ignore[arg-type]


km = st.floats(-12, 12).map(lambda value: round(value, 2))
some_skills = st.frozensets(st.sampled_from(SKILLS), max_size=2)
some_calls = st.lists(
    st.builds(
        call, st.just(0), km, km, service_minutes=st.integers(5, 60), due_minutes=st.integers(-90, 400),
        weight=st.sampled_from([1.0, 2.0, 6.0]), fits=some_skills,
    ),
    max_size=14,
)  # fmt: skip
some_teams = st.lists(
    st.builds(
        team, st.just(0), km, km, skills=some_skills, free_minutes=st.integers(0, 60),
        until_minutes=st.integers(0, 300),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(some_calls, some_teams)
def test_every_case_is_in_one_place_and_every_list_can_be_driven(
    calls: list[storm.Call], teams: list[storm.Team]
) -> None:
    plan = storm.solve(calls, teams, effort=QUICK)
    assert storm.check_plan(plan, calls, teams) == []
    assert plan.figures.cost <= plan.nearest.cost + 1e-3
    assert plan.figures.cost <= plan.urgent_nearest.cost + 1e-3
    assert plan == storm.solve(calls, teams, effort=QUICK)


@settings(max_examples=15, deadline=None)
@given(st.lists(km, min_size=1, max_size=4), st.lists(km, min_size=1, max_size=2))
def test_a_small_night_is_planned_as_well_as_by_trying_everything(
    where: list[float], starts: list[float]
) -> None:
    calls = [call(n, e, due_minutes=25.0 * n, weight=1.0 + n) for n, e in enumerate(where)]
    teams = [team(n, e, until_minutes=5000.0) for n, e in enumerate(starts)]
    night = Night(calls, teams, storm.STORM_DEFAULTS)
    best = float("inf")
    for order in itertools.permutations(range(len(calls))):
        for cut in range(len(order) + 1) if len(teams) == 2 else [len(order)]:
            routes = (order[:cut], order[cut:])[: len(teams)]
            best = min(best, night.total(routes))
    plan = storm.solve(calls, teams, effort=QUICK)
    assert plan.figures.cost == pytest.approx(best, rel=1e-4, abs=0.01)


def test_the_cost_of_an_insertion_is_what_the_list_then_costs() -> None:
    import numpy as np

    from anlan.dispatch.rules.storm.board import Board

    calls = [call(n, n * 1.7 - 6, n % 3, due_minutes=12.0 * n - 20, weight=n + 1) for n in range(9)]
    teams = [team(0), team(1, 4, 2, free_minutes=15, until_minutes=200)]
    night = Night(calls, teams, storm.STORM_DEFAULTS)
    board = Board(night, [[0, 1, 2, 3], [4, 5]])
    cost, position = board.insertions(np.array([6, 7, 8]), np.array([0, 1]))
    for row, new in enumerate([6, 7, 8]):
        for number, route in enumerate(board.routes):
            before = night.route_cost(number, route)
            tries = []
            for place in range(len(route) + 1):
                after = night.route_cost(number, [*route[:place], new, *route[place:]])
                tries.append(float("inf") if after is None else after - before)
            assert cost[row, number] == pytest.approx(min(tries))
            if min(tries) < float("inf"):
                assert tries[position[row, number]] == pytest.approx(min(tries))


REASONS = [
    ({"lon": None}, {}, storm.Reason.NO_POINT),
    ({"fits": frozenset({"PUMP"})}, {}, storm.Reason.NO_SKILL),
    ({"place_path": "33.b"}, {"place_paths": ("33.a",)}, storm.Reason.NOT_THEIR_PLACE),
    ({"service_minutes": 500.0}, {}, storm.Reason.SHIFT_ENDS),
]


@pytest.mark.parametrize(("of_call", "of_team", "reason"), REASONS)
def test_a_case_that_nobody_can_take_says_why(
    of_call: dict[str, object], of_team: dict[str, object], reason: storm.Reason
) -> None:
    plan = storm.solve([call(0, 1, **of_call)], [team(0, **of_team)], effort=QUICK)
    assert plan.left == (storm.Left(0, reason),)
    assert plan.lists == ((),)


def test_more_than_the_shifts_can_take_is_left_and_the_weightiest_is_not() -> None:
    calls = [call(n, 1, service_minutes=100.0, weight=1.0) for n in range(3)]
    calls[2] = replace(calls[2], weight=9.0)
    plan = storm.solve(calls, [team(0, until_minutes=230.0)], effort=QUICK)
    assert [left.reason for left in plan.left] == [storm.Reason.ALL_TAKEN]
    assert plan.lists[0][0].call == 2


def test_a_place_takes_in_what_lies_below_it_and_not_what_is_spelled_alike() -> None:
    calls = [call(0, 1, place_path="33.a.1"), call(1, 1, place_path="33.ab")]
    plan = storm.solve(calls, [team(0, place_paths=("33.a",))], effort=QUICK)
    assert [visit.call for visit in plan.lists[0]] == [0]


def test_when_time_is_over_the_best_so_far_stands_and_says_so() -> None:
    calls = [call(n, n - 5) for n in range(10)]
    seconds = itertools.count(0.0, 5.0)
    plan = storm.solve(calls, [team(0), team(1, 3)], clock=lambda: next(seconds))
    assert plan.is_cut
    assert storm.check_plan(plan, calls, [team(0), team(1, 3)]) == []


def test_progress_is_told_and_ends_at_the_whole() -> None:
    heard: list[float] = []
    storm.solve([call(0, 1), call(1, 2)], [team(0)], effort=QUICK, tell=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_the_choice_takes_the_cheapest_lists_that_go_together() -> None:
    calls = [call(0, 1), call(1, 2), call(2, -1)]
    night = Night(calls, [team(0), team(1, -1)], storm.STORM_DEFAULTS)
    lists = [(0, (0, 1)), (0, (2,)), (1, (2,)), (1, (0,))]
    pool = {key: night.route_cost(*key) or 0.0 for key in lists}
    assert choose(night, pool, 100, 5.0) == ((0, 1), (2,))


def test_nearest_first_takes_the_nearest_and_then_the_nearest_from_there() -> None:
    calls = [call(0, 5), call(1, 1), call(2, 3)]
    night = Night(calls, [team(0)], storm.STORM_DEFAULTS)
    assert storm.send_nearest(night) == ((1, 2, 0),)
    calls[0] = replace(calls[0], weight=6.0)
    night = Night(calls, [team(0)], storm.STORM_DEFAULTS)
    assert storm.send_nearest(night, urgent_first=True) == ((0, 2, 1),)


def test_arrivals_follow_from_ways_and_work() -> None:
    night = Night([call(0, 3), call(1, 6)], [team(0, free_minutes=10)], storm.STORM_DEFAULTS)
    first, second = schedule(night, [(0, 1)])[0]
    assert first.arrival_minutes == pytest.approx(10 + 3 * 1.4 * 60 / 18, abs=0.05)
    assert second.arrival_minutes - first.done_minutes == pytest.approx(14, abs=0.05)


def test_a_broken_plan_is_found_out() -> None:
    calls, teams = [call(0, 1), call(1, 2)], [team(0)]
    plan = storm.solve(calls, teams, effort=QUICK)
    visits = plan.lists[0]
    early = replace(visits[0], arrival_minutes=0.0)
    assert storm.check_plan(replace(plan, lists=((early, visits[1]),)), calls, teams)
    assert storm.check_plan(replace(plan, lists=((visits[0],),)), calls, teams)
    assert storm.check_plan(plan, calls, [replace(teams[0], until_minutes=30.0)])
    assert storm.check_plan(plan, [replace(calls[0], fits=frozenset({"PUMP"})), calls[1]], teams)


def team_of(key: str, *skills: str, free: float = 0.0) -> storm.Team:
    return storm.Team(key, lon=120.0, lat=29.7, skills=frozenset(skills), free_minutes=free)


def test_where_too_many_are_on_duty_no_skill_crowds_out_another() -> None:
    teams = [team_of(f"grid{n}", "GRID") for n in range(8)]
    teams += [team_of("idle")]
    teams += [team_of("power busy", "POWER", free=60), team_of("power", "POWER")]
    chosen = [teams[n].key for n in storm.choose_teams(teams, 4)]
    assert chosen == ["grid0", "grid1", "power busy", "power"]
    assert [teams[n].key for n in storm.choose_teams(teams, 2)] == ["grid0", "power"]


def test_all_are_looked_at_when_they_are_few_and_the_unskilled_come_last() -> None:
    teams = [team_of("idle"), team_of("grid", "GRID"), team_of("both", "GRID", "POWER")]
    assert storm.choose_teams(teams, 3) == [0, 1, 2]
    assert storm.choose_teams(teams, 2) == [1, 2]
    assert storm.choose_teams([], 2) == []

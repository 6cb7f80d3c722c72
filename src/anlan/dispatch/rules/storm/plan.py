"""Makes the plan: nearest-first, search, and HiGHS choosing the best set of all lists that were met.

The choice is a set-covering problem: one column for each (team, list) in the pool, each team gets at
most one, each case is in one or pays for being left. HiGHS solves it on one thread; what it
gives is taken only when it is better than what the search has. So the plan never costs more
than nearest-first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from anlan.dispatch.rules.storm.model import (
    STORM_DEFAULTS,
    Call,
    Figures,
    Left,
    Night,
    Policy,
    Routes,
    Team,
    Visit,
    measure,
    schedule,
)
from anlan.dispatch.rules.storm.nearest import send_nearest
from anlan.dispatch.rules.storm.search import EFFORT, Effort, Pool, Search

FEW_CALLS = 6
Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposal. is_cut: time was over before all rounds were made, so that it may differ again.

    nearest, urgent_nearest: what nearest-first comes to, without and with urgent cases first.
    """

    lists: tuple[tuple[Visit, ...], ...]
    left: tuple[Left, ...]
    figures: Figures
    nearest: Figures
    urgent_nearest: Figures
    rounds: int
    is_cut: bool

    @property
    def ratio(self) -> float:
        """The plan's cost as a share of the better nearest-first's; below 1 something was gained."""
        best = min(self.nearest.cost, self.urgent_nearest.cost)
        return round(self.figures.cost / best, 4) if best else 1.0


def solve(
    calls: Sequence[Call],
    teams: Sequence[Team],
    *,
    policy: Policy = STORM_DEFAULTS,
    effort: Effort = EFFORT,
    clock: Callable[[], float] = lambda: 0.0,
    tell: Tell = lambda share: None,
) -> Plan:
    """Plan who goes where, in which order.

    clock: seconds that only go forward, to keep to `effort.seconds`; tell: hears how far it is (0–1).
    The same input gives the same plan unless time is over first.
    """
    night = Night(calls, teams, policy)
    plain, urgent = send_nearest(night), send_nearest(night, urgent_first=True)
    end = clock() + effort.seconds
    rng = np.random.default_rng(effort.seed)
    routes, made, is_cut = min((plain, urgent), key=night.total), 0, False
    if calls and teams:
        search = Search(night, tuple(() for _ in teams), rng)
        search.fill()
        by_hand = Search(night, routes, rng)
        by_hand.fill()
        search.pool |= by_hand.pool
        if by_hand.best_cost < search.best_cost:
            search, pool = by_hand, search.pool
            search.pool |= pool
        search.pool |= list_everything(night, effort.columns - len(search.pool))
        share = effort.rounds // effort.choices
        for number in range(effort.choices):
            done = search.improve(share, lambda: clock() >= end)
            made, is_cut = made + done, is_cut or done < share
            tell((number + 0.8) / effort.choices)
            left_seconds = min(effort.choice_seconds, end - clock())
            if left_seconds > 0 and search.pool:
                began = clock()
                chosen = choose(night, search.pool, effort.columns, left_seconds)
                is_cut |= clock() - began >= left_seconds
                if chosen is not None and night.total(chosen) < search.best_cost - 1e-9:
                    search = _go_on(night, chosen, rng, search.pool)
            tell((number + 1) / effort.choices)
        if search.best_cost < night.total(routes):
            routes = search.best
    taken = {call for route in routes for call in route}
    return Plan(
        lists=tuple(tuple(visits) for visits in schedule(night, routes)),
        left=tuple(Left(n, night.why_left(n)) for n in range(len(calls)) if n not in taken),
        figures=measure(night, routes), nearest=measure(night, plain),
        urgent_nearest=measure(night, urgent), rounds=made,
        is_cut=is_cut,
    )  # fmt: skip


def _go_on(night: Night, routes: Routes, rng: np.random.Generator, pool: Pool) -> Search:
    search = Search(night, routes, rng)
    search.fill()
    search.pool = pool | search.pool
    return search


def list_everything(night: Night, limit: int) -> Pool:
    """Give every list that any team could have, when these are few; else nothing.

    The choice among all of them is the best plan there is.
    """
    calls, teams = range(len(night.calls)), range(len(night.teams))
    each = sum(math.perm(len(calls), count) for count in calls) + math.factorial(len(calls))
    if len(calls) > FEW_CALLS or each * len(teams) > limit:
        return {}
    found: Pool = {}
    for team in teams:
        for count in range(1, len(calls) + 1):
            for route in permutations(calls, count):
                cost = night.route_cost(team, route)
                if cost is not None:
                    found[team, route] = cost
    return found


def choose(night: Night, pool: Pool, columns: int, seconds: float) -> Routes | None:
    """Let HiGHS choose the cheapest set of lists; None when it found none in time."""
    # Half a second to import; only whoever plans a storm night waits for it.
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    lists = list(pool.items())[-columns:]
    takeable = np.flatnonzero(night.reachable.any(axis=0))
    row_of = {int(call): row for row, call in enumerate(takeable)}
    rows, places, costs = [], [], []
    for column, ((team, route), cost) in enumerate(lists):
        rows += [row_of[call] for call in route] + [len(takeable) + team]
        places += [column] * (len(route) + 1)
        costs.append(cost)
    for call, row in row_of.items():
        rows.append(row)
        places.append(len(costs))
        costs.append(float(night.left_cost[call]))
    count = len(takeable) + len(night.teams)
    matrix = coo_array((np.ones(len(rows)), (rows, places)), shape=(count, len(costs)))
    lower = np.concatenate([np.ones(len(takeable)), np.full(len(night.teams), -np.inf)])
    upper = np.concatenate([np.full(len(takeable), np.inf), np.ones(len(night.teams))])
    found = milp(
        np.array(costs), integrality=np.ones(len(costs)), bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix.tocsc(), lower, upper),
        options={"time_limit": seconds, "node_limit": 200, "mip_rel_gap": 1e-6},
    )  # fmt: skip
    if found.x is None:
        return None
    routes: list[tuple[int, ...]] = [()] * len(night.teams)
    seen: set[int] = set()
    for picked in np.flatnonzero(found.x[: len(lists)] > 0.5):
        (team, route), _cost = lists[int(picked)]
        routes[team] = tuple(call for call in route if call not in seen)
        seen |= set(route)
    return tuple(routes)


def check_plan(
    plan: Plan, calls: Sequence[Call], teams: Sequence[Team], policy: Policy = STORM_DEFAULTS
) -> list[str]:
    """Give what is wrong with a plan, one line each; nothing for one that holds."""
    night = Night(calls, teams, policy)
    wrong = []
    seen = [v.call for visits in plan.lists for v in visits] + [left.call for left in plan.left]
    if sorted(seen) != list(range(len(calls))):
        wrong.append("a case is missing or stands in two places")
    for team, visits in enumerate(plan.lists):
        leave, at = float(night.free[team]), -1
        for visit in visits:
            way = night.first[team, visit.call] if at < 0 else night.ways[at, visit.call]
            if not night.allowed[team, visit.call]:
                wrong.append(f"team {team} may not take case {visit.call}")
            if visit.arrival_minutes < leave + float(way) - 1e-6:
                wrong.append(f"team {team} is at case {visit.call} before it can be")
            if visit.done_minutes > night.until[team] + 1e-6:
                wrong.append(f"team {team} works beyond its shift at case {visit.call}")
            leave, at = visit.done_minutes, visit.call
    if plan.figures.cost > min(plan.nearest.cost, plan.urgent_nearest.cost) + 1e-3:
        wrong.append("nearest-first would cost less")
    return wrong

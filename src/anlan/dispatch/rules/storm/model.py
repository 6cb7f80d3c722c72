"""What a plan is made of, how long ways take, when teams arrive, and what a plan is worth.

All times are minutes after the instant of planning; a due time that has passed is negative. The
worth of a plan is a sum over its cases, smaller is better:

    arrival x waiting + weight x lateness x max(0, arrival - due)

A case that no team takes counts as if somebody came `left_minutes` after the last shift has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from anlan.places.rules.locator import degree_lengths_m

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Routes = tuple[tuple[int, ...], ...]
"""For each team the numbers of its cases, in the order in which it goes to them."""


class Reason(StrEnum):
    """Why nobody takes a case. The first that holds is told."""

    NO_POINT = "NO_POINT"
    NO_SKILL = "NO_SKILL"
    NOT_THEIR_PLACE = "NOT_THEIR_PLACE"
    SHIFT_ENDS = "SHIFT_ENDS"
    ALL_TAKEN = "ALL_TAKEN"


@dataclass(frozen=True, slots=True)
class Call:
    """A case that waits for a team. fits: any one of these skills will do; empty: anybody will.

    place_path: the place, as ltree; weight: what a minute of lateness counts.
    """

    key: str
    lon: float | None
    lat: float | None
    service_minutes: float
    due_minutes: float
    weight: float = 1.0
    fits: frozenset[str] = frozenset()
    place_path: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """A team on duty. free_minutes: when its running jobs end; until_minutes: when its shift does.

    place_paths: the places whose cases it takes, with all below them; empty: anywhere.
    """

    key: str
    lon: float
    lat: float
    skills: frozenset[str] = frozenset()
    free_minutes: float = 0.0
    until_minutes: float = 480.0
    place_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """How fast a storm lets people drive and what counts how much: `dispatch/storm.yaml`."""

    detour: float = 1.4
    speed_kmh: float = 18.0
    waiting: float = 1.0
    lateness: float = 1.0
    left_minutes: float = 240.0

    @property
    def minutes_per_m(self) -> float:
        """Minutes that a metre in a straight line takes."""
        return self.detour * 60 / (self.speed_kmh * 1000)


STORM_DEFAULTS = Policy()


@dataclass(frozen=True, slots=True)
class Visit:
    """A case in a team's list, and when the team arrives and is done there."""

    call: int
    arrival_minutes: float
    done_minutes: float


@dataclass(frozen=True, slots=True)
class Left:
    """A case that nobody takes, and why."""

    call: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Figures:
    """What a plan comes to. Means are over cases taken; the share within limits over all cases."""

    cost: float
    weighted_lateness: float
    mean_wait_minutes: float
    longest_wait_minutes: float
    within_limits: float
    taken: int
    left: int
    travel_minutes: float


def travel_minutes(
    lon: float, lat: float, to_lon: float, to_lat: float, policy: Policy = STORM_DEFAULTS
) -> float:
    """Estimate how long the way between two points takes: straight line x detour / speed.

    >>> round(travel_minutes(120.0, 29.7, 120.0, 29.73), 1)
    15.5
    """
    east, north = degree_lengths_m((lat + to_lat) / 2)
    metres = float(np.hypot((to_lon - lon) * east, (to_lat - lat) * north))
    return metres * policy.minutes_per_m


class Night:
    """The numbers of one planning as arrays: ways, terms, and which team may go where."""

    def __init__(self, calls: Sequence[Call], teams: Sequence[Team], policy: Policy) -> None:
        self.calls, self.teams, self.policy = calls, teams, policy
        self.service = np.array([c.service_minutes for c in calls], dtype=float)
        self.due = np.array([c.due_minutes for c in calls], dtype=float)
        self.late = np.array([c.weight for c in calls], dtype=float) * policy.lateness
        self.free = np.array([max(0.0, t.free_minutes) for t in teams], dtype=float)
        self.until = np.array([t.until_minutes for t in teams], dtype=float)
        points = [(c.lon or 0.0, c.lat or 0.0) for c in calls] + [(t.lon, t.lat) for t in teams]
        lonlat = np.array(points, dtype=float).reshape(-1, 2)
        known = np.array([c.lon is not None and c.lat is not None for c in calls], dtype=bool)
        whole = np.concatenate([known, np.ones(len(teams), dtype=bool)])
        middle = float(lonlat[whole, 1].mean()) if whole.any() else 0.0
        metres = lonlat * np.array(degree_lengths_m(middle))
        gaps = metres[:, None, :] - metres[None, :, :]
        ways = np.hypot(gaps[..., 0], gaps[..., 1]) * policy.minutes_per_m
        count = len(calls)
        self.ways: Floats = ways[:count, :count]
        self.first: Floats = ways[count:, :count]
        """team x case: the way from where the team is now."""
        self.skilled: Bools = np.array(
            [[known[n] and bool(not c.fits or c.fits & t.skills) for n, c in enumerate(calls)]
             for t in teams], dtype=bool,
        ).reshape(len(teams), count)  # fmt: skip
        self.allowed: Bools = self.skilled & np.array(
            [[_is_theirs(c, t) for c in calls] for t in teams], dtype=bool
        ).reshape(len(teams), count)
        earliest = self.free[:, None] + self.first + self.service[None, :]
        self.reachable: Bools = self.allowed & (earliest <= self.until[:, None])
        end = float(self.until.max(initial=0.0)) + policy.left_minutes
        self.left_cost: Floats = self.cost_of(np.arange(count), np.full(count, max(end, 0.0)))

    def cost_of(self, calls: npt.NDArray[np.int64], arrivals: Floats) -> Floats:
        """Give what each case costs when a team arrives then."""
        late = np.maximum(0.0, arrivals - self.due[calls])
        cost: Floats = arrivals * self.policy.waiting + self.late[calls] * late
        return cost

    def route_cost(self, team: int, route: Sequence[int]) -> float | None:
        """Give what a team's list costs; None when it lasts beyond the shift or does not fit."""
        leave, total, at = self.free[team], 0.0, -1
        for call in route:
            if not self.reachable[team, call]:
                return None
            arrival = leave + (self.first[team, call] if at < 0 else self.ways[at, call])
            leave, at = arrival + self.service[call], call
            total += arrival * self.policy.waiting
            total += self.late[call] * max(0.0, arrival - self.due[call])
        return None if route and leave > self.until[team] else float(total)

    def total(self, routes: Sequence[Sequence[int]]) -> float:
        """Give what a plan costs. Its lists must hold."""
        taken = [call for route in routes for call in route]
        total = float(self.left_cost.sum() - self.left_cost[taken].sum())
        for team, route in enumerate(routes):
            cost = self.route_cost(team, route)
            if cost is None:
                raise ValueError(f"team {team} cannot go through {list(route)}")
            total += cost
        return total

    def why_left(self, call: int) -> Reason:
        """Tell why a case that no list holds is left."""
        one = self.calls[call]
        if one.lon is None or one.lat is None:
            return Reason.NO_POINT
        if not self.skilled[:, call].any():
            return Reason.NO_SKILL
        if not self.allowed[:, call].any():
            return Reason.NOT_THEIR_PLACE
        return Reason.ALL_TAKEN if self.reachable[:, call].any() else Reason.SHIFT_ENDS


def _is_theirs(call: Call, team: Team) -> bool:
    if not team.place_paths:
        return True
    return any(
        call.place_path == path or call.place_path.startswith(path + ".")
        for path in team.place_paths
    )


def schedule(night: Night, routes: Sequence[Sequence[int]]) -> list[list[Visit]]:
    """Give the expected arrivals of all teams."""
    found = []
    for team, route in enumerate(routes):
        leave, at, visits = float(night.free[team]), -1, []
        for call in route:
            way = night.first[team, call] if at < 0 else night.ways[at, call]
            arrival = leave + float(way)
            leave, at = arrival + float(night.service[call]), call
            visits.append(Visit(call, arrival, leave))
        found.append(visits)
    return found


def measure(night: Night, routes: Sequence[Sequence[int]]) -> Figures:
    """Give the figures of a plan. A case left counts in the cost and as beyond its limit."""
    visits = [visit for list_ in schedule(night, routes) for visit in list_]
    waits = [visit.arrival_minutes for visit in visits]
    late = [
        night.late[v.call] * max(0.0, v.arrival_minutes - night.due[v.call]) for v in visits
    ]  # fmt: skip
    taken = {visit.call for visit in visits}
    end = max(0.0, float(night.until.max(initial=0.0)) + night.policy.left_minutes)
    left = [n for n in range(len(night.calls)) if n not in taken]
    late_left = [night.late[n] * max(0.0, end - night.due[n]) for n in left]
    in_time = sum(v.arrival_minutes <= night.due[v.call] for v in visits)
    working = sum(v.done_minutes - v.arrival_minutes for v in visits)
    lists = schedule(night, routes)
    busy = sum(v[-1].done_minutes - float(night.free[t]) for t, v in enumerate(lists) if v)
    return Figures(
        cost=round(night.total(routes), 3),
        weighted_lateness=round(float(sum(late) + sum(late_left)), 3),
        mean_wait_minutes=round(sum(waits) / len(waits), 2) if waits else 0.0,
        longest_wait_minutes=round(max(waits, default=0.0), 2),
        within_limits=round(float(in_time) / len(night.calls), 4) if night.calls else 1.0,
        taken=len(visits), left=len(left), travel_minutes=round(busy - working, 2),
    )  # fmt: skip

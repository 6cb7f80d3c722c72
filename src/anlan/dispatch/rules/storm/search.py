"""Finds good lists: insertion by regret, then large-neighbourhood search; keeps all lists it met.

Each round takes a few cases out (neighbours of one case, whole lists of neighbouring teams, or the
costliest) and puts them back, always the one first that would lose most by waiting (its second-best
list costs much more than its best). A slightly worse plan may follow a better one, less and less so
towards the end. Sources: Shaw 1998 (large-neighbourhood search); Ropke and Pisinger 2006 (regret
insertion, related removal); written anew here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from anlan.dispatch.rules.storm.board import Board, Ints
from anlan.dispatch.rules.storm.model import Night, Routes

Pool = dict[tuple[int, tuple[int, ...]], float]
MOST_AGAIN = 12
"""So many of the cases that are left are tried again in a round."""
NOISE = 0.3
"""Chance in the order in which cases are put back, so that a round does not repeat another."""
TOLERANCE = 0.004
"""How much worse a plan may be at the start to be gone on from; falls to nothing."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is searched, in rounds, so that the same input gives the same plan on any load.

    seconds: when this is over the best plan so far is taken, and the plan says so. choice_seconds: the most
    that one choice among lists may take.
    """

    rounds: int = 400
    columns: int = 4000
    choices: int = 2
    seconds: float = 8.5
    choice_seconds: float = 2.0
    seed: int = 1


EFFORT = Effort()


class Search:
    """A plan that gets better; `pool` holds every list met, with its cost."""

    def __init__(self, night: Night, routes: Routes, rng: np.random.Generator) -> None:
        self.night, self.rng = night, rng
        self.board = Board(night, routes)
        taken = {call for route in routes for call in route}
        takeable = night.reachable.any(axis=0) if len(night.teams) else np.zeros(0, dtype=bool)
        self.left = [int(c) for c in np.flatnonzero(takeable) if int(c) not in taken]
        self.beyond = float(night.left_cost[~takeable].sum()) if len(night.teams) else 0.0
        self.pool: Pool = {}
        self.best, self.best_cost = self.board.as_routes, self.cost
        self.now_cost = self.best_cost
        self._note(range(len(night.teams)))

    @property
    def cost(self) -> float:
        """Give what the plan costs as it stands."""
        return float(self.board.cost.sum() + self.night.left_cost[self.left].sum() + self.beyond)

    def fill(self) -> None:
        """Put in what is left, by regret."""
        self.left = self._insert(self.left)
        self._note(range(len(self.night.teams)))
        self.now_cost = self.cost
        self._keep()

    def improve(self, rounds: int, is_over: Callable[[], bool]) -> int:
        """Search for so many rounds, or until time is over; give how many were made."""
        for made in range(rounds):
            if is_over():
                return made
            self._round(TOLERANCE * (1 - made / rounds))
        return rounds

    def _round(self, tolerance: float) -> None:
        out = self._choose_out()
        before = {team: list(self.board.routes[team]) for team in range(len(self.board.routes))}
        left = list(self.left)
        self.board.take_out(out)
        again = (
            left if len(left) <= MOST_AGAIN else self.rng.choice(left, MOST_AGAIN, replace=False)
        )
        tried = {int(call) for call in again}
        rest = [call for call in left if call not in tried]
        self.left = rest + self._insert(sorted(out | tried), NOISE)
        changed = {
            team: route for team, route in before.items() if self.board.routes[team] != route
        }
        cost = self.cost
        if cost < self.now_cost + tolerance * self.best_cost:
            self._note(changed)
            self.now_cost = cost
            self._keep()
        else:
            self._note(changed)
            self.board.restore(changed)
            self.left = left

    def _note(self, teams: Iterable[int]) -> None:
        for team in teams:
            if self.board.routes[team]:
                key = (team, tuple(self.board.routes[team]))
                self.pool.pop(key, None)
                self.pool[key] = float(self.board.cost[team])

    def _keep(self) -> None:
        if self.now_cost < self.best_cost - 1e-9:
            self.best, self.best_cost = self.board.as_routes, self.now_cost

    def _choose_out(self) -> set[int]:
        """Choose what is taken out: neighbours, whole lists, or what costs most."""
        taken = [(call, team) for team, route in enumerate(self.board.routes) for call in route]
        if not taken:
            return set()
        way = self.rng.integers(4)
        count = int(self.rng.integers(min(8, 1 + len(taken) // 4), min(25, 3 + len(taken) // 2)))
        calls = np.array([call for call, _ in taken])
        if way <= 1:
            seed = int(self.rng.choice(calls))
            near = self.night.ways[seed, calls] * self.rng.uniform(0.8, 1.2, len(calls))
            return {int(c) for c in calls[np.argsort(near, kind="stable")[:count]]}
        if way == 2:
            seed = int(self.rng.choice(calls))
            start = min(
                (self.night.ways[seed, route].min(), team)
                for team, route in enumerate(self.board.routes) if route
            )[1]  # fmt: skip
            return self._whole_lists(start, count)
        costs = np.concatenate(
            [self.night.cost_of(np.array(r), self.board.arrival[t, : len(r)])
             for t, r in enumerate(self.board.routes) if r]
        )  # fmt: skip
        costs *= self.rng.uniform(0.3, 1.0, len(costs))
        return {int(c) for c in calls[np.argsort(-costs, kind="stable")[:count]]}

    def _whole_lists(self, team: int, count: int) -> set[int]:
        here = self.board.routes[team]
        gaps = [
            (float(self.night.ways[np.ix_(here, route)].mean() * self.rng.uniform(0.7, 1.3)), other)
            for other, route in enumerate(self.board.routes) if route and other != team
        ]  # fmt: skip
        out = set(here)
        for _gap, other in sorted(gaps):
            if len(out) >= count:
                break
            out |= set(self.board.routes[other])
        return out

    def _insert(self, calls: list[int], noise: float = 0.0) -> list[int]:
        """Put cases into lists, the one first that regrets most; give those that stay left."""
        if not calls or not self.board.routes:
            return calls
        waiting: Ints = np.array(calls, dtype=np.int64)
        teams: Ints = np.arange(len(self.board.routes), dtype=np.int64)
        cost, position = self.board.insertions(waiting, teams)
        staying: list[int] = []
        while len(waiting):
            best = cost.argmin(axis=1)
            rows = np.arange(len(waiting))
            lowest = cost[rows, best]
            if cost.shape[1] > 1:
                second = np.partition(cost, 1, axis=1)[:, 1]
            else:
                second = np.full(len(waiting), np.inf)
            other = np.minimum(second, self.night.left_cost[waiting])
            regret = np.where(np.isfinite(lowest), other - lowest, -np.inf)
            if noise:
                regret *= self.rng.uniform(1 - noise, 1 + noise, len(regret))
            row = int(regret.argmax())
            if not np.isfinite(regret[row]):
                staying += [int(c) for c in waiting]
                break
            call, team = int(waiting[row]), int(best[row])
            if regret[row] < 0 and lowest[row] >= self.night.left_cost[call]:
                staying.append(call)
            else:
                self.board.put(team, int(position[row, team]), call)
            keep = rows != row
            waiting, cost, position = waiting[keep], cost[keep], position[keep]
            if len(waiting):
                fresh, places = self.board.insertions(waiting, teams[team : team + 1])
                cost[:, team], position[:, team] = fresh[:, 0], places[:, 0]
        return staying

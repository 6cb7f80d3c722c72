"""The lists of all teams as padded arrays, so that every insertion anywhere is costed at once.

Inserting a case shifts the rest of a list by some minutes; the rest's lateness is piecewise linear in
that shift, so the exact change of the cost is one sum over arrays (cases x teams x positions x rest).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from anlan.dispatch.rules.storm.model import Floats, Night, Routes

Ints = npt.NDArray[np.int64]


class Board:
    """Lists that change. `node`, `arrival` are padded with zeros, `late` is zero beyond the end."""

    def __init__(self, night: Night, routes: Sequence[Sequence[int]]) -> None:
        self.night = night
        self.routes: list[list[int]] = [list(route) for route in routes]
        self._size(max(8, 2 + max((len(r) for r in self.routes), default=0)))

    def _size(self, width: int) -> None:
        teams = len(self.night.teams)
        self.width = width
        self.node: Ints = np.zeros((teams, width), dtype=np.int64)
        self.arrival: Floats = np.zeros((teams, width))
        self.leave: Floats = np.zeros((teams, width + 1))
        self.slack: Floats = np.zeros((teams, width))
        self.late: Floats = np.zeros((teams, width))
        self.length: Ints = np.zeros(teams, dtype=np.int64)
        self.cost: Floats = np.zeros(teams)
        self.rest = np.arange(width)[None, :] >= np.arange(width + 1)[:, None]
        for team in range(teams):
            self._write(team)

    def _write(self, team: int) -> None:
        """Work the arrays of one list out again."""
        night, route = self.night, self.routes[team]
        leave, at, total = float(night.free[team]), -1, 0.0
        self.leave[team, 0] = leave
        self.late[team] = 0.0
        self.node[team] = 0
        for number, call in enumerate(route):
            arrival = leave + float(night.first[team, call] if at < 0 else night.ways[at, call])
            leave, at = arrival + float(night.service[call]), call
            slack = arrival - float(night.due[call])
            self.node[team, number] = call
            self.arrival[team, number] = arrival
            self.leave[team, number + 1] = leave
            self.slack[team, number] = slack
            self.late[team, number] = night.late[call]
            total += arrival * night.policy.waiting + float(night.late[call]) * max(0.0, slack)
        self.length[team] = len(route)
        self.cost[team] = total

    def put(self, team: int, position: int, call: int) -> None:
        """Insert a case into a list."""
        self.routes[team].insert(position, call)
        if len(self.routes[team]) >= self.width:
            self._size(self.width + 8)
        else:
            self._write(team)

    def take_out(self, calls: set[int]) -> list[int]:
        """Take cases out of their lists; give the teams whose lists changed."""
        changed = [t for t, route in enumerate(self.routes) if not calls.isdisjoint(route)]
        for team in changed:
            self.routes[team] = [call for call in self.routes[team] if call not in calls]
            self._write(team)
        return changed

    def restore(self, routes: dict[int, list[int]]) -> None:
        """Set lists back."""
        for team, route in routes.items():
            self.routes[team] = list(route)
            self._write(team)

    def insertions(self, calls: Ints, teams: Ints) -> tuple[Floats, Ints]:
        """Give the cheapest insertion of each case into each list: cost and position.

        Infinite where the team may not take the case or the list would last beyond the shift.
        """
        night, width = self.night, int(self.length[teams].max(initial=0)) + 1
        node, late = self.node[teams][:, : width - 1], self.late[teams][:, : width - 1]
        slack, arrival = self.slack[teams][:, : width - 1], self.arrival[teams][:, : width - 1]
        leave, length = self.leave[teams][:, :width], self.length[teams]
        places = np.arange(width)
        is_last = places[None, :] == length[:, None]
        is_beyond = places[None, :] > length[:, None]
        inward = np.empty((len(calls), len(teams), width))
        inward[:, :, 0] = night.first[np.ix_(teams, calls)].T
        inward[:, :, 1:] = night.ways[node][:, :, calls].transpose(2, 0, 1)
        reach = leave[None] + inward
        after = reach + night.service[calls][:, None, None]
        shift = np.zeros_like(reach)
        shift[:, :, :-1] = after[:, :, :-1] + night.ways[calls][:, node] - arrival[None]
        shift = np.where(is_last | is_beyond, 0.0, shift)
        ends = self.leave[teams, length]
        until = night.until[teams]
        finish = np.where(is_last[None], after, ends[None, :, None] + shift)
        cost = reach * night.policy.waiting
        cost += night.late[calls][:, None, None] * np.maximum(
            0.0, reach - night.due[calls][:, None, None]
        )
        cost += shift * (night.policy.waiting * np.maximum(0, length[:, None] - places[None, :]))
        if width > 1:
            moved = np.maximum(0.0, slack[None, :, None, :] + shift[..., None])
            moved -= np.maximum(0.0, slack)[None, :, None, :]
            weights = late[:, None, :] * self.rest[None, :width, : width - 1]
            cost += np.einsum("jtpk,tpk->jtp", moved, weights)
        cost[np.broadcast_to(is_beyond[None], cost.shape)] = np.inf
        cost[finish > until[None, :, None] + 1e-9] = np.inf
        cost[~night.reachable[np.ix_(teams, calls)].T] = np.inf
        best = cost.argmin(axis=2)
        return np.take_along_axis(cost, best[..., None], axis=2)[..., 0], best

    @property
    def as_routes(self) -> Routes:
        """Give the lists as they stand."""
        return tuple(tuple(route) for route in self.routes)

"""What a desk does by hand, and what a plan has to beat: the nearest goes.

The team that is free first takes the nearest case that it may take and can finish; of equally near
ones that which stands first. In the second variant urgent cases go before all others: only when no
case of the highest weight is within its reach does a team look at the next.
"""

from __future__ import annotations

import heapq

from anlan.dispatch.rules.storm.model import Night, Routes


def send_nearest(night: Night, *, urgent_first: bool = False) -> Routes:
    """Deal cases out nearest first."""
    open_calls = set(range(len(night.calls)))
    routes: list[list[int]] = [[] for _ in night.teams]
    free = [(float(minutes), team) for team, minutes in enumerate(night.free)]
    heapq.heapify(free)
    while free and open_calls:
        leave, team = heapq.heappop(free)
        best: tuple[float, float, int] | None = None
        for call in open_calls:
            if not night.reachable[team, call]:
                continue
            at = routes[team][-1] if routes[team] else -1
            way = float(night.first[team, call] if at < 0 else night.ways[at, call])
            if leave + way + night.service[call] > night.until[team]:
                continue
            rank = -night.calls[call].weight if urgent_first else 0.0
            if best is None or (rank, way, call) < best:
                best = (rank, way, call)
        if best is None:
            continue
        _rank, way, call = best
        open_calls.discard(call)
        routes[team].append(call)
        heapq.heappush(free, (leave + way + float(night.service[call]), team))
    return tuple(tuple(route) for route in routes)

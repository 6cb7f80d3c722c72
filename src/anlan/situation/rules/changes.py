"""When did the rate change? The best division of a series into stretches of constant rate, found exactly.

The cost of a stretch is minus twice its greatest Poisson log-likelihood; every change costs a penalty. PELT drops a start that
can never be the last change again, and so finds the optimum in about linear time. Source: R. Killick, P. Fearnhead,
I. A. Eckley, J. Am. Stat. Assoc. 107 (2012). Page: docs/algorithms/change-points.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from anlan.kernel.errors import Invalid


class CountsUnusable(Invalid):
    """These counts cannot be used: {reason}."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Points from `first` (0 = the first) up to, not with, `until`, and their mean count."""

    first: int
    until: int
    mean: float


def find_stretches(
    counts: Sequence[float], *, penalty: float | None = None, shortest: int = 1
) -> list[Stretch]:
    """Divide the series where its rate changes; one stretch if it does not.

    penalty: of a change; None: 2 · ln n, for a rate and an instant each. shortest: points of a stretch. Raises CountsUnusable.

    >>> [(s.first, s.mean) for s in find_stretches([2, 3, 2, 1, 9, 11, 10, 8])]
    [(0, 2.0), (4, 9.5)]
    """
    _check(counts, shortest)
    length = len(counts)
    cost_of_change = 2 * math.log(max(length, 2)) if penalty is None else penalty
    sums = [0.0]
    for count in counts:
        sums.append(sums[-1] + count)
    best = [-cost_of_change] + [math.inf] * length  # best[t]: least cost of the first t points
    last = [0] * (length + 1)
    starts: dict[int, float] = {
        0: math.inf
    }  # start → the end from which on it cannot be the last change
    for until in range(shortest, length + 1):
        starts = {start: ends for start, ends in starts.items() if ends > until}
        costs = {
            start: best[start] + _cost(sums[until] - sums[start], until - start) for start in starts
        }
        last[until] = min(costs, key=lambda start: costs[start])
        best[until] = costs[last[until]] + cost_of_change
        for start, cost in costs.items():
            # Splitting never makes a stretch dearer: with `until` as last change all later ends are as
            # cheap, as soon as a stretch that starts there is long enough.
            if cost > best[until] + 1e-9:
                starts[start] = min(starts[start], until + shortest)
        entering = until + 1 - shortest
        if entering >= shortest:
            starts[entering] = math.inf
    borders = [length]
    while borders[-1] > 0:
        borders.append(last[borders[-1]])
    return [
        Stretch(first, until, (sums[until] - sums[first]) / (until - first))
        for first, until in pairwise(reversed(borders))
    ]


def _cost(total: float, points: int) -> float:
    """Minus twice the Poisson log-likelihood at the mean, but for what no division changes."""
    return -2 * total * math.log(total / points) if total > 0 else 0.0


def _check(counts: Sequence[float], shortest: int) -> None:
    if shortest < 1 or len(counts) < shortest:
        raise CountsUnusable(
            reason=f"there are {len(counts)} points, and a stretch needs {shortest}"
        )
    if any(not math.isfinite(count) or count < 0 for count in counts):
        raise CountsUnusable(reason="one is missing or negative")

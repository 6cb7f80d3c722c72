"""Ranks with what they hang on: weights that could be others, another method, and chance in small counts.

A rank is never given alone. Schemes are drawn many times: each weight up to `doubt_percent` higher or lower, points by another way, the other
mean, and each counted value from what may lie behind the count. The interval holds 95 % of a place's ranks. Each cause is drawn alone,
too, so that one reads what a rank hangs on. Fixed seed: the same figures give the same intervals.
Source: Saisana, Saltelli, Tarantola, J. R. Statist. Soc. A 168 (2005). Page: docs/algorithms/composite-scores.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from anlan.assessment.rules.schemes import Mean, Part, Scheme, Way
from anlan.assessment.rules.scoring import Floats, combine, deduct, give_points
from anlan.indicators.rules.register import Kind

Ints = NDArray[np.int64]
DRAWS = 1000
SEED = 330000
EDGE = 0.025


class Doubt(StrEnum):
    """What a rank may hang on."""

    WEIGHTS = "WEIGHTS"
    METHOD = "METHOD"
    CHANCE = "CHANCE"


@dataclass(frozen=True, slots=True)
class Counted:
    """One place's value of one indicator, and what it was worked out from, so that chance can be drawn."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """An indicator over all peers. times: value = numerator ÷ denominator × times."""

    kind: Kind
    is_higher_better: bool
    times: float
    cells: tuple[Counted, ...]

    @property
    def values(self) -> tuple[float | None, ...]:
        """The values alone."""
        return tuple(cell.value for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Place:
    """A place's rank among `of` scored ones (1 is best, equals share the better rank), and the ranks that are open to it.

    alone: the interval by each cause alone. low, high: of the score, 95 %.
    """

    rank: int
    of: int
    first: int
    last: int
    low: float
    high: float
    alone: Mapping[Doubt, tuple[int, int]]


def rank_places(
    scheme: Scheme, columns: Mapping[str, Column], scores: Sequence[float | None], *, draws: int = DRAWS, seed: int = SEED
) -> list[Place | None]:  # fmt: skip
    """Rank peers by score with intervals; None for one without a score."""
    known = np.array([n for n, score in enumerate(scores) if score is not None], dtype=int)
    found: list[Place | None] = [None] * len(scores)
    if not len(known):
        return found
    now = np.array([scores[n] for n in known], dtype=float)
    ranks = _rank(now[None])[0]
    all_drawn = _draw_scores(scheme, columns, known, set(Doubt), draws, seed)
    first, last = _interval(_rank(all_drawn), ranks)
    low, high = np.quantile(all_drawn, [EDGE, 1 - EDGE], axis=0)
    alone = {
        doubt: _interval(_rank(_draw_scores(scheme, columns, known, {doubt}, draws, seed)), ranks)
        for doubt in Doubt
    }
    for at, n in enumerate(known):
        found[n] = Place(
            int(ranks[at]), len(known), int(first[at]), int(last[at]), min(float(low[at]), float(now[at])),
            max(float(high[at]), float(now[at])),
            {doubt: (int(ends[0][at]), int(ends[1][at])) for doubt, ends in alone.items()},
        )  # fmt: skip
    return found


def _rank(scores: Floats) -> Ints:
    """Rank each row, 1 the highest; equals (to a millionth of a point) share the better rank."""
    rounded = np.round(scores, 6)
    ranks: Ints = (rounded[:, None, :] > rounded[:, :, None]).sum(axis=-1) + 1
    return ranks


def _interval(drawn: Ints, ranks: Ints) -> tuple[Ints, Ints]:
    ordered = np.sort(drawn, axis=0)
    number = len(ordered)
    first, last = ordered[int(number * EDGE)], ordered[min(number - 1, int(number * (1 - EDGE)))]
    return np.minimum(first, ranks), np.maximum(last, ranks)


def _draw_scores(
    scheme: Scheme,
    columns: Mapping[str, Column],
    known: Floats,
    doubts: set[Doubt],
    draws: int,
    seed: int,
) -> Floats:
    """Score the known places `draws` times; draws × places."""
    chance = np.random.default_rng(seed)
    values = {
        code: _draw_values(column, draws, chance)
        if Doubt.CHANCE in doubts
        else _repeat(column, draws)
        for code, column in columns.items()
    }
    weights = np.array([part.weight for part in scheme.parts])
    shape = (draws, len(weights))
    reach = scheme.doubt_percent / 100
    dealt = (
        weights * chance.uniform(1 - reach, 1 + reach, shape)
        if Doubt.WEIGHTS in doubts
        else np.broadcast_to(weights, shape)
    )
    is_other = chance.random(draws) < 0.5
    which = chance.integers(0, len(Way), draws)
    points = np.stack([_points(part, columns[part.indicator], values[part.indicator], which if Doubt.METHOD in doubts else None)
                       for part in scheme.parts], axis=-1)  # fmt: skip
    base = combine(points, dealt[:, None, :], scheme.mean)
    if Doubt.METHOD in doubts:
        other = Mean.GEOMETRIC if scheme.mean is Mean.ARITHMETIC else Mean.ARITHMETIC
        base = np.where(is_other[:, None], combine(points, dealt[:, None, :], other), base)
    higher = {code: column.is_higher_better for code, column in columns.items()}
    return deduct(scheme, base, values, higher)[:, known]


def _points(part: Part, column: Column, values: Floats, which: Ints | None) -> Floats:
    """Points of one part a draw; which: the drawn way a draw (a part without goals keeps its own instead of TARGET)."""
    own = give_points(values, way=part.way, is_higher_better=column.is_higher_better, part=part)
    if which is None:
        return own
    points = np.array(own)
    for number, way in enumerate(Way):
        chosen = which == number
        if not chosen.any() or (way is Way.TARGET and part.goal is None):
            continue
        points[chosen] = give_points(
            values[chosen], way=way, is_higher_better=column.is_higher_better, part=part
        )
    return points


def _repeat(column: Column, draws: int) -> Floats:
    row = np.array([np.nan if value is None else value for value in column.values], dtype=float)
    return np.broadcast_to(row, (draws, len(row)))


def _draw_values(column: Column, draws: int, chance: np.random.Generator) -> Floats:
    """Draw what may lie behind each counted value, by Jeffreys' priors as in the two reports; what is stated stays.

    See docs/algorithms/funnel-limits.md.
    """
    drawn = np.array(_repeat(column, draws))
    if column.kind is Kind.STATED:
        return drawn
    for n, cell in enumerate(column.cells):
        below = 1.0 if cell.denominator is None else cell.denominator
        if cell.value is None or cell.numerator is None or below <= 0 or cell.numerator < 0:
            continue
        above = cell.numerator
        if column.kind is Kind.COUNT:
            rates = chance.gamma(above + 0.5, size=draws) / below
        elif column.kind is Kind.SHARE:
            good = min(above, below)
            rates = chance.beta(good + 0.5, below - good + 0.5, size=draws)
        else:
            rates = above / np.maximum(chance.gamma(below, size=draws), 1e-9)
        drawn[:, n] = rates * column.times
    return drawn

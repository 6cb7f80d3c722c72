"""A place among its peers: funnel limits and rank intervals, so that chance is not ranked.

Peers are the places below the same parent. Counts are taken as Poisson, shares as binomial, mean times as means of
exponential times; what a department states is taken as it is. Guarantees, example, sources: docs/algorithms/funnel-limits.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from anlan.indicators.rules.register import Direction, Kind

DRAWS = 2000
SEED = 330000
MANY = 10
"""Peers from which on their spread beyond chance is estimated."""
EDGE = 0.025


@dataclass(frozen=True, slots=True)
class Part:
    """A value and what it was worked out from."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a value stands: rank (1 is best) of how many, the ranks that chance leaves open, and the limits of its funnel.

    limits: of values that chance explains, inner and outer; None where chance is not judged.
    """

    rank: int
    of: int
    first: int
    last: int
    centre: float
    inner: tuple[float, float] | None
    outer: tuple[float, float] | None

    def is_told_apart(self, share: float) -> bool:
        """Tell whether the rank says something: chance leaves open at most this share of all ranks.

        >>> Standing(3, 10, 1, 9, 1.0, None, None).is_told_apart(0.5)
        False
        """
        return self.last - self.first + 1 <= max(1.0, share * self.of)


def compare(
    parts: Sequence[Part | None], *, kind: Kind, direction: Direction, times: float, inner_percent: float = 95.0,
    outer_percent: float = 99.8,
) -> list[Standing | None]:  # fmt: skip
    """Compare peers on one indicator; None for a place without a value or without anything to compare with."""
    known = [
        index for index, part in enumerate(parts) if part is not None and part.value is not None
    ]
    found: list[Standing | None] = [None] * len(parts)
    if len(known) < 2:
        return found
    values: Any = np.array([part.value for part in parts if part and part.value is not None])
    sign = -1.0 if direction is Direction.HIGHER else 1.0
    ranks = _rank(sign * values)
    chance = _chance([parts[index] for index in known], kind)
    if chance is None:
        centre = float(np.median(values))
        for place, index in enumerate(known):
            rank = int(ranks[place])
            found[index] = Standing(rank, len(known), rank, rank, centre, None, None)
        return found
    above, below = chance
    rate = above.sum() / below.sum()
    drawn = np.sort(_rank(sign * _draw(above, below, kind)), axis=0)
    first = drawn[int(DRAWS * EDGE)]
    last = drawn[int(DRAWS * (1 - EDGE)) - 1]
    spread = _spread(above, below, rate, kind)
    inner, outer = (
        _limits(below, rate, kind, percent, spread) for percent in (inner_percent, outer_percent)
    )
    for place, index in enumerate(known):
        rank = int(ranks[place])
        found[index] = Standing(
            rank, len(known), min(rank, int(first[place])), max(rank, int(last[place])), float(rate * times),
            (float(inner[0][place] * times), float(inner[1][place] * times)),
            (float(outer[0][place] * times), float(outer[1][place] * times)),
        )  # fmt: skip
    return found


def _rank(values: Any) -> Any:
    """Rank along the last axis, in one row equals sharing the better rank; drawn values are never equal."""
    if values.ndim == 1:
        return np.searchsorted(np.sort(values), values, side="left") + 1
    return values.argsort(axis=1).argsort(axis=1) + 1


def _chance(parts: Sequence[Any], kind: Kind) -> tuple[Any, Any] | None:
    """Give numerators and denominators where chance can be judged for every one of them."""
    if kind is Kind.STATED or any(part.numerator is None for part in parts):
        return None
    above = np.array([part.numerator for part in parts], dtype=float)
    below = np.array([1.0 if part.denominator is None else part.denominator for part in parts])
    if (below <= 0).any() or (kind in (Kind.SHARE, Kind.MEAN) and above.sum() <= 0):
        return None
    return above, below


def _draw(above: Any, below: Any, kind: Kind) -> Any:
    """Draw what the underlying rates may be, given what was counted (Jeffreys' priors)."""
    chance = np.random.default_rng(SEED)
    size = (DRAWS, len(above))
    if kind is Kind.COUNT:
        return chance.gamma(above + 0.5, size=size) / below
    if kind is Kind.SHARE:
        good = np.minimum(above, below)
        return chance.beta(good + 0.5, below - good + 0.5, size=size)
    return above / chance.gamma(below, size=size)


def _spread(above: Any, below: Any, rate: float, kind: Kind) -> float:
    """Estimate how much more peers differ than chance would have it (1: no more).

    Spiegelhalter's multiplicative over-dispersion: the mean square of z-scores, a tenth at either end drawn in.
    """
    if len(above) < MANY or rate <= 0:
        return 1.0
    scores = np.sort((above / below - rate) / _error(below, rate, kind))
    cut = int(len(scores) * 0.1)
    scores = np.clip(scores, scores[cut], scores[-1 - cut])
    factor = float(np.mean(scores**2))
    return factor if factor > 1 + 2 * math.sqrt(2 / len(scores)) else 1.0


def _error(below: Any, rate: float, kind: Kind) -> Any:
    if kind is Kind.COUNT:
        return np.sqrt(rate / below)
    if kind is Kind.SHARE:
        return np.sqrt(np.maximum(rate * (1 - rate), 1e-12) / below)
    return rate / np.sqrt(below)


def _limits(below: Any, rate: float, kind: Kind, percent: float, spread: float) -> tuple[Any, Any]:
    tail = (1 - percent / 100) / 2
    if spread > 1:
        reach = float(special.ndtri(1 - tail)) * math.sqrt(spread) * _error(below, rate, kind)
        return np.maximum(rate - reach, 0), rate + reach
    if kind is Kind.COUNT:
        return _poisson(rate * below, tail) / below, _poisson(rate * below, 1 - tail) / below
    if kind is Kind.SHARE:
        share = min(rate, 1.0)
        return _binomial(below, share, tail) / below, _binomial(below, share, 1 - tail) / below
    return rate * special.gdtrix(1.0, below, tail) / below, rate * special.gdtrix(
        1.0, below, 1 - tail
    ) / below


def _poisson(mean: Any, probability: float) -> Any:
    """The smallest count whose cumulative probability reaches this."""
    guess = np.ceil(special.pdtrik(probability, np.maximum(mean, 1e-12)))
    lower = np.maximum(guess - 1, 0)
    found = np.where(special.pdtr(lower, mean) >= probability, lower, guess)
    return np.where(mean <= 0, 0.0, np.nan_to_num(found))


def _binomial(number: Any, share: float, probability: float) -> Any:
    if share <= 0 or share >= 1:
        return number * share
    guess = np.ceil(special.bdtrik(probability, number, share))
    lower = np.maximum(guess - 1, 0)
    return np.nan_to_num(np.where(_cumulated(lower, number, share) >= probability, lower, guess))


def chance_of_change(now: Part, then: Part, *, kind: Kind) -> float | None:
    """Give the two-sided probability that chance alone makes such a change; None where it is not judged.

    Counts: exact, one given both together. Shares: after the arcsine transform. Means: ratio of exponential means (F).

    >>> chance_of_change(Part(None, 20, 1.0), Part(None, 20, 1.0), kind=Kind.COUNT)
    1.0
    >>> chance_of_change(Part(None, 40, 1.0), Part(None, 10, 1.0), kind=Kind.COUNT) < 0.001
    True
    """
    if kind is Kind.STATED or now.numerator is None or then.numerator is None:
        return None
    below_now = 1.0 if now.denominator is None else now.denominator
    below_then = 1.0 if then.denominator is None else then.denominator
    if below_now <= 0 or below_then <= 0:
        return None
    if kind is Kind.COUNT:
        count, together = round(now.numerator), round(now.numerator) + round(then.numerator)
        share = below_now / (below_now + below_then)
        low = float(special.bdtr(count, together, share)) if together else 1.0
        high = 1.0 - float(special.bdtr(count - 1, together, share)) if count else 1.0
        return min(1.0, 2 * min(low, high))
    if kind is Kind.SHARE:
        shares = [min(max((part + 0.375) / (below + 0.75), 0.0), 1.0)
                  for part, below in ((now.numerator, below_now), (then.numerator, below_then))]  # fmt: skip
        score = 2 * (math.asin(math.sqrt(shares[0])) - math.asin(math.sqrt(shares[1])))
        score /= math.sqrt(1 / (below_now + 0.5) + 1 / (below_then + 0.5))
        return 2 * float(special.ndtr(-abs(score)))
    if now.numerator <= 0 or then.numerator <= 0:
        return None
    ratio = (now.numerator / below_now) / (then.numerator / below_then)
    low = float(special.fdtr(2 * below_now, 2 * below_then, ratio))
    return min(1.0, 2 * min(low, 1 - low))


def _cumulated(count: Any, number: Any, share: float) -> Any:
    """The probability of at most so many of a number, which need not be whole (a divided place's)."""
    return np.where(
        count >= number,
        1.0,
        special.betainc(np.maximum(number - count, 1e-9), count + 1, 1 - share),
    )

"""From values to points, from points to a score, and back: what every lost point is lost for.

Rows are places, columns the parts of a scheme; a value not known is NaN. Points run from 0 to 100, more is better. A better value of a
place never lowers its score, and the losses of a card add up to 100 minus its score.
Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008). Page: docs/algorithms/composite-scores.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anlan.assessment.rules.schemes import Mean, Part, Scheme, Way

Floats = NDArray[np.float64]
LEAST_POINTS = 1.0
"""Below it points count as this in a geometric mean, so that one place's zero does not end the comparison."""
SPREADS = 3.0
"""So many standard deviations from the mean are 0 and 100 points of a z-score."""


class Cause(StrEnum):
    """By which rule points are lost."""

    INDICATOR = "INDICATOR"
    DEDUCTION = "DEDUCTION"
    CAP = "CAP"
    VETO = "VETO"


@dataclass(frozen=True, slots=True)
class Loss:
    """Points lost by one rule over one indicator. rule: its position in the scheme. points: of 100."""

    cause: Cause
    indicator: str
    rule: int
    points: float


@dataclass(frozen=True, slots=True)
class Score:
    """A place's score. parts: points of each indicator (None: no value). known_share: of the weights. losses add up to 100 − score.

    score None: less is known than the scheme asks for.
    """

    score: float | None
    parts: tuple[float | None, ...]
    known_share: float
    losses: tuple[Loss, ...]
    is_vetoed: bool = False


def give_points(
    values: Floats, *, way: Way, is_higher_better: bool, part: Part | None = None
) -> Floats:
    """Turn one indicator's values into points along the last axis (places); NaN stays NaN.

    MINMAX: the worst peer 0, the best 100. ZSCORE: the mean 50, three standard deviations 50 points. RANK: share of peers
    that are worse, equals between. TARGET: `zero` and `goal` of the part. Where all peers are equal everybody has 50.

    >>> give_points(np.array([2.0, 4.0, 6.0]), way=Way.MINMAX, is_higher_better=False).tolist()
    [100.0, 50.0, 0.0]
    """
    good = np.asarray(values, dtype=float) * (1.0 if is_higher_better else -1.0)
    if way is Way.TARGET:
        assert part is not None
        assert part.goal is not None
        assert part.zero is not None
        share = (np.asarray(values, dtype=float) - part.zero) / (part.goal - part.zero)
        return np.clip(100 * share, 0, 100)
    known = np.isfinite(good)
    number = known.sum(axis=-1, keepdims=True)
    if way is Way.RANK:
        left, right = good[..., :, None], good[..., None, :]
        worse = (left > right).sum(axis=-1) + 0.5 * ((left == right).sum(axis=-1) - 1)
        points = 100 * worse / np.maximum(number - 1, 1)
        return np.where(known, np.where(number > 1, points, 50.0), np.nan)
    low = np.where(known, good, np.inf).min(axis=-1, keepdims=True)
    high = np.where(known, good, -np.inf).max(axis=-1, keepdims=True)
    width = np.where(number > 0, high - low, 0.0)
    is_flat = ~(width > 1e-12 * np.maximum(np.abs(high), np.abs(low)))
    if way is Way.MINMAX:
        points = 100 * (good - low) / np.where(is_flat, 1.0, width)
    else:
        # On the width first, so that neither tiny nor huge units lose digits
        inner = np.where(known, (good - low) / np.where(is_flat, 1.0, width), 0.0)
        mean = inner.sum(axis=-1, keepdims=True) / np.maximum(number, 1)
        square = np.where(known, (inner - mean) ** 2, 0.0).sum(axis=-1, keepdims=True) / np.maximum(
            number, 1
        )
        points = np.clip(
            50 + 50 * (inner - mean) / np.where(is_flat, 1.0, np.sqrt(square)) / SPREADS, 0, 100
        )
    return np.where(known, np.where(is_flat, 50.0, points), np.nan)


def combine(points: Floats, weights: Floats, mean: Mean) -> Floats:
    """Average points over the last axis (parts) by weights; parts without points take no part.

    points: … × parts; weights: … × parts or parts.

    >>> combine(np.array([[100.0, 25.0]]), np.array([50.0, 50.0]), Mean.GEOMETRIC).round(6).tolist()
    [50.0]
    """
    known = np.isfinite(points)
    shares = np.where(known, weights, 0.0)
    total = shares.sum(axis=-1)
    shares = shares / np.where(total > 0, total, 1.0)[..., None]
    if mean is Mean.ARITHMETIC:
        found = (shares * np.where(known, points, 0.0)).sum(axis=-1)
    else:
        logs = np.log(np.maximum(np.where(known, points, 100.0), LEAST_POINTS))
        found = np.minimum(np.exp((shares * logs).sum(axis=-1)), 100.0)
    return np.where(total > 0, found, np.nan)


def deduct(
    scheme: Scheme, base: Floats, extra: Mapping[str, Floats], is_higher: Mapping[str, bool]
) -> Floats:
    """Take deductions, caps and vetoes off scores. extra: values by indicator, shaped as base."""
    scores = base
    for rule in scheme.deductions:
        scores = scores - _points_off(rule, extra[rule.indicator], is_higher[rule.indicator])
    scores = np.maximum(scores, 0.0)
    for bar in scheme.bars:
        beyond = _excess(extra[bar.indicator], bar.beyond, is_higher[bar.indicator]) > 0
        scores = np.where(beyond, np.minimum(scores, bar.most), scores)
    return scores


def _excess(values: Any, beyond: float, is_higher_better: bool) -> Any:
    """How much worse than a threshold; 0 where it is not, or where nothing is known."""
    worse = (beyond - values) if is_higher_better else (values - beyond)
    return np.where(np.isfinite(worse), np.maximum(worse, 0.0), 0.0)


def _points_off(rule: Any, values: Any, is_higher_better: bool) -> Any:
    excess = _excess(values, rule.beyond, is_higher_better)
    if rule.step == 0:
        return np.where(excess > 0, rule.points, 0.0)
    # A value that lies on a step exactly is not past it, whatever floating point makes of it
    steps = np.ceil(np.round(excess / rule.step, 9))
    return np.minimum(rule.points * steps, rule.most)


def score_places(
    scheme: Scheme, values: Mapping[str, Sequence[float | None]], is_higher: Mapping[str, bool]
) -> list[Score]:
    """Score peers together. values: by indicator, one for each place (None: not known)."""
    arrays = {
        code: np.array([np.nan if v is None else v for v in row], dtype=float)
        for code, row in values.items()
    }
    points = np.stack(
        [give_points(arrays[p.indicator], way=p.way, is_higher_better=is_higher[p.indicator], part=p) for p in scheme.parts],
        axis=-1,
    )  # fmt: skip
    weights = np.array([p.weight for p in scheme.parts])
    base = combine(points, weights, scheme.mean)
    return [
        _explain(scheme, points[n], float(base[n]), {code: float(row[n]) for code, row in arrays.items()}, is_higher)
        for n in range(len(points))
    ]  # fmt: skip


def _explain(
    scheme: Scheme,
    points: Floats,
    base: float,
    values: Mapping[str, float],
    is_higher: Mapping[str, bool],
) -> Score:
    known = np.isfinite(points)
    weights = np.array([p.weight for p in scheme.parts])
    share = float(weights[known].sum() / weights.sum())
    parts = tuple(float(p) if np.isfinite(p) else None for p in points)
    if share < scheme.least_share or not known.any():
        return Score(None, parts, share, ())
    losses = _spread_loss(scheme, points, weights, base)
    left = base
    for number, rule in enumerate(scheme.deductions):
        off = float(_points_off(rule, values[rule.indicator], is_higher[rule.indicator]))
        off = min(off, left)
        if off > 0:
            losses.append(Loss(Cause.DEDUCTION, rule.indicator, number, off))
            left -= off
    is_vetoed = False
    for number, bar in enumerate(scheme.bars):
        if float(_excess(values[bar.indicator], bar.beyond, is_higher[bar.indicator])) <= 0:
            continue
        is_vetoed = is_vetoed or bar.is_veto
        if left > bar.most or bar.is_veto:
            losses.append(
                Loss(
                    Cause.VETO if bar.is_veto else Cause.CAP,
                    bar.indicator,
                    number,
                    max(0.0, left - bar.most),
                )
            )
            left = min(left, bar.most)
    return Score(left, parts, share, tuple(losses), is_vetoed)


def _spread_loss(scheme: Scheme, points: Floats, weights: Floats, base: float) -> list[Loss]:
    """Divide 100 − base among the parts: by weight × missing points, in a geometric mean by weight × the logarithm of them."""
    known = np.isfinite(points)
    missing = 100 - np.where(known, points, 100.0)
    if scheme.mean is Mean.GEOMETRIC:
        missing = np.log(100 / np.maximum(np.where(known, points, 100.0), LEAST_POINTS))
    pull = np.where(known, weights, 0.0) * missing
    total = float(pull.sum())
    if total <= 0:
        return []
    lost = (100 - base) * pull / total
    return [
        Loss(Cause.INDICATOR, part.indicator, number, float(lost[number]))
        for number, part in enumerate(scheme.parts)
        if lost[number] > 0
    ]

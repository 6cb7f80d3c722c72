"""Did the measure work? Interrupted time series: level and slope before against after.

Quasi-Poisson regression, log mean = level + slope · time + step after the measure + change of slope after it + season. Intervals are
Newey–West's: they hold when neighbouring points resemble each other. Sources: J. Lopez Bernal, S. Cummins, A. Gasparrini, Int. J.
Epidemiology 46 (2017); W. Newey, K. West, Econometrica 55 (1987). Page: docs/algorithms/measure-effect.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from anlan.situation.rules.changes import CountsUnusable
from anlan.situation.rules.panels import Floats

LEAST_POINTS = 8  # on either side


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the interval that holds the truth with the level asked for."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Effect:
    """What the measure changed.

    step: rate just after ÷ rate that would have been. slope: growth a point after ÷ growth before. avoided: events that would have been,
    less those that were, from the measure to the end. expected: fitted means; without: what they would have been without the measure.
    """

    step: Interval
    slope: Interval
    avoided: Interval
    dispersion: float
    expected: Floats
    without: Floats


def measure_effect(
    counts: Floats, start: int, *, season: float | None = None, harmonics: int = 1,
    lag: int | None = None, level: float = 0.95,
) -> Effect:  # fmt: skip
    """Compare the points from `start` (0 = the first) on with those before.

    season: points of a year, None without season. lag: points over which neighbours resemble each other; None: the fourth root of the
    length, rounded up. Raises CountsUnusable.
    """
    counts = np.asarray(counts, dtype=float)
    length = len(counts)
    if not LEAST_POINTS <= start <= length - LEAST_POINTS:
        raise CountsUnusable(
            reason=f"before and after the measure {LEAST_POINTS} points are needed"
        )
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise CountsUnusable(reason="one is missing or negative")
    if not counts[:start].any() or not counts[start:].any():
        raise CountsUnusable(reason="before or after the measure there is nothing but zeros")
    matrix = _design(length, start, season, harmonics)
    if np.linalg.matrix_rank(matrix) < matrix.shape[1] or length <= matrix.shape[1]:
        raise CountsUnusable(reason="there are too few points for season and measure")
    beta, mean = _fit(matrix, counts)
    spread = _newey_west(
        matrix, counts - mean, mean, math.ceil(length**0.25) if lag is None else lag
    )
    quantile = float(special.ndtri((1 + level) / 2))
    plain = matrix.copy()
    plain[:, 2:4] = 0.0
    without = np.exp(plain @ beta)
    after = slice(start, None)
    # Delta method: how the sum of expected events moves with each coefficient.
    gradient = plain[after].T @ without[after] - matrix[after].T @ mean[after]
    avoided = float(without[after].sum() - mean[after].sum())
    return Effect(
        _ratio(beta[2], math.sqrt(spread[2, 2]), quantile), _ratio(beta[3], math.sqrt(spread[3, 3]), quantile),
        _around(avoided, math.sqrt(float(gradient @ spread @ gradient)), quantile),
        float(((counts - mean) ** 2 / mean).sum() / (length - matrix.shape[1])), mean, without,
    )  # fmt: skip


def _design(length: int, start: int, season: float | None, harmonics: int) -> Floats:
    time = np.arange(length, dtype=float)
    after = (time >= start).astype(float)
    columns = [np.ones(length), time / length, after, after * (time - start)]
    for harmonic in range(1, harmonics + 1) if season else ():
        angle = 2 * math.pi * harmonic * time / (season or 1)
        columns += [np.sin(angle), np.cos(angle)]
    return np.stack(columns, axis=1)


def _fit(matrix: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Iteratively reweighted least squares to a standstill."""
    mean = counts + 0.1
    eta = np.log(mean)
    beta: Floats = np.zeros(matrix.shape[1])
    for _ in range(100):
        root = np.sqrt(mean)
        target = eta + (counts - mean) / mean
        new = np.asarray(
            np.linalg.lstsq(matrix * root[:, None], target * root, rcond=None)[0], dtype=np.float64
        )
        moved = float(np.abs(new - beta).max())
        beta = new
        eta = matrix @ beta
        mean = np.exp(np.clip(eta, -30, 30))
        if moved < 1e-10:
            return beta, mean
    raise CountsUnusable(reason="no model fits them")


def _newey_west(matrix: Floats, residual: Floats, mean: Floats, lag: int) -> Floats:
    """Covariance of the coefficients when errors `lag` points apart still resemble each other."""
    length, width = matrix.shape
    score = matrix * residual[:, None]
    middle = score.T @ score
    for apart in range(1, min(lag, length - 1) + 1):
        both = score[apart:].T @ score[:-apart]
        middle += (1 - apart / (lag + 1)) * (both + both.T)
    bread = np.linalg.inv(matrix.T @ (matrix * mean[:, None]))
    return np.asarray(bread @ middle @ bread * (length / (length - width)))


def _ratio(value: float, error: float, quantile: float) -> Interval:
    low, high = value - quantile * error, value + quantile * error
    return Interval(math.exp(value), math.exp(low), math.exp(high))


def _around(value: float, error: float, quantile: float) -> Interval:
    return Interval(value, value - quantile * error, value + quantile * error)

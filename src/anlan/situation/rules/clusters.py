"""Clusters of events in space and time: Kulldorff's scan statistic.

Cylinders are looked through: a circle around a place holding at most half of what is expected, times the newest one, two … periods. The likelihood
ratio says how much better two rates explain the counts than one; chance is judged by dealing the same number of cases out again,
many times. Source: M. Kulldorff, Communications in Statistics 26 (1997); J. R. Stat. Soc. A 164 (2001).
Page: docs/algorithms/space-time-scan.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anlan.kernel.errors import Invalid
from anlan.situation.rules.panels import Bools, Floats, Ints

_CHUNK = 2_000_000  # cylinders evaluated at once: 16 MB an array


class ScanImpossible(Invalid):
    """Clusters cannot be looked for: {reason}."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Places (rows) with more cases than expected in the newest `periods`.

    ratio: log-likelihood ratio. p_value: share of random deals, this one among them, whose best cluster is as good.
    """

    places: tuple[int, ...]
    periods: int
    cases: float
    expected: float
    ratio: float
    p_value: float


def find_clusters(
    x: Floats, y: Floats, cases: Floats, expected: Floats, *, deals: int = 999, seed: int = 1,
    largest_share: float = 0.5, longest: int | None = None,
) -> list[Cluster]:  # fmt: skip
    """List the best cylinder, then those better than chance that share no place with one before; best first.

    x, y: of each place, on one plane. cases, expected: place × period, oldest first; expected is scaled to the sum of cases.
    longest: periods of the longest cylinder (all but none: half of them, at least 1). Raises ScanImpossible.
    """
    cases, expected = np.atleast_2d(cases), np.atleast_2d(expected)
    _check(x, y, cases, expected)
    total = float(cases.sum())
    expected = expected * (total / expected.sum())
    longest = min(longest or max(1, cases.shape[1] // 2), cases.shape[1])
    order, is_whole = _circles(x, y)
    past = _newest(expected[None], longest)
    wanted = _grow(past, order)[0]
    fits = is_whole[:, :, None] & (wanted <= largest_share * total * (1 + 1e-12))
    ratios = _ratio(_grow(_newest(cases[None], longest), order)[0], wanted, total)
    ratios[~fits] = -np.inf
    best_of_deals = _deal(expected, order, fits, wanted, int(total), longest, deals, seed)
    return _pick(ratios, order, cases, expected, best_of_deals)


def _check(x: Floats, y: Floats, cases: Floats, expected: Floats) -> None:
    if cases.shape != expected.shape or len(x) != len(cases) or len(y) != len(cases):
        raise ScanImpossible(reason="coordinates, cases and expected do not have the same places")
    if not (np.isfinite(cases).all() and (cases >= 0).all() and (cases == np.floor(cases)).all()):
        raise ScanImpossible(reason="cases are not whole numbers from 0")
    if not (np.isfinite(expected).all() and (expected >= 0).all() and expected.sum() > 0):
        raise ScanImpossible(reason="expected counts are missing, negative or all 0")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ScanImpossible(reason="a place has no coordinates")
    if cases.sum() < 2:
        raise ScanImpossible(reason="there are fewer than two cases")


def _circles(x: Floats, y: Floats) -> tuple[Ints, Bools]:
    """Places by distance from each centre, and where a circle may end: not between equal distances."""
    squared = (x[:, None] - x[None]) ** 2 + (y[:, None] - y[None]) ** 2
    order = np.argsort(squared, axis=1, kind="stable")
    sorted_ = np.take_along_axis(squared, order, axis=1)
    is_whole = np.ones(order.shape, dtype=bool)
    is_whole[:, :-1] = sorted_[:, 1:] > sorted_[:, :-1] * (1 + 1e-12)
    return order, is_whole


def _newest(counts: Floats, longest: int) -> Floats:
    """Sums over the newest 1 … longest periods: deal × place × length."""
    return np.cumsum(counts[:, :, ::-1][:, :, :longest], axis=2)


def _grow(sums: Floats, order: Ints) -> Floats:
    """Sums over growing circles: deal × centre × size × length."""
    return np.cumsum(sums[:, order], axis=2)


def _ratio(cases: Floats, expected: Floats, total: float) -> Floats:
    """Log-likelihood ratio of a higher rate inside; 0 where it is not higher."""
    outside = total - cases
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where(cases > 0, cases * np.log(cases / expected), 0.0)
        outer = np.where(outside > 0, outside * np.log(outside / (total - expected)), 0.0)
    return np.where(cases > expected, inner + outer, 0.0)


def _deal(
    expected: Floats, order: Ints, fits: Bools, wanted: Floats, total: int, longest: int, deals: int, seed: int,
) -> Floats:  # fmt: skip
    """The best ratio of each random deal of the cases over places and periods."""
    chance = np.random.default_rng(seed)
    share = (expected / expected.sum()).ravel()
    at_once = max(1, _CHUNK // fits.size)
    best = []
    for start in range(0, deals, at_once):
        dealt = chance.multinomial(total, share, size=min(at_once, deals - start))
        sums = _newest(dealt.reshape(-1, *expected.shape).astype(float), longest)
        ratios = _ratio(_grow(sums, order), wanted, float(total))
        best.append(np.where(fits, ratios, 0.0).reshape(len(dealt), -1).max(axis=1))
    return np.concatenate(best) if best else np.zeros(0)


def _pick(
    ratios: Floats, order: Ints, cases: Floats, expected: Floats, best_of_deals: Floats
) -> list[Cluster]:
    found: list[Cluster] = []
    taken: set[int] = set()
    for at in np.argsort(ratios, axis=None, kind="stable")[::-1]:
        centre, size, length = (int(part) for part in np.unravel_index(at, ratios.shape))
        ratio = float(ratios[centre, size, length])
        if ratio <= 0:
            break
        p_value = (1 + int((best_of_deals >= ratio - 1e-9).sum())) / (1 + len(best_of_deals))
        if found and p_value > 0.05:
            break
        places = order[centre, : size + 1].tolist()
        if taken.isdisjoint(places):
            taken.update(places)
            newest = slice(cases.shape[1] - length - 1, None)
            found.append(
                Cluster(
                    tuple(sorted(places)), length + 1, float(cases[places, newest].sum()),
                    float(expected[places, newest].sum()), ratio, p_value,
                )
            )  # fmt: skip
    return found

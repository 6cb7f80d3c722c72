"""The scan against looking at every cylinder one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.situation.rules.clusters import ScanImpossible, find_clusters


def look_at_all(x, y, cases, expected, *, largest_share=0.5, longest=None):
    total, places, periods = cases.sum(), *cases.shape
    expected = expected * total / expected.sum()
    best = 0.0
    for centre in range(places):
        away = (x - x[centre]) ** 2 + (y - y[centre]) ** 2
        for radius in set(away.tolist()):
            inside = away <= radius * (1 + 1e-12)
            for length in range(1, (longest or max(1, periods // 2)) + 1):
                c, e = (
                    cases[inside, periods - length :].sum(),
                    expected[inside, periods - length :].sum(),
                )
                if e > largest_share * total * (1 + 1e-12) or c <= e:
                    continue
                ratio = c * math.log(c / e)
                if total > c:
                    ratio += (total - c) * math.log((total - c) / (total - e))
                best = max(best, ratio)
    return best


@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(1, 5), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_best_cylinder_is_found(seed, places, periods, on_a_grid):
    chance = np.random.default_rng(seed)
    x, y = chance.random((2, places))
    if on_a_grid:  # many equal distances
        x, y = np.floor(x * 3), np.floor(y * 3)
    expected = chance.uniform(0.2, 3, (places, periods))
    cases = chance.poisson(expected * chance.choice([0.5, 1, 4], (places, periods))).astype(float)
    if cases.sum() < 2:
        return
    found = find_clusters(x, y, cases, expected, deals=0)
    best = look_at_all(x, y, cases, expected)
    assert (found[0].ratio if found else 0.0) == pytest.approx(best, abs=1e-9)


def test_a_planted_cluster_is_named_and_chance_is_not():
    chance = np.random.default_rng(8)
    x, y = (part.ravel().astype(float) for part in np.meshgrid(np.arange(7), np.arange(7)))
    expected = np.full((49, 8), 2.0)
    cases = chance.poisson(expected).astype(float)
    quiet = find_clusters(x, y, cases, expected, deals=99)
    assert quiet[0].p_value > 0.05
    planted = [0, 1, 7, 8]
    cases[planted, -2:] += 6
    first = find_clusters(x, y, cases, expected, deals=99)[0]
    assert set(planted) <= set(first.places)
    assert (first.periods, first.p_value) == (2, 0.01)


def test_under_chance_alone_a_p_value_is_below_a_tenth_in_a_tenth_of_times():
    chance = np.random.default_rng(4)
    x, y = chance.random((2, 12))
    expected = np.full((12, 4), 3.0)
    below = 0
    for run in range(200):
        cases = chance.poisson(expected).astype(float)
        below += find_clusters(x, y, cases, expected, deals=49, seed=run)[0].p_value <= 0.1
    assert below <= 32  # 20 expected; more than 32 in 0.3 % of times


def test_clusters_share_no_place():
    chance = np.random.default_rng(2)
    x, y = chance.random((2, 30))
    cases = chance.poisson(2, (30, 4)).astype(float)
    cases[[3, 17], -1] += 25
    found = find_clusters(x, y, cases, np.full((30, 4), 2.0), deals=99)
    places = [place for cluster in found for place in cluster.places]
    assert len(found) >= 2
    assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("cases", "expected", "x"),
    [
        ([[1], [2.5]], [[1], [1]], [0, 1]), ([[1], [-2]], [[1], [1]], [0, 1]),
        ([[1], [2]], [[0], [0]], [0, 1]), ([[1], [2]], [[1], [math.nan]], [0, 1]),
        ([[0], [1]], [[1], [1]], [0, 1]), ([[1], [2]], [[1], [1]], [0, math.nan]),
        ([[1], [2]], [[1]], [0, 1]), ([[1], [2]], [[1], [1]], [0]),
    ],
)  # fmt: skip
def test_what_cannot_be_scanned_is_refused(cases, expected, x):
    with pytest.raises(ScanImpossible):
        find_clusters(
            np.array(x),
            np.zeros(len(x)),
            np.array(cases, float),
            np.array(expected, float),
            deals=0,
        )

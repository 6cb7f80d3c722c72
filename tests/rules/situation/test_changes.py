"""Change points against every division there is."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.situation.rules.changes import CountsUnusable, find_stretches


def cost_of(counts, borders, penalty):
    cost = (len(borders) - 2) * penalty
    for first, until in pairwise(borders):
        total, points = sum(counts[first:until]), until - first
        if total:
            cost -= 2 * total * math.log(total / points)
    return cost


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=11), st.sampled_from([0.1, 2, 6, 20]), st.integers(1, 3)
)  # fmt: skip
@settings(deadline=None)
def test_no_division_is_cheaper(counts, penalty, shortest):
    if len(counts) < shortest:
        return
    found = find_stretches(counts, penalty=penalty, shortest=shortest)
    borders = [0] + [stretch.until for stretch in found]
    assert borders[-1] == len(counts)
    assert all(until - first >= shortest for first, until in pairwise(borders))
    cheapest = min(
        cost_of(counts, [0, *inner, len(counts)], penalty)
        for many in range(len(counts))
        for inner in combinations(range(1, len(counts)), many)
        if all(until - first >= shortest for first, until in pairwise([0, *inner, len(counts)]))
    )
    assert cost_of(counts, borders, penalty) == pytest.approx(cheapest, abs=1e-6)


def test_a_long_series_is_divided_where_its_rate_changed():
    import numpy as np

    chance = np.random.default_rng(6)
    counts = np.r_[chance.poisson(4, 300), chance.poisson(9, 200), chance.poisson(3, 250)].tolist()
    assert [stretch.first for stretch in find_stretches(counts, shortest=5)] == pytest.approx(
        [0, 300, 500], abs=4
    )
    assert len(find_stretches(chance.poisson(4, 750).tolist(), shortest=5)) == 1


@pytest.mark.parametrize("counts", [[], [1, -1], [1, math.nan], [math.inf]])
def test_unusable_counts_are_refused(counts):
    with pytest.raises(CountsUnusable):
        find_stretches(counts)

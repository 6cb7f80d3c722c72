"""The effect of a measure: planted effects are found, none is not, intervals hold."""

from __future__ import annotations

import numpy as np
import pytest

from anlan.situation.rules.changes import CountsUnusable
from anlan.situation.rules.effects import measure_effect


def series(chance, *, step, slope=0.0, length=160, start=90, resemble=0.0):
    time = np.arange(length)
    log = np.log(20) + 0.002 * time + 0.3 * np.sin(2 * np.pi * time / 52)
    log = log + (time >= start) * (step + slope * (time - start))
    noise = np.zeros(length)
    for at in range(1, length):
        noise[at] = resemble * noise[at - 1] + chance.normal(0, 0.15 * (1 - resemble**2) ** 0.5)
    return chance.poisson(np.exp(log + noise)).astype(float)


@pytest.mark.parametrize("resemble", [0.0, 0.3])
def test_the_interval_holds_the_truth_as_often_as_it_says(resemble):
    chance = np.random.default_rng(21)
    held = 0
    for _ in range(200):
        counts = series(chance, step=-0.4, resemble=resemble)
        step = measure_effect(counts, 90, season=52).step
        held += step.low <= np.exp(-0.4) <= step.high
    assert held / 200 >= 0.88


def test_fitted_counts_add_up_and_so_do_avoided_ones():
    """Before, after, and in all the fitted counts sum to the observed: the score equations of level and step."""
    counts = series(np.random.default_rng(2), step=-0.5)
    effect = measure_effect(counts, 90, season=52)
    assert effect.expected[:90].sum() == pytest.approx(counts[:90].sum())
    assert effect.expected[90:].sum() == pytest.approx(counts[90:].sum())
    assert effect.avoided.value == pytest.approx(effect.without[90:].sum() - counts[90:].sum())
    assert effect.avoided.low < effect.avoided.value < effect.avoided.high
    assert effect.step.high < 1


def test_without_a_measure_nothing_is_claimed():
    chance = np.random.default_rng(5)
    claimed = sum(
        not (found.low <= 1 <= found.high)
        for found in (
            measure_effect(series(chance, step=0), 90, season=52).step for _ in range(100)
        )
    )
    assert claimed <= 14


def test_a_change_of_slope_is_told_from_a_step():
    effect = measure_effect(series(np.random.default_rng(9), step=0, slope=-0.02), 90, season=52)
    assert effect.slope.high < 1
    assert effect.slope.value == pytest.approx(np.exp(-0.02), abs=0.01)


@pytest.mark.parametrize(
    ("counts", "start"),
    [
        (np.ones(20), 3), (np.ones(20), 17), (np.r_[np.ones(19), np.nan], 10), (np.r_[np.ones(19), -1], 10),
        (np.zeros(20), 10), (np.r_[np.ones(10), np.zeros(10)], 10),
    ],
)  # fmt: skip
def test_unusable_counts_are_refused(counts, start):
    with pytest.raises(CountsUnusable):
        measure_effect(counts, start)


def test_a_season_that_cannot_be_told_from_the_measure_is_refused():
    with pytest.raises(CountsUnusable):
        measure_effect(np.ones(18), 9, season=52, harmonics=8)

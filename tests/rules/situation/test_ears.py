"""EARS bounds, recomputed the slow way and by hand."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.situation.rules import ears
from anlan.situation.rules.panels import HistoryTooShort, SettingInvalid
from tests.rules.situation.test_farrington import panel


def slow(counts, setting, point):
    z = statistics.NormalDist().inv_cdf(1 - setting.level)

    def base(at, gap):
        past = counts[at - gap - setting.baseline : at - gap]
        return statistics.mean(past), max(statistics.stdev(past), setting.minSigma)

    now = point - 1
    if setting.method != "C3":
        mean, deviation = base(now, 0 if setting.method == "C1" else 2)
        return mean + z * deviation
    above = 0.0
    for at in (now - 2, now - 1):
        mean, deviation = base(at, 2)
        above += max(0.0, (counts[at] - mean) / deviation - 1)
    return max(0.0, counts[now] + base(now, 2)[1] * (z - above))


@given(
    st.lists(st.integers(0, 9), min_size=22, max_size=30),
    st.sampled_from(["C1", "C2", "C3"]), st.sampled_from([3, 7, 14]), st.sampled_from([None, 0.01, 0.1]),
    st.sampled_from([0.5, 1]),
)  # fmt: skip
@settings(deadline=None)
def test_bounds_by_hand(counts, method, baseline, alpha, floor):
    setting = ears.read_setting(
        {"method": method, "baseline": baseline, "alpha": alpha, "minSigma": floor}
    )
    one = panel(counts)
    points = ears.list_points(one, setting)
    bound, alarm = ears.compute_bounds(one, setting, points)
    for column, point in enumerate(points):
        expected = slow(counts, setting, point)
        assert bound[0, column] == pytest.approx(expected, abs=1e-9)
        assert alarm[0, column] == (counts[point - 1] > bound[0, column])


def test_a_constant_past_has_no_deviation():
    setting = ears.read_setting({"method": "C1"})
    bound, alarm = ears.compute_bounds(panel([2] * 8 + [3]), setting, (8, 9))
    assert (bound.tolist(), alarm.tolist()) == ([[2, 2]], [[0, 1]])
    bound, alarm = ears.compute_bounds(panel([2] * 12), ears.read_setting({"method": "C3"}), (12,))
    assert math.isnan(bound[0, 0])
    assert math.isnan(alarm[0, 0])


def test_a_gap_makes_the_bounds_that_rest_on_it_unknown():
    counts = np.arange(20.0)
    counts[5] = math.nan
    setting = ears.read_setting({"method": "C1"})
    one = panel(counts)
    bound, alarm = ears.compute_bounds(one, setting, ears.list_points(one, setting))
    assert np.isnan(bound[0]).tolist() == [True] * 6 + [False] * 7
    assert np.isnan(alarm[0]).tolist() == [True] * 6 + [False] * 7


@pytest.mark.parametrize(
    "given_",
    [{"method": "C4"}, {"baseline": 2}, {"baseline": 7.5}, {"minSigma": -1}, {"alpha": 1}, {"b": 3}, {"alpha": "small"}],
)  # fmt: skip
def test_a_setting_that_r_refuses_is_refused(given_):
    with pytest.raises(SettingInvalid):
        ears.read_setting(given_)


def test_too_short_a_series_is_refused():
    one = panel([1] * 7)
    setting = ears.read_setting({})
    with pytest.raises(HistoryTooShort):
        ears.compute_bounds(one, setting, ears.list_points(one, setting))
    with pytest.raises(HistoryTooShort):
        ears.compute_bounds(panel([1] * 20), setting, (7,))

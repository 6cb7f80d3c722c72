"""Bounds equal those of a plain fit with a design matrix, and those that R gave."""

from __future__ import annotations

import csv
import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.situation.rules import farrington
from anlan.situation.rules.farrington.design import lay_out
from anlan.situation.rules.panels import CountNegative, HistoryTooShort, Panel, SettingInvalid
from tests.rules.situation import dense


def panel(counts, *, freq=52, days=None, population=None):
    counts = np.atleast_2d(np.array(counts, dtype=float))
    length = counts.shape[1]
    times = np.arange(1, length + 1) if days is None else np.asarray(days)
    return Panel(
        tuple(f"s{row}" for row in range(len(counts))), freq, days is not None, times, counts,
        np.ones_like(counts) if population is None else np.atleast_2d(population),
    )  # fmt: skip


SETTINGS = st.fixed_dictionaries(
    {
        "b": st.integers(2, 4), "w": st.integers(1, 3), "noPeriods": st.sampled_from([1, 4, 10]),
        "reweight": st.booleans(), "weightsThreshold": st.sampled_from([1, 2.58]),
        "alpha": st.sampled_from([0.005, 0.05, 0.1]), "trend": st.booleans(),
        "pThresholdTrend": st.sampled_from([0.05, 1]),
        "limit54": st.sampled_from([(5, 4), (0, 4), (2, 1)]),
        "powertrans": st.sampled_from(["2/3", "1/2", "none"]),
        "pastWeeksNotIncluded": st.sampled_from([None, 0, 1, 26]),
        "thresholdMethod": st.sampled_from(["delta", "nbPlugin", "muan"]),
        "populationOffset": st.booleans(),
    }
)  # fmt: skip


@given(SETTINGS, st.integers(0, 10**6), st.sampled_from([0.3, 3, 40]), st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_bounds_are_those_of_a_plain_fit(given_, seed, level, has_gaps):
    chance = np.random.default_rng(seed)
    length = 52 * given_["b"] + 12
    time = np.arange(length)
    rate = level * np.exp(0.4 * np.sin(time / 8.3) + chance.normal(0, 0.002) * time)
    counts = chance.poisson(rate * chance.gamma(3, 1 / 3, length)).astype(float)
    if has_gaps:
        counts[chance.choice(length, 9, replace=False)] = math.nan
    population = chance.uniform(500, 900, length)
    setting = farrington.read_setting(given_)
    point = length
    found = farrington.compute_bounds(panel(counts, population=population), setting, (point,))
    if found.state[0, 0] != farrington.State.FITTED:
        return  # too few counts to fit; told apart below
    with np.errstate(over="ignore"):
        bound, alarm = dense.judge(counts, population, 52, setting, point)
    if math.isnan(counts[-1]):
        assert not found.alarm[0, 0]
        return
    assert found.upperbound[0, 0] == pytest.approx(bound, rel=1e-6, nan_ok=True)
    assert bool(found.alarm[0, 0]) is alarm


def test_a_batch_gives_what_each_series_gives_alone():
    chance = np.random.default_rng(5)
    counts = chance.poisson(chance.gamma(1, 4, (130, 1)), (130, 290)).astype(float)
    counts[chance.random(counts.shape) < 0.02] = math.nan
    setting = farrington.read_setting({"noPeriods": 10, "thresholdMethod": "muan"})
    points = (275, 290)
    together = farrington.compute_bounds(panel(counts), setting, points)
    for row in range(0, 130, 13):
        alone = farrington.compute_bounds(panel(counts[row]), setting, points)
        np.testing.assert_allclose(alone.upperbound[0], together.upperbound[row], rtol=1e-9)
        np.testing.assert_array_equal(alone.alarm[0], together.alarm[row])


def test_the_same_week_a_year_before_is_the_nearest_same_weekday():
    mondays = np.arange(12422, 12422 + 7 * 300, 7)  # from Monday 2004-01-05
    setting = farrington.read_setting({"b": 5, "w": 0, "pastWeeksNotIncluded": 0})
    design = lay_out(mondays, 52, is_dated=True, point=287, setting=setting)
    weeks_back = [286 - int(slot) for slot in design.slots[0][::-1]]
    assert weeks_back == [52, 104, 157, 209, 261]


def test_29_february_is_compared_with_1_march():
    days = np.arange(16436, 16436 + 365 * 3)  # from 2015-01-01
    point = int(np.flatnonzero(days == 16860)[0]) + 1  # 2016-02-29
    setting = farrington.read_setting({"b": 1, "w": 0})
    design = lay_out(days, 365, is_dated=True, point=point, setting=setting)
    assert days[design.slots[0]].tolist() == [16495]  # 2015-03-01


def test_seasons_between_windows_are_as_equal_as_can_be():
    setting = farrington.read_setting({"b": 2, "w": 3, "noPeriods": 10})
    design = lay_out(np.arange(1, 200), 52, is_dated=False, point=150, setting=setting)
    sizes = (design.slots >= 0).sum(axis=1).tolist()
    assert sizes == [10] * 9 + [14]  # 45 points between two windows, five for each of nine seasons


def test_more_seasons_than_points_leave_the_last_point_to_the_last():
    """R deals blocks of no length, too; each still takes the point where it would start and the one before."""
    setting = farrington.read_setting({"b": 4, "w": 3, "noPeriods": 10, "pastWeeksNotIncluded": 3})
    design = lay_out(np.arange(1, 100), 12, is_dated=False, point=60, setting=setting)
    assert (design.slots >= 0).sum(axis=1).tolist()[:4] == [4, 4, 4, 4]
    assert len(design.slots) == 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"b": 9}, "years before"), ({"w": 60}, "window reaches back"),
        ({"noPeriods": 53, "w": 0}, "seasons"), ({"pastWeeksNotIncluded": 290}, "window"),
        ({"pastWeeksNotIncluded": 280}, "season"), ({"range": [999]}, "no such point"),
        ({"limit54": [5, 400]}, "limit54"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_back_to_is_said(change, words):
    setting = farrington.read_setting(change)
    one = panel(np.arange(280.0) % 7)
    with pytest.raises(HistoryTooShort) as refused:
        farrington.compute_bounds(one, setting, setting.range or (280,))
    assert words in refused.value.message


@pytest.mark.parametrize(
    "given_",
    [
        {"alpha": 0}, {"alpha": 1}, {"b": 0}, {"b": 1.5}, {"w": -1}, {"noPeriods": 0}, {"noPeriods": True},
        {"powertrans": "3/4"}, {"thresholdMethod": "nb"}, {"limit54": [-1, 4]}, {"limit54": [5, 0]},
        {"limit54": 5}, {"fitFun": "glm"}, {"pastWeeksNotIncluded": -1}, {"reweight": "yes"}, {"beta": 1},
    ],
)  # fmt: skip
def test_a_setting_that_r_refuses_is_refused(given_):
    with pytest.raises(SettingInvalid):
        farrington.read_setting(given_)


def test_negative_counts_are_refused():
    with pytest.raises(CountNegative, match="s0"):
        panel([1, 2, -1])


def test_a_season_of_one_positive_count_stops_as_in_r():
    counts = np.arange(60.0) % 5 + 20
    setting = farrington.read_setting({"b": 3, "noPeriods": 10, "pastWeeksNotIncluded": 26})
    found = farrington.compute_bounds(panel(counts, freq=12), setting, (50,))
    assert found.state[0, 0] == farrington.State.STOPPED
    assert math.isnan(found.upperbound[0, 0])


def test_after_nothing_but_zeros_the_first_count_is_an_alarm():
    counts = np.zeros(290)
    counts[-1] = 6
    setting = farrington.read_setting({"limit54": [0, 1]})
    found = farrington.compute_bounds(panel(counts), setting, (290,))
    with np.errstate(over="ignore"):
        bound, alarm = dense.judge(counts, np.ones(290), 52, setting, 290)
    assert (found.alarm[0, 0], alarm) == (1, True)
    assert found.upperbound[0, 0] == pytest.approx(bound, rel=1e-6)


def test_zeros_throughout_many_seasons_do_not_settle_and_give_no_bound():
    """The log of a mean of nothing falls by one a round; with 260 points 25 rounds are not enough."""
    setting = farrington.read_setting({"limit54": [0, 1], "noPeriods": 10})
    found = farrington.compute_bounds(panel(np.zeros(290)), setting, (290,))
    assert found.state[0, 0] == farrington.State.UNSETTLED
    assert math.isnan(found.upperbound[0, 0])
    assert math.isnan(found.alarm[0, 0])


GOLDEN = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.mark.parametrize("method", ["farrington_flexible", "ears"])
def test_the_bounds_of_r(method, tmp_path):
    from click.testing import CliRunner

    from anlan.cli.situation import group

    folder = GOLDEN
    if not (folder / "surveillance_input.csv.gz").exists():
        pytest.skip("R's bounds are not at hand: shared/data/surveillance_* beside the project")
    out = tmp_path / "out.csv"
    done = CliRunner().invoke(
        group,
        ["bounds", str(folder / "surveillance_input.csv.gz"), "--series", str(folder / "surveillance_series.csv"),
         "--settings", str(folder / "surveillance_settings.json"), "--method", method, "--out", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    with gzip.open(folder / f"surveillance_{method}_golden.csv.gz", "rt") as stream:
        expected = list(csv.DictReader(stream))
    with out.open() as stream:
        found = list(csv.DictReader(stream))
    keys = ("series", "setting", "method", "alpha", "baseline", "minSigma", "t")
    by_key = {tuple(_plain(row[key]) for key in keys if key in row): row for row in found}
    assert len(expected) == len(found)
    for row in expected:
        mine = by_key[tuple(_plain(row[key]) for key in keys if key in row)]
        assert list(mine) == list(row)
        assert _plain(mine["alarm"]) == _plain(row["alarm"])
        for column in row.keys() - set(keys):
            if row[column] == "":
                assert mine[column] == "", (column, row)
            else:
                assert float(mine[column]) == pytest.approx(float(row[column]), rel=1e-6, abs=1e-9)


def _plain(text):
    try:
        return float(text)
    except ValueError:
        return text

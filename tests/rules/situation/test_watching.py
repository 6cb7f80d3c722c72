"""Which weeks stand out, among how many, and where it is said."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from anlan.rollup.rules import Series
from anlan.situation.rules import watching
from anlan.situation.rules.watching import (
    WATCH,
    Judged,
    Method,
    compare_counts,
    judge_week,
    leave_out_explained,
    monday_of,
)

WEEK = date(2026, 3, 2)


def judge(table, watch=WATCH):
    """Judge the last column of place × week; the matter is 1."""
    weeks = table.shape[1]
    first = WEEK - timedelta(days=7 * (weeks - 1))
    series = [
        Series(place, 1, np.flatnonzero(counts).tolist(), counts[np.flatnonzero(counts)].tolist())
        for place, counts in enumerate(table)
    ]
    return judge_week(series, week=WEEK, first=first, watch=watch)


@given(st.integers(0, 40), st.integers(0, 200), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_two_counts_are_compared_as_a_binomial(count, before, times):
    found = compare_counts(np.array([count]), np.array([float(before)]), times)[0]
    expected = stats.binom.sf(count - 1, count + before, 1 / (times + 1))
    assert found == pytest.approx(expected, abs=1e-12)


def test_chance_alone_is_seldom_told():
    chance = np.random.default_rng(12)
    told = weeks = 0
    for _ in range(60):
        level = chance.uniform(1, 12, (80, 1))
        looked_at, found = judge(chance.poisson(level, (80, 30)))
        told += bool(found)
        weeks += 1
        assert looked_at == 80
    assert told / weeks <= 0.2  # at a rate of 0.1, some room for the normal guess of C2


def test_a_planted_rise_is_told_and_what_is_told_is_mostly_planted():
    chance = np.random.default_rng(13)
    right = wrong = 0
    for _ in range(20):
        table = chance.poisson(chance.uniform(2, 12, (80, 1)), (80, 30))
        table[:6, -1] += 25
        found = {one.key[0] for one in judge(table)[1]}
        right += len(found & set(range(6)))
        wrong += len(found - set(range(6)))
    assert right >= 110
    assert wrong / (right + wrong) <= 0.15


def test_few_cases_are_never_told():
    table = np.zeros((2, 30), dtype=int)
    table[1] = 3  # counting had begun long ago
    table[0, -1] = 4
    assert judge(table) == (2, [])
    table[0, -1] = 9
    assert [one.observed for one in judge(table)[1]] == [9]


def test_before_enough_weeks_nothing_is_told():
    assert judge(np.array([[3, 3, 40]])) == (1, [])
    assert judge_week([], week=WEEK, first=WEEK) == (0, [])


def test_with_three_years_the_season_counts():
    weeks = 52 * 4 + 10
    at = np.arange(weeks)
    season = np.round(10 + 8 * np.cos(2 * np.pi * (at - at[-1]) / 52.18)).astype(int)
    noise = np.random.default_rng(1).integers(0, 3, weeks)
    table = (season + noise)[None]
    table[0, -1] = 20
    assert judge(table) == (1, [])  # as high as in every March
    table[0, -1] = 45
    (found,) = judge(table)[1]
    assert found.method == Method.YEARS
    assert found.past[-1] == (45, pytest.approx(found.bound, abs=0.01))


def test_what_is_quiet_is_counted_without_its_weeks_and_parts_change_nothing(monkeypatch):
    """A province hands over only what is loud, and is laid out in parts: all is as if it were judged at once."""
    table = np.random.default_rng(7).poisson(4, (30, 30))
    table[:3, -1] += 25
    table[3:5, -1] += 9
    silent = np.zeros((20, 30), dtype=int)
    silent[:, 0] = 1
    whole = judge(np.vstack([table, silent]))
    assert whole[0] == 50
    assert len(whole[1]) >= 3
    monkeypatch.setattr(watching, "AT_ONCE", 7)
    weeks = [Series(place, 1, range(30), row.tolist()) for place, row in enumerate(table)]
    first = WEEK - timedelta(days=7 * 29)
    assert judge_week(weeks, week=WEEK, first=first, quiet_count=20) == whole
    begun = first + timedelta(days=35)
    assert len(judge_week(weeks, week=WEEK, first=first, begun=begun)[1][0].past) == 25


def one(place, excess, matter=1):
    return Judged((place, matter), Method.WEEKS, 10 + excess, 10.0, 12.0, 0.001, 0.01, ())


def test_it_is_said_where_it_lies_lowest():
    inside = {3: {1, 2}, 2: {1}, 1: set()}
    county, town, other = one(1, 20), one(3, 12), one(3, 12, matter=2)
    assert leave_out_explained([county, town, other], inside) == [town, other]
    assert leave_out_explained([one(1, 40), town], inside) == [one(1, 40), town]
    assert leave_out_explained([county], inside) == [county]


def test_a_week_begins_on_monday():
    days = [WEEK + timedelta(days=n) for n in range(-1, 8)]
    assert [monday_of(day) for day in days] == [WEEK - timedelta(days=7)] + [WEEK] * 7 + [
        WEEK + timedelta(days=7)
    ]

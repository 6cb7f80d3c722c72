"""Nowcasts: by hand, against chance with known delays, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from anlan.situation.rules.changes import CountsUnusable
from anlan.situation.rules.nowcasts import estimate_delays, make_triangle, nowcast

NAN = np.nan


def test_by_hand():
    """Of 15 complete events 6 came a period late: of today's 9 known, 15 are expected in the end."""
    found = nowcast(np.array([[6, 4], [3, 2], [9, NAN]]))
    assert [one.known for one in found] == [10, 5, 9]
    assert [one.expected for one in found] == pytest.approx([10, 5, 15])
    assert (found[0].low, found[0].high) == (10, 10)
    assert found[2].low < 15 < found[2].high


def test_incomplete_periods_count_for_what_they_tell():
    table = np.array([[5, 3, 2], [10, 6, 4], [20, 12, NAN], [40, NAN, NAN]], dtype=float)
    assert estimate_delays(table) == pytest.approx([0.5, 0.8, 1.0])


def test_the_interval_holds_the_end_as_often_as_it_says():
    chance = np.random.default_rng(11)
    share = np.array([0.35, 0.3, 0.2, 0.1, 0.05])
    held = total = 0
    for _ in range(60):
        ends = chance.poisson(25, 40)
        table = np.array([chance.multinomial(end, share) for end in ends], dtype=float)
        for period in range(40):
            table[period, 40 - period :] = NAN
        for end, one in list(zip(ends, nowcast(table), strict=True))[-4:]:
            held += one.low <= end <= one.high
            total += 1
    assert 0.92 <= held / total <= 0.99


def test_a_triangle_from_events():
    table = make_triangle([0, 0, 1, 2, 2], [0, 1, 2, 2, 5], periods=3, longest=1)
    np.testing.assert_array_equal(table, [[1, 1], [0, 1], [1, NAN]])


def test_nothing_is_said_of_an_age_at_which_nothing_was_ever_known():
    found = nowcast(np.array([[0, 4], [0, 2], [0, NAN]]))
    assert (found[-1].expected, found[-1].share) == (None, None)


@pytest.mark.parametrize(
    "table",
    [[[1, 2]], [[1.5, 2], [3, NAN]], [[-1, 2], [3, NAN]], [[1, 2], [3, 4]], [[NAN, 2], [3, NAN]], [[0, 0], [3, NAN]], []],
)  # fmt: skip
def test_unusable_tables_are_refused(table):
    with pytest.raises(CountsUnusable):
        nowcast(np.array(table, dtype=float))

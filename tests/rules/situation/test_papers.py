"""The month's paper: sums by key, months around, changes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.rollup.rules import MonthMalformed, Row
from anlan.situation.rules.papers import Line, MonthAhead, add_up, make_lines, months_around


def row(place, matter, opened, closed=0, late=0):
    return Row(place, matter, opened, closed, 0, late, 0, 0, 0, 0, 0)


ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 50)), max_size=6
).map(lambda parts: [row(*part) for part in parts])


@given(ROWS, ROWS, ROWS)
@settings(deadline=None)
def test_by_whatever_key_the_sum_is_the_same(now, before, year_before):
    by_matter = add_up(make_lines(now, before, year_before, key_of=lambda r: r.matter_code))
    by_place = add_up(make_lines(now, before, year_before, key_of=lambda r: r.place_code))
    assert by_matter == by_place
    assert by_matter.now == sum(r.opened for r in now)
    assert by_matter.year_before == sum(r.opened for r in year_before)


def test_lines_are_ordered_and_late_is_a_share_of_the_closed():
    lines = make_lines(
        [row("a", "x", 3, 4, 1), row("a", "y", 9)],
        [row("a", "z", 2)],
        [],
        key_of=lambda r: r.matter_code,
    )
    assert [line.key for line in lines] == ["y", "x", "z"]
    assert lines[1].late_share == 0.25
    assert Line("q").late_share is None


@pytest.mark.parametrize(
    ("month", "expected"),
    [("2026-03", ("2026-03", "2026-02", "2025-03", False)), ("2026-02", ("2026-02", "2026-01", "2025-02", True)),
     ("2025-01", ("2025-01", "2024-12", "2024-01", True))],
)  # fmt: skip
def test_the_months_around(month, expected):
    assert months_around(month, today=date(2026, 3, 10)) == expected


def test_a_month_ahead_or_malformed_is_refused():
    with pytest.raises(MonthAhead):
        months_around("2026-04", today=date(2026, 3, 10))
    with pytest.raises(MonthMalformed):
        months_around("2026-13", today=date(2026, 3, 10))

"""Months: their first day and the first day that is no longer theirs."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.rollup.rules import MonthMalformed, read_month


@given(st.dates(date(1, 1, 1), date(9998, 12, 31)))
def test_every_day_lies_in_the_month_that_it_names(day: date) -> None:
    first, until = read_month(f"{day.year:04}-{day.month:02}")
    assert first <= day < until
    assert first.day == until.day == 1
    assert (until - timedelta(days=1)).month == first.month


@pytest.mark.parametrize(
    "text",
    ["9999-12", "0000-12", "2026-13", "2026-1", " 2026-01", "2026-01\n", "２０２６-01", "-026-01"],
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(MonthMalformed):
        read_month(text)

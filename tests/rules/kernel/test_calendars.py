"""Due times against tables worked out by hand with the State Council's arrangement for 2026."""

import logging
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.kernel.calendars import (
    CalendarUnknown,
    China,
    Term,
    Unit,
    add_working_minutes,
    amber,
    due,
    get_calendar,
    working_minutes_between,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = {"calendar": "CN", "time_zone": "Asia/Shanghai"}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        ("2026-01-01", False), ("2026-01-02", False), ("2026-01-03", False),
        ("2026-01-04", True),  # the Sunday that makes up for 2 January
        ("2026-02-13", True), ("2026-02-14", True),  # the Saturday before Spring Festival
        ("2026-02-16", False), ("2026-02-23", False), ("2026-02-24", True), ("2026-02-28", True),
        ("2026-05-01", False), ("2026-05-05", False), ("2026-05-09", True),
        ("2026-09-20", True), ("2026-09-25", False), ("2026-10-07", False), ("2026-10-08", True),
        ("2026-10-10", True), ("2026-11-21", False),
    ],
)  # fmt: skip
def test_working_days_of_2026_know_make_up_weekends(day: str, is_working: bool) -> None:
    assert get_calendar("CN").is_working_day(date.fromisoformat(day)) is is_working


DUE = [
    # Each row: start in Shanghai, then amount and unit, then the due time in Shanghai.
    ("2026-11-20 14:00", 15, Unit.MINUTE, "2026-11-20 14:15"),
    ("2026-11-20 23:50", 15, Unit.MINUTE, "2026-11-21 00:05"),
    ("2026-11-20 14:00", 4, Unit.HOUR, "2026-11-20 18:00"),
    # working hours: within the afternoon, over noon, over the night, over the weekend
    ("2026-11-19 14:00", 2, Unit.WORKING_HOUR, "2026-11-19 16:00"),
    ("2026-11-19 11:00", 2, Unit.WORKING_HOUR, "2026-11-19 14:30"),
    ("2026-11-19 16:30", 2, Unit.WORKING_HOUR, "2026-11-20 09:30"),
    ("2026-11-20 16:30", 2, Unit.WORKING_HOUR, "2026-11-23 09:30"),
    ("2026-11-21 10:00", 2, Unit.WORKING_HOUR, "2026-11-23 10:30"),
    ("2026-11-19 05:00", 2, Unit.WORKING_HOUR, "2026-11-19 10:30"),
    ("2026-11-19 12:30", 1, Unit.WORKING_HOUR, "2026-11-19 14:30"),
    ("2026-11-19 08:30", 7, Unit.WORKING_HOUR, "2026-11-19 17:00"),
    # over the Spring Festival: Saturday 14 February works, then nothing until the 24th
    ("2026-02-13 17:00", 1, Unit.WORKING_HOUR, "2026-02-14 09:00"),
    ("2026-02-14 17:00", 1, Unit.WORKING_HOUR, "2026-02-24 09:00"),
    # working days: the day of the act is not counted, the last one counts to its end
    ("2026-11-20 14:00", 3, Unit.WORKING_DAY, "2026-11-26 00:00"),
    ("2026-11-21 14:00", 3, Unit.WORKING_DAY, "2026-11-26 00:00"),
    ("2026-02-13 09:00", 1, Unit.WORKING_DAY, "2026-02-15 00:00"),
    ("2026-02-13 09:00", 2, Unit.WORKING_DAY, "2026-02-25 00:00"),
    ("2026-02-13 09:00", 6, Unit.WORKING_DAY, "2026-03-01 00:00"),
    ("2026-02-13 09:00", 7, Unit.WORKING_DAY, "2026-03-03 00:00"),
    ("2026-09-30 09:00", 3, Unit.WORKING_DAY, "2026-10-11 00:00"),
    # calendar days, months, years: to the end of the next working day
    ("2026-11-17 09:00", 3, Unit.CALENDAR_DAY, "2026-11-21 00:00"),
    ("2026-11-18 09:00", 3, Unit.CALENDAR_DAY, "2026-11-24 00:00"),
    ("2026-04-28 09:00", 3, Unit.CALENDAR_DAY, "2026-05-07 00:00"),
    ("2026-10-07 09:00", 3, Unit.CALENDAR_DAY, "2026-10-11 00:00"),
    ("2026-01-31 09:00", 1, Unit.MONTH, "2026-03-01 00:00"),  # 28 February: a working Saturday
    ("2024-01-31 09:00", 1, Unit.MONTH, "2024-03-01 00:00"),  # a leap year
    ("2026-03-31 09:00", 1, Unit.MONTH, "2026-05-01 00:00"),
    ("2025-10-15 09:00", 3, Unit.MONTH, "2026-01-16 00:00"),
    ("2025-12-31 09:00", 12, Unit.MONTH, "2027-01-01 00:00"),
    ("2024-02-29 09:00", 1, Unit.YEAR, "2025-03-01 00:00"),
    ("2025-06-19 09:00", 1, Unit.YEAR, "2026-06-23 00:00"),  # 19–21 June: Dragon Boat Festival
    # a quarter past midnight in Shanghai is still the day before in UTC
    ("2026-11-20 00:15", 1, Unit.WORKING_DAY, "2026-11-24 00:00"),
]


@pytest.mark.parametrize(("start", "amount", "unit", "until"), DUE)
def test_due_times_of_2026(start: str, amount: int, unit: Unit, until: str) -> None:
    found = due(local(start).astimezone(UTC), Term(amount, unit), **CN)
    assert found == local(until)
    assert found.tzinfo is UTC


def test_weekdays_know_no_holidays() -> None:
    start = local("2026-09-30 09:00")
    assert due(start, Term(1, Unit.WORKING_DAY), calendar="WEEKDAYS", time_zone="UTC") == datetime(
        2026, 10, 2, tzinfo=UTC
    )


def test_a_day_ends_at_midnight_also_where_clocks_change() -> None:
    start = datetime(2026, 3, 6, 20, tzinfo=UTC)  # Friday; clocks go forward on Sunday 8 March
    found = due(start, Term(1, Unit.WORKING_DAY), calendar="WEEKDAYS", time_zone="America/New_York")
    assert found == datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "until"),
    [
        ("2026-11-20 14:00", 100, Unit.MINUTE, "2026-11-20 15:20"),
        ("2026-11-19 09:00", 5, Unit.WORKING_HOUR, "2026-11-19 14:30"),
        # three whole working days of 7.5 hours from 14:00 on Friday: 80 % of 26 h are 20.8 h
        ("2026-11-20 14:00", 3, Unit.WORKING_DAY, "2026-11-25 10:48"),
        ("2026-11-16 00:00", 4, Unit.CALENDAR_DAY, "2026-11-20 00:00"),
    ],
)
def test_amber_comes_when_four_fifths_are_used(
    start: str, amount: int, unit: Unit, until: str
) -> None:
    term = Term(amount, unit)
    due_at = due(local(start), term, **CN)
    assert amber(local(start), due_at, term, **CN) == local(until)


def test_an_unknown_year_is_counted_by_weekdays_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    china = China()
    with caplog.at_level(logging.WARNING, "anlan.kernel.calendars"):
        found = [china.is_working_day(date(2031, 3, day)) for day in range(3, 10)]
        china.is_working_day(date(2032, 3, 3))
    assert found == [True] * 5 + [False] * 2
    assert [record.args for record in caplog.records] == [(2031,), (2032,)]
    assert china.assumed_years == {2031, 2032}


def test_an_unknown_calendar_names_the_known_ones() -> None:
    with pytest.raises(CalendarUnknown, match="CN, WEEKDAYS"):
        get_calendar("MARS")


INSTANTS = st.integers(0, 60 * 24 * 640).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
TERMS = st.builds(Term, st.integers(0, 40), st.sampled_from([u for u in Unit if u != Unit.YEAR]))


@settings(max_examples=150, deadline=None)
@given(INSTANTS, st.timedeltas(timedelta(), timedelta(days=20)), TERMS)
def test_whoever_starts_later_is_never_due_earlier(
    start: datetime, later: timedelta, term: Term
) -> None:
    assert due(start, term, **CN) <= due(start + later, term, **CN)
    assert start <= due(start, term, **CN)


@settings(max_examples=150, deadline=None)
@given(INSTANTS, st.integers(0, 30), st.sampled_from(Unit))
def test_more_of_a_unit_is_never_due_earlier(start: datetime, amount: int, unit: Unit) -> None:
    assert due(start, Term(amount, unit), **CN) <= due(start, Term(amount + 1, unit), **CN)


@settings(max_examples=150, deadline=None)
@given(INSTANTS, st.integers(0, 5_000), st.integers(0, 5_000))
def test_working_minutes_add_up(start: datetime, first: int, second: int) -> None:
    middle = add_working_minutes(start, first, **CN)
    end = add_working_minutes(middle, second, **CN)
    assert working_minutes_between(start, middle, **CN) == pytest.approx(first)
    assert working_minutes_between(start, end, **CN) == pytest.approx(first + second)
    assert end == add_working_minutes(start, first + second, **CN) or second == 0


@settings(max_examples=100, deadline=None)
@given(INSTANTS, TERMS)
def test_amber_lies_between_start_and_due(start: datetime, term: Term) -> None:
    due_at = due(start, term, **CN)
    assert start <= amber(start, due_at, term, **CN) <= due_at

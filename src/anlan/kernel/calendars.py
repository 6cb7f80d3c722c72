"""Working days and due times, in the units that Chinese statutes count in.

A "day" differs by statute, so the unit is always named. Days and longer: the day of the act is
not counted and the term runs out at the end of its last day (民法典 arts. 201–203); a term in
calendar days, months or years whose last day is no working day runs to the end of the next
working day. Working days know make-up weekends (调休). Working hours run 08:30–12:00 and
13:30–17:30 local time (default, domain page §2). Algorithm page: docs/algorithms/due-times.md.
"""

from __future__ import annotations

import calendar as months
import logging
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

import chinese_calendar

from anlan.kernel.errors import Invalid

log = logging.getLogger(__name__)

_INSTANT = timedelta(microseconds=1)
"""A term in days runs to the midnight after its last day: this much before is on that day."""

WORK_SPANS = ((time(8, 30), time(12, 0)), (time(13, 30), time(17, 30)))


class CalendarUnknown(Invalid):
    """There is no calendar “{calendar}”. Known calendars: {known}."""


class Unit(StrEnum):
    """What a term is counted in."""

    MINUTE = "MINUTE"
    HOUR = "HOUR"
    WORKING_HOUR = "WORKING_HOUR"
    WORKING_DAY = "WORKING_DAY"
    CALENDAR_DAY = "CALENDAR_DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"


class Calendar(Protocol):
    """Tells working days from others."""

    def is_working_day(self, day: date) -> bool: ...

    def name_holiday(self, day: date) -> str:
        """Name the holiday that a day off belongs to; empty for weekends and working days."""
        ...


class Weekdays:
    """Monday to Friday, no holidays."""

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5

    def name_holiday(self, day: date) -> str:
        return ""


class China:
    """State Council holiday arrangements with make-up weekends.

    A year that the package does not know yet is counted by weekdays, and said in the log
    once: due times in it must be computed again when the arrangement is published.
    """

    def __init__(self) -> None:
        self.assumed_years: set[int] = set()

    def is_working_day(self, day: date) -> bool:
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if day.year not in self.assumed_years:
                self.assumed_years.add(day.year)
                log.warning("holidays of %d are not known; counting Monday to Friday", day.year)
            return day.weekday() < 5

    def name_holiday(self, day: date) -> str:
        try:
            is_off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return ""
        return str(name) if is_off and name else ""


_CALENDARS: dict[str, Calendar] = {"CN": China(), "WEEKDAYS": Weekdays()}


def get_calendar(code: str) -> Calendar:
    """Give the calendar of a jurisdiction. Raises CalendarUnknown."""
    try:
        return _CALENDARS[code]
    except KeyError:
        raise CalendarUnknown(calendar=code, known=", ".join(_CALENDARS)) from None


@dataclass(frozen=True, slots=True)
class Term:
    """How long something may take: an amount of a unit."""

    amount: int
    unit: Unit


@lru_cache(maxsize=65536)
def _is_working(calendar_code: str, day: date) -> bool:
    return get_calendar(calendar_code).is_working_day(day)


def kind_of_day(calendar_code: str, day: date) -> str:
    """Tell what a day is: WORK, FREE (a weekend's), or the name of the holiday that it belongs to.

    >>> kind_of_day("CN", date(2026, 2, 14)), kind_of_day("CN", date(2026, 2, 17))  # a make-up Saturday, New Year
    ('WORK', 'Spring Festival')
    """
    if _is_working(calendar_code, day):
        return "WORK"
    return get_calendar(calendar_code).name_holiday(day) or "FREE"


def _next_working(calendar_code: str, day: date) -> date:
    while not _is_working(calendar_code, day):
        day += timedelta(days=1)
    return day


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _add_months(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class _Line:
    """The working time of some years laid end to end, so that a due time is looked up, not walked to.

    Span i runs from `opens[i]` to `closes[i]` (UTC) and holds the working time from `before[i]` to
    `until[i]`, counted from the line's beginning. `days`, `ends`: the working days (ordinals), and
    the instants at which they end.
    """

    opens: list[datetime]
    closes: list[datetime]
    before: list[timedelta]
    until: list[timedelta]
    days: list[int]
    ends: list[datetime]

    def count(self, at: datetime) -> timedelta:
        """Count the working time from the beginning to an instant."""
        last = bisect_right(self.opens, at) - 1
        if last < 0:
            return timedelta()
        return self.before[last] + min(at, self.closes[last]) - self.opens[last]

    def after(self, at: datetime, worked: timedelta) -> datetime | None:
        """Give the instant when so much has been worked since `at`; None beyond the line's end."""
        wanted = self.count(at) + worked
        span = bisect_left(self.until, wanted, bisect_right(self.closes, at))
        if span == len(self.until):
            return None
        return self.opens[span] + (wanted - self.before[span])


@lru_cache(maxsize=128)
def _line(calendar: str, time_zone: str, year: int, years: int) -> _Line:
    """Lay out the working time of `years` local years from `year` on."""
    zone = ZoneInfo(time_zone)
    line = _Line([], [], [], [], [], [])
    worked, day = timedelta(), date(year, 1, 1)
    while day.year < year + years:
        if _is_working(calendar, day):
            line.days.append(day.toordinal())
            line.ends.append(_end_of(day, zone))
            for opens, closes in WORK_SPANS:
                line.opens.append(datetime.combine(day, opens, zone).astimezone(UTC))
                line.closes.append(datetime.combine(day, closes, zone).astimezone(UTC))
                line.before.append(worked)
                worked += line.closes[-1] - line.opens[-1]
                line.until.append(worked)
        day += timedelta(days=1)
    return line


def add_working_minutes(
    start_at: datetime, minutes: float, *, calendar: str, time_zone: str
) -> datetime:
    """Give the instant when `minutes` of working time have passed since `start_at` (UTC)."""
    worked = timedelta(minutes=minutes)
    year, years = start_at.astimezone(ZoneInfo(time_zone)).year, 1
    while (found := _line(calendar, time_zone, year, years).after(start_at, worked)) is None:
        years *= 2
    return found


def working_minutes_between(
    start_at: datetime, end_at: datetime, *, calendar: str, time_zone: str
) -> float:
    """Count the minutes of working time between two instants (UTC); 0 when they are reversed."""
    if end_at <= start_at:
        return 0.0
    zone = ZoneInfo(time_zone)
    year, last = start_at.astimezone(zone).year, end_at.astimezone(zone).year
    line = _line(calendar, time_zone, year, last - year + 1)
    return (line.count(end_at) - line.count(start_at)).total_seconds() / 60


def list_working_spans(
    start_at: datetime, end_at: datetime, *, calendar: str, time_zone: str
) -> list[tuple[datetime, datetime]]:
    """List the working spans between two instants, cut to them (UTC)."""
    zone = ZoneInfo(time_zone)
    year, last = start_at.astimezone(zone).year, end_at.astimezone(zone).year
    line = _line(calendar, time_zone, year, last - year + 1)
    first, after = bisect_right(line.closes, start_at), bisect_left(line.opens, end_at)
    return [
        (max(line.opens[span], start_at), min(line.closes[span], end_at))
        for span in range(first, after)
    ]


def list_unusual_days(
    start_at: datetime, end_at: datetime, *, calendar: str, time_zone: str
) -> list[tuple[date, bool]]:
    """List the days off between two instants, and the weekend days that are worked: (day, is worked)."""
    zone = ZoneInfo(time_zone)
    day, last = start_at.astimezone(zone).date(), (end_at - _INSTANT).astimezone(zone).date()
    found = []
    while day <= last:
        is_worked = _is_working(calendar, day)
        if not is_worked or day.weekday() >= 5:
            found.append((day, is_worked))
        day += timedelta(days=1)
    return found


def _end_of_working_day(
    calendar: str, time_zone: str, day: date, amount: int, zone: ZoneInfo
) -> datetime:
    """Give the end of the n-th working day after `day`; of `day` itself for none."""
    if not amount:
        return _end_of(day, zone)
    years = 1
    while True:
        line = _line(calendar, time_zone, day.year, years)
        last = bisect_right(line.days, day.toordinal()) + amount - 1
        if last < len(line.ends):
            return line.ends[last]
        years *= 2


def due(start_at: datetime, term: Term, *, calendar: str, time_zone: str) -> datetime:
    """Give the instant (UTC) at which a term that starts at `start_at` has run out.

    >>> friday = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
    >>> due(friday, Term(3, Unit.WORKING_DAY), calendar="CN", time_zone="Asia/Shanghai")
    datetime.datetime(2026, 11, 25, 16, 0, tzinfo=datetime.timezone.utc)
    >>> due(friday, Term(2, Unit.WORKING_HOUR), calendar="CN", time_zone="Asia/Shanghai")
    datetime.datetime(2026, 11, 20, 8, 0, tzinfo=datetime.timezone.utc)
    """
    zone = ZoneInfo(time_zone)
    day = start_at.astimezone(zone).date()
    match term.unit:
        case Unit.MINUTE:
            return start_at + timedelta(minutes=term.amount)
        case Unit.HOUR:
            return start_at + timedelta(hours=term.amount)
        case Unit.WORKING_HOUR:
            return add_working_minutes(
                start_at, term.amount * 60, calendar=calendar, time_zone=time_zone
            )
        case Unit.WORKING_DAY:
            return _end_of_working_day(calendar, time_zone, day, term.amount, zone)
        case Unit.CALENDAR_DAY:
            day += timedelta(days=term.amount)
        case Unit.MONTH:
            day = _add_months(day, term.amount)
        case Unit.YEAR:
            day = _add_months(day, 12 * term.amount)
    return _end_of(_next_working(calendar, day), zone)


def amber(
    start_at: datetime, due_at: datetime, term: Term, *, calendar: str, time_zone: str
) -> datetime:
    """Give the instant at which 80 % of a term is used up, on the clock the term is counted in."""
    if term.unit is Unit.WORKING_HOUR:
        minutes = term.amount * 60.0
    elif term.unit is Unit.WORKING_DAY:
        minutes = working_minutes_between(start_at, due_at, calendar=calendar, time_zone=time_zone)
    else:
        return start_at + (due_at - start_at) * 0.8
    used_at = add_working_minutes(start_at, minutes * 0.8, calendar=calendar, time_zone=time_zone)
    # A term of nothing holds no working minute: the next one lies after its end.
    return min(used_at, due_at)


def put_off(
    instant: datetime,
    unit: Unit,
    *,
    paused_at: datetime,
    resumed_at: datetime,
    calendar: str,
    time_zone: str,
) -> datetime:
    """Give where an instant comes to lie when its clock stood still from `paused_at` to `resumed_at`.

    What was left when the clock stopped is left when it runs again, in the term's own unit: working
    minutes, or whole days after the day of the act. A clock that had run out stays where it was.

    >>> zone = {"calendar": "CN", "time_zone": "Asia/Shanghai"}
    >>> friday_night = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)  # two working days after Wednesday
    >>> put_off(
    ...     friday_night, Unit.WORKING_DAY, paused_at=datetime(2026, 11, 25, 6, 0, tzinfo=UTC),
    ...     resumed_at=datetime(2026, 11, 26, 1, 0, tzinfo=UTC), **zone,
    ... )
    datetime.datetime(2026, 11, 30, 16, 0, tzinfo=datetime.timezone.utc)
    """
    if instant <= paused_at or resumed_at <= paused_at:
        return instant
    place = {"calendar": calendar, "time_zone": time_zone}
    if unit in (Unit.MINUTE, Unit.HOUR):
        return instant + (resumed_at - paused_at)
    if unit is Unit.WORKING_HOUR:
        left = working_minutes_between(paused_at, instant, **place)
        return add_working_minutes(resumed_at, left, **place)
    zone = ZoneInfo(time_zone)
    last = (instant - _INSTANT).astimezone(zone).date()
    paused, resumed = paused_at.astimezone(zone).date(), resumed_at.astimezone(zone).date()
    if unit is not Unit.WORKING_DAY:
        return _end_of(_next_working(calendar, resumed + (last - paused)), zone)
    days = _line(calendar, time_zone, paused.year, last.year - paused.year + 1).days
    left_days = bisect_right(days, last.toordinal()) - bisect_right(days, paused.toordinal())
    if not left_days:
        return _end_of(_next_working(calendar, resumed), zone)
    return _end_of_working_day(calendar, time_zone, resumed, left_days, zone)

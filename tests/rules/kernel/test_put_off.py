"""A clock that stood still: what was left when it stopped is left when it runs again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.calendars import (
    Term,
    Unit,
    due,
    list_unusual_days,
    list_working_spans,
    put_off,
    working_minutes_between,
)

ZONE = {"calendar": "CN", "time_zone": "Asia/Shanghai"}
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
instants = st.integers(0, 400 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
spans = st.integers(0, 40 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
terms = st.builds(Term, st.integers(1, 12), st.sampled_from(list(Unit)[:5]))


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC) - timedelta(hours=8)  # type: ignore[misc,arg-type]


@given(instants, terms, spans, spans)
def test_nothing_comes_due_earlier_for_a_pause(
    start_at: datetime, term: Term, until_pause: timedelta, pause: timedelta
) -> None:
    due_at = due(start_at, term, **ZONE)
    paused_at = start_at + until_pause
    resumed_at = paused_at + pause
    found = put_off(due_at, term.unit, paused_at=paused_at, resumed_at=resumed_at, **ZONE)
    assert found >= due_at
    if paused_at >= due_at or not pause:
        assert found == due_at
    if term.unit is Unit.WORKING_HOUR and paused_at < due_at:
        left = working_minutes_between(paused_at, due_at, **ZONE)
        assert working_minutes_between(resumed_at, found, **ZONE) == pytest.approx(left)
    if term.unit in (Unit.MINUTE, Unit.HOUR) and paused_at < due_at:
        assert found - due_at == pause


@given(instants, terms, st.lists(spans, min_size=3, max_size=3))
def test_a_longer_pause_never_ends_sooner(
    start_at: datetime, term: Term, lengths: list[timedelta]
) -> None:
    due_at, paused_at = due(start_at, term, **ZONE), start_at + lengths[0]
    ends = [
        put_off(due_at, term.unit, paused_at=paused_at, resumed_at=paused_at + pause, **ZONE)
        for pause in sorted(lengths[1:])
    ]
    assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("unit", "paused_at", "resumed_at", "found"),
    [
        # Due at the end of Friday 13 March; paused on Tuesday, three working days were left.
        (Unit.WORKING_DAY, local(2026, 3, 10, 10), local(2026, 3, 10, 16), local(2026, 3, 14)),
        (Unit.WORKING_DAY, local(2026, 3, 10, 10), local(2026, 3, 12, 9), local(2026, 3, 18)),
        (Unit.WORKING_DAY, local(2026, 3, 10, 10), local(2026, 3, 14, 9), local(2026, 3, 19)),
        # Paused on the last day and taken up on a Sunday: Monday is its last day now.
        (Unit.WORKING_DAY, local(2026, 3, 13, 10), local(2026, 3, 15, 9), local(2026, 3, 17)),
        (Unit.CALENDAR_DAY, local(2026, 3, 10, 10), local(2026, 3, 11, 9), local(2026, 3, 17)),
        (Unit.HOUR, local(2026, 3, 10, 10), local(2026, 3, 10, 13), local(2026, 3, 14, 3)),
    ],
)
def test_days_left_are_counted_in_the_term_s_own_days(
    unit: Unit, paused_at: datetime, resumed_at: datetime, found: datetime
) -> None:
    due_at = local(2026, 3, 14)
    assert put_off(due_at, unit, paused_at=paused_at, resumed_at=resumed_at, **ZONE) == found


def test_make_up_days_are_worked_and_holidays_are_not() -> None:
    begin, end = local(2026, 2, 13, 17), local(2026, 2, 25)
    found = list_unusual_days(begin, end, **ZONE)
    worked = [day.day for day, is_worked in found if is_worked]
    assert worked == [14]
    assert [day.day for day, is_worked in found if not is_worked] == list(range(15, 24))
    spans = list_working_spans(begin, end, **ZONE)
    assert spans[0] == (begin, local(2026, 2, 13, 17, 30))
    assert len(spans) == 1 + 2 + 2  # the 13th's rest, the 14th, the 24th

"""Months by name (2026-10), and how figures of one are compared with others."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from anlan.kernel.errors import Invalid
from anlan.rollup.rules import read_month


class MonthNotOver(Invalid):
    """{month} is not over yet. The newest month that can be reported is {newest}."""


def first_of(month: str) -> date:
    """Give the first day of a month. Raises MonthMalformed."""
    return read_month(month)[0]


def name_of(day: date) -> str:
    """Name the month that a day lies in.

    >>> name_of(date(2026, 1, 9))
    '2026-01'
    """
    return f"{day.year:04}-{day.month:02}"


@lru_cache(4096)
def months_before(month: str, count: int) -> str:
    """Give the month so many months earlier.

    >>> months_before("2026-01", 1), months_before("2026-03", 15)
    ('2025-12', '2024-12')
    """
    first = first_of(month)
    index = first.year * 12 + first.month - 1 - count
    return f"{index // 12:04}-{index % 12 + 1:02}"


def run_of(month: str, count: int) -> list[str]:
    """List so many months up to one, the oldest first.

    >>> run_of("2026-02", 3)
    ['2025-12', '2026-01', '2026-02']
    """
    return [months_before(month, back) for back in range(count - 1, -1, -1)]


def newest_over(today: date) -> str:
    """Name the newest month that is over on a local day.

    >>> newest_over(date(2026, 3, 1))
    '2026-02'
    """
    return months_before(name_of(today), 1)


def check_over(month: str, *, today: date) -> None:
    """Refuse a month of which days are still to come. Raises MonthMalformed, MonthNotOver."""
    if read_month(month)[1] > today:
        raise MonthNotOver(month=month, newest=newest_over(today))

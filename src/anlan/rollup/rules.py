"""What a row of figures holds, and which days a month has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from anlan.kernel.errors import Invalid

LEVELS_BELOW = 2
"""Villages and grids have no report of their own: too few cases to tell anything. Months are kept by the level above (migration 0008)."""


class MonthMalformed(Invalid):
    """“{month}” is not a month. Write it like 2026-10."""


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one place and matter. Minutes are sums; divide by `closed` or `accepted`."""

    place_code: str
    matter_code: str
    opened: int
    closed: int
    reopened: int
    closed_late: int
    close_minutes: int
    accepted: int
    accept_minutes: int
    satisfied: int
    unsatisfied: int


@dataclass(frozen=True, slots=True)
class Series:
    """Cases opened a week, of a place and matter. weeks: numbers of weeks from the first on, those with cases, in no order; opened: beside them."""

    place_id: int
    matter_id: int
    weeks: Sequence[int]
    opened: Sequence[int]


def read_month(month: str) -> tuple[date, date]:
    """Give the first day of a month and of the next. Raises MonthMalformed.

    >>> read_month("2026-12")
    (datetime.date(2026, 12, 1), datetime.date(2027, 1, 1))
    """
    match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", month)
    # The year after the last one has no date.
    if match is None or match[1] in ("0000", "9999"):
        raise MonthMalformed(month=month[:20])
    year, number = int(match[1]), int(match[2])
    return date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)

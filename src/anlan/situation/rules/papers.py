"""The analysis paper of a month: one table, its parts, and what is still open. Sums and comparisons only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from anlan.kernel.errors import Invalid
from anlan.rollup.rules import Row, read_month


class MonthAhead(Invalid):
    """{month} has not begun yet. Choose an earlier month."""


class MeetingUnfit(Invalid):
    """A meeting was held from the month's first day on, today at the latest."""


class MinuteUnfit(Invalid):
    """Say by function who took part and what was decided, in {least} to {most} characters each."""


TEXT_CHARACTERS = (2, 500, 2000)
"""Least of both texts; most of who took part, and of what was decided."""


def check_minute(
    present: str, decided: str, *, held: date, month: str, today: date
) -> tuple[str, str]:
    """Give both texts of a meeting's minutes without superfluous blanks. Raises MonthMalformed, MeetingUnfit, MinuteUnfit."""
    if not read_month(month)[0] <= held <= today:
        raise MeetingUnfit()
    least, most_present, most_decided = TEXT_CHARACTERS
    found = (" ".join(present.split()), " ".join(decided.split()))
    for text, most in zip(found, (most_present, most_decided), strict=True):
        if not least <= len(text) <= most or not text.isprintable():
            raise MinuteUnfit(least=least, most=most_decided)
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """Cases opened in a month, in the one before and a year before; of those closed in it, how many late."""

    key: str
    now: int = 0
    before: int = 0
    year_before: int = 0
    closed: int = 0
    closed_late: int = 0

    @property
    def late_share(self) -> float | None:
        """Share of the closed cases that were closed late; None where none was closed."""
        return self.closed_late / self.closed if self.closed else None


def change(now: int, then: int) -> float | None:
    """Give the change as a share of what was; None where there was nothing.

    >>> change(12, 10), change(5, 0)
    (0.2, None)
    """
    return (now - then) / then if then else None


def make_lines(
    now: Iterable[Row], before: Iterable[Row], year_before: Iterable[Row], *, key_of: Callable[[Row], str]
) -> list[Line]:  # fmt: skip
    """Sum figures of three months by a key, the largest of this month first."""
    sums: dict[str, list[int]] = {}

    def add(rows: Iterable[Row], at: int) -> None:
        for row in rows:
            into = sums.setdefault(key_of(row), [0] * 5)
            into[at] += row.opened
            if at == 0:
                into[3] += row.closed
                into[4] += row.closed_late

    add(now, 0)
    add(before, 1)
    add(year_before, 2)
    lines = [Line(key, *parts) for key, parts in sums.items() if any(parts)]
    return sorted(lines, key=lambda line: (-line.now, -line.before, line.key))


def add_up(lines: Sequence[Line]) -> Line:
    """Give the sum of lines."""
    return Line(
        "", *(sum(getattr(line, name) for line in lines)
              for name in ("now", "before", "year_before", "closed", "closed_late")),
    )  # fmt: skip


def months_around(month: str, *, today: date) -> tuple[str, str, str, bool]:
    """Give the month, the one before, the same a year before, and whether the month is over.

    Raises MonthMalformed, MonthAhead.

    >>> months_around("2026-01", today=date(2026, 1, 9))
    ('2026-01', '2025-12', '2025-01', False)
    """
    first, until = read_month(month)
    if first > today:
        raise MonthAhead(month=month)
    last = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    return month, f"{last:%Y-%m}", f"{first.year - 1}-{first.month:02}", until <= today

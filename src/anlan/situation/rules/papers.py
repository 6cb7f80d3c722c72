"""The analysis paper of a month: one table, its parts, what stood out and what is still open, as one JSON value that can be frozen.

Sums and comparisons only. Everything that is shown later (page, PDF) is made from the value alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

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


FORM = 1
"""Version of the content's form; a later one reads this one, too."""


@dataclass(frozen=True, slots=True)
class Name:
    """A place, matter, unit or state by code and both names."""

    code: str
    zh: str
    en: str


NOBODY = Name("", "", "")


@dataclass(frozen=True, slots=True)
class Told:
    """Something unusual, and what had become of it when the paper was made. week: its Monday; due: local date of the last day, or empty."""

    id: str
    place: Name
    matter: Name
    week: str
    observed: int
    expected: float
    bound: float
    state: Name
    unit: Name
    note: str
    closing_note: str
    due: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to be done that was open when the paper was made. about: the place, or place and matter; held: of a meeting's, its date."""

    id: str
    place: Name
    matter: Name
    held: str
    note: str
    unit: Name
    state: Name
    due: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class PaperContent:
    """A month's analysis of a place. made_at: ISO, local time. weeks: cases opened a week, oldest first; last_week: Monday of the last one, before the month's end.

    names: of places and matters, by kind and code. duties: open ones of any month, due first.
    """

    place: Name
    month: str
    made_at: str
    is_over: bool
    total: Line
    matters: tuple[Line, ...]
    places: tuple[Line, ...]
    names: Mapping[str, tuple[str, str]]
    weeks: tuple[int, ...]
    last_week: str
    findings: tuple[Told, ...]
    duties: tuple[Duty, ...]
    office: Name
    form: int = FORM

    @property
    def open(self) -> list[Told]:
        """List what was not decided, or late."""
        return [one for one in self.findings if one.state.code == "PROPOSED" or one.is_late]

    def as_json(self) -> dict[str, Any]:
        """Write it down."""
        return asdict(self)


def read_paper(raw: Mapping[str, Any]) -> PaperContent:
    """Read what `as_json` wrote, also after it was stored."""

    def lines(rows: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
        return tuple(Line(**row) for row in rows)

    def named(row: Mapping[str, Any], *fields: str) -> dict[str, Any]:
        return dict(row) | {field: Name(**row[field]) for field in fields}

    return PaperContent(
        place=Name(**raw["place"]), month=raw["month"], made_at=raw["made_at"], is_over=raw["is_over"],
        total=Line(**raw["total"]), matters=lines(raw["matters"]), places=lines(raw["places"]),
        names={key: (pair[0], pair[1]) for key, pair in raw["names"].items()}, weeks=tuple(raw["weeks"]),
        last_week=raw["last_week"],
        findings=tuple(Told(**named(row, "place", "matter", "state", "unit")) for row in raw["findings"]),
        duties=tuple(Duty(**named(row, "place", "matter", "state", "unit")) for row in raw["duties"]),
        office=Name(**raw["office"]), form=raw["form"],
    )  # fmt: skip


Change = tuple[str, str, str, str, int | None, int | None]
"""what (TOTAL, MATTER, PLACE or FINDING), both names, which figure (opened, closed, late, cases), before, now."""
FIGURES = (("opened", "now"), ("closed", "closed"), ("late", "closed_late"))


def list_changes(old: PaperContent, new: PaperContent) -> list[Change]:
    """List the month's figures that differ, and findings that came or went.

    What has become of findings and duties since is no correction: it stands in the next month's paper.
    """
    found: list[Change] = []

    def compare(what: str, zh: str, en: str, then: Line | None, now: Line | None) -> None:
        for figure, field in FIGURES:
            pair = (getattr(then, field) if then else 0, getattr(now, field) if now else 0)
            if pair[0] != pair[1]:
                found.append((what, zh, en, figure, *pair))

    compare("TOTAL", "", "", old.total, new.total)
    names = {**old.names, **new.names}
    for what, before, after in (
        ("MATTER", old.matters, new.matters), ("PLACE", old.places, new.places),
    ):  # fmt: skip
        then, now = ({line.key: line for line in lines} for lines in (before, after))
        for key in dict.fromkeys([*now, *then]):
            zh, en = names.get(f"{what}:{key}", (key, key))
            compare(what, zh, en, then.get(key), now.get(key))
    known, seen = ({one.id: one for one in paper.findings} for paper in (old, new))
    for key in dict.fromkeys([*seen, *known]):
        if key in known and key in seen:
            continue
        one = seen.get(key) or known[key]
        pair = (None, one.observed) if key in seen else (one.observed, None)
        about = (f"{one.place.zh} · {one.matter.zh}", f"{one.place.en} · {one.matter.en}")
        found.append(("FINDING", *about, "cases", *pair))
    return found

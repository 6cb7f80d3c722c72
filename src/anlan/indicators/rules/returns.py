"""Returns: figures of a month that a department hands in, read line by line; all that is wrong is told at once.

A file is a CSV with the columns place, indicator, month and value; numerator and denominator where a value of the
spine comes from another instance; note where a value lies outside what is plausible and is right all the same.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from anlan.indicators.rules.heirs import follow
from anlan.indicators.rules.months import check_over
from anlan.indicators.rules.register import Indicator, Kind, Register
from anlan.kernel import procedure
from anlan.kernel.actor import Role
from anlan.kernel.errors import AnlanError, Conflict, Invalid, NotAllowed, NotFound
from anlan.kernel.events import Event
from anlan.rollup.rules import read_month

PROCEDURE_VERSION = 1
CONFIRM_WITHIN = timedelta(days=3)
HANDLERS = (
    Role.DEPARTMENT, Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL,
)  # fmt: skip
"""Who sees returns of the own places, a department's seat those of its department."""
GIVERS = (Role.DEPARTMENT, Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER)
REMIND_AFTER_DAYS = (0, 1, 3, 7, 14, 21, 28)
"""Days after the due day on which a department is reminded."""
OPEN_STATES = ("GIVEN",)
STANDING_STATES = ("GIVEN", "CONFIRMED")
COLUMNS = ("place", "indicator", "month", "value")
MORE_COLUMNS = ("numerator", "denominator", "note")
ROWS_LIMIT = 60_000
TEXT_CHARACTERS = 500


class ReturnUnknown(NotFound):
    """There is no such return in your places."""


class ReturnChanged(Conflict):
    """Somebody has decided about this return meanwhile. Load the page again."""


class ReturnNotYours(NotAllowed):
    """You may not return figures for {place}: {department} is another department, or the place is not yours."""


class OwnReturn(NotAllowed):
    """Whoever gave the figures cannot confirm them. A second person has to look at them."""


class FileUnreadable(Invalid):
    """The file cannot be read: {reason}. Save it as CSV in UTF-8."""


class ColumnMissing(Invalid):
    """The file has no column {column}. It needs {needed}."""


class ReturnEmpty(Invalid):
    """The file holds no figures."""


class ReturnTooLong(Invalid):
    """The file has more than {most} lines. Divide it."""


class NumberUnreadable(Invalid):
    """“{text}” is not a number."""


class CountBelowZero(Invalid):
    """{value} is below zero. Counts are zero or more."""


class ValueImplausible(Invalid):
    """{value} is outside {low} to {high}, which is plausible for {indicator}. If it is right, say why in the column note."""


class CellTwice(Invalid):
    """{place}, {indicator}, {month} stands in line {first} already."""


class CellReturnedBefore(Conflict):
    """{place}, {indicator}, {month} was returned before ({state}). To correct it, say why."""


class PartsMissing(Invalid):
    """{indicator} is counted: give numerator and denominator, so that chance can be told."""


class CodeEnded(Invalid):
    """{place} has been part of {heir} since {changed}. Use its code."""


class PlaceNotKnown(Invalid):
    """There is no place with the code “{place}”."""


class MonthsMixed(Invalid):
    """One return holds one month: this line is about {month}, the first about {first}."""


class DepartmentsMixed(Invalid):
    """{indicator} is not returned by {department}. Send it apart."""


class SuccessionBroken(Invalid):
    """{code} cannot become {heir}: {reason}."""


class LineRefused(Invalid):
    """Line {line}: {problem}"""


class ReturnRefused(Invalid):
    """Nothing was taken: {count} lines are wrong. The first is line {line}: {problem}"""

    @property
    def lines(self) -> list[LineRefused]:
        """All lines that are wrong, each with its problem."""
        return list(self.data["problems"])


@dataclass(frozen=True)
class ReturnsLate(Event):
    """A department owes figures. day: when it was noticed, so that it is told once a day at most."""

    place_id: int
    department: str
    month: str
    missing: int
    day: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a return. place: its code now, after successions; share: what of it is the heir's."""

    line: int
    place: str
    indicator: Indicator
    month: str
    value: float
    numerator: float | None = None
    denominator: float | None = None
    note: str = ""
    is_heir: bool = False
    """Whether it came under a code that ended since."""

    @property
    def is_additive(self) -> bool:
        """Whether values of two places add up to their union's: counts do, percentages do not."""
        return self.indicator.formula.kind is not Kind.STATED or self.indicator.unit not in (
            "%",
            "‰",
        )

    def with_also(self, other: Cell) -> Cell:
        """Add what another ended code left to the same heir. Raises CellTwice for what is given twice."""
        if not (self.is_heir and other.is_heir and self.is_additive):
            raise CellTwice(
                place=other.place,
                indicator=other.indicator.code,
                month=other.month,
                first=self.line,
            )
        if self.numerator is None or other.numerator is None:
            return replace(self, value=self.value + other.value)
        numerator = self.numerator + other.numerator
        below = None if self.denominator is None or other.denominator is None else self.denominator + other.denominator  # fmt: skip
        value = value_of(self.indicator, numerator, below)
        return replace(self, value=value, numerator=numerator, denominator=below)

    @property
    def key(self) -> tuple[str, str]:
        """Which value it gives."""
        return self.place, self.indicator.code

    def as_row(self) -> list[Any]:
        """Write it down as the table keeps it."""
        return [
            self.place,
            self.indicator.code,
            self.value,
            self.numerator,
            self.denominator,
            self.note,
        ]


@dataclass(frozen=True, slots=True)
class Heir:
    """What a code became: the new code, from which day, and which share of the old one it took."""

    code: str
    changed: date
    share: float = 1.0


def value_of(indicator: Indicator, numerator: float, denominator: float | None) -> float:
    """Work out a counted value; not a number where there is nothing to divide by."""
    if denominator is None:
        return numerator * indicator.formula.times
    return numerator * indicator.formula.times / denominator if denominator else math.nan


def return_procedure(version: int = PROCEDURE_VERSION) -> procedure.Procedure:
    """Give the procedure that a return started with."""
    return procedure.load("anlan.indicators", "return", version)


def read_file(data: bytes) -> list[dict[str, str]]:
    """Read a CSV in UTF-8 or GB18030. Raises FileUnreadable, ColumnMissing, ReturnEmpty, ReturnTooLong."""
    if b"\x00" in data:
        raise FileUnreadable(reason="it is not a text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as wrong:
            raise FileUnreadable(reason=wrong.reason) from wrong
    rows: list[dict[str, str]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        names = [name.strip().lower() for name in next(reader, [])]
        for name in COLUMNS:
            if name not in names:
                raise ColumnMissing(column=name, needed=", ".join(COLUMNS))
        for cells in reader:
            rows.append(dict(zip(names, (cell.strip() for cell in cells), strict=False)))
            if len(rows) > ROWS_LIMIT:
                raise ReturnTooLong(most=ROWS_LIMIT)
    except csv.Error as wrong:
        raise FileUnreadable(reason=str(wrong)) from wrong
    if not any(any(row.values()) for row in rows):
        raise ReturnEmpty()
    return rows


def read_number(text: str) -> float:
    """Read a number as people write it: a thousands comma is understood, words are not. Raises NumberUnreadable.

    >>> read_number("1,234.5"), read_number(" -2 ")
    (1234.5, -2.0)
    """
    cleaned = text.strip().replace(",", "").replace("\u00a0", "").replace("−", "-")
    try:
        number = float(cleaned)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or "_" in cleaned:
        raise NumberUnreadable(text=text[:40])
    return number


def read_cells(
    rows: Sequence[Mapping[str, str]], *, register: Register, find_place: Callable[[str], str | None],
    heirs: Mapping[str, Sequence[Heir]], department: str, today: date,
) -> list[Cell]:  # fmt: skip
    """Make cells of the rows of a file, or tell everything that is wrong with them.

    find_place: the place's own code for a code (padded or not); None where there is none. heirs: what ended codes became; department: empty for
    those in charge of the whole place. Raises ReturnRefused.
    """
    found: dict[tuple[str, str], Cell] = {}
    problems: list[LineRefused] = []
    month = ""
    for line, row in enumerate(rows, start=2):
        if not any(row.values()):
            continue
        try:
            cell = _read_row(line, row, register, department, today)
            if month and cell.month != month:
                raise MonthsMixed(month=cell.month, first=month)
            month = month or cell.month
            for part in _place(cell, find_place, heirs):
                before = found.get(part.key)
                found[part.key] = part if before is None else before.with_also(part)
        except AnlanError as wrong:
            problems.append(LineRefused(line=line, problem=wrong.message, cause=wrong.code))
    if problems:
        first = problems[0].data
        raise ReturnRefused(
            count=len(problems), line=first["line"], problem=first["problem"], problems=problems
        )
    return list(found.values())


def _read_row(line: int, row: Mapping[str, str], register: Register, department: str, today: date) -> Cell:  # fmt: skip
    indicator = register.get(row.get("indicator", ""))
    if department and indicator.department != department:
        raise DepartmentsMixed(indicator=indicator.code, department=department)
    month = row.get("month", "")
    check_over(month, today=today)
    parts = [
        read_number(row[name]) if row.get(name) else None for name in ("numerator", "denominator")
    ]
    note = " ".join(row.get("note", "").split())[:TEXT_CHARACTERS]
    if indicator.formula.is_spine:
        numerator, denominator = parts
        if numerator is None or (denominator is None and (indicator.formula.of or indicator.formula.per)):  # fmt: skip
            raise PartsMissing(indicator=indicator.code)
        for part in (numerator, denominator):
            if part is not None and part < 0:
                raise CountBelowZero(value=show_number(part))
        value = value_of(indicator, numerator, denominator)
    else:
        value = read_number(row.get("value", ""))
        numerator = denominator = None
        if value < 0 <= indicator.low:
            raise CountBelowZero(value=show_number(value))
    if not (math.isnan(value) or indicator.low <= value <= indicator.high) and not note:
        raise ValueImplausible(
            value=show_number(value), low=show_number(indicator.low), high=show_number(indicator.high),
            indicator=indicator.code,
        )  # fmt: skip
    return Cell(line, row.get("place", ""), indicator, month, value, numerator, denominator, note)


def _place(cell: Cell, find_place: Callable[[str], str | None], heirs: Mapping[str, Sequence[Heir]]) -> list[Cell]:  # fmt: skip
    """Give the cell under the codes that hold now: an ended code's figures of before are its heirs'."""
    code = find_place(cell.place)
    found = heirs.get(cell.place) or heirs.get(code or "")
    if not found:
        if code is None:
            raise PlaceNotKnown(place=cell.place[:20])
        return [_moved(cell, code, 1.0)]
    ended = [heir for heir in found if read_month(cell.month)[0] >= heir.changed]
    if ended:
        raise CodeEnded(
            place=cell.place[:20], heir=", ".join(heir.code for heir in ended), changed=ended[0].changed
        )  # fmt: skip
    became = {old: [(heir.code, heir.share) for heir in they] for old, they in heirs.items()}
    standing = follow(became)[cell.place if cell.place in heirs else code or ""]
    return [_moved(cell, heir, share, is_heir=True) for heir, share in standing]


def _moved(cell: Cell, code: str, share: float, *, is_heir: bool = False) -> Cell:
    def of(part: float | None) -> float | None:
        return None if part is None else part * share

    is_sum = cell.is_additive and cell.indicator.formula.kind is Kind.STATED
    return replace(
        cell, place=code, value=cell.value * share if is_sum else cell.value, numerator=of(cell.numerator),
        denominator=of(cell.denominator), is_heir=is_heir,
    )  # fmt: skip


def show_number(number: float) -> str:
    """Write a number in a message: without a fraction where it has none.

    >>> show_number(120000.0), show_number(2.5)
    ('120,000', '2.5')
    """
    return f"{number:,.0f}" if number == int(number) else f"{number:,.6g}"


def due_at(month: str, *, day: int, zone: str) -> datetime:
    """Give the instant at which an indicator's returns of a month are late: the end of a day of the next month."""
    first_of_next = read_month(month)[1]
    return datetime.combine(first_of_next + timedelta(days=day), time(), ZoneInfo(zone))


def check_reason(reason: str) -> str:
    """Give a reason or note without superfluous blanks, cut to what can be kept."""
    return " ".join(reason.split())[:TEXT_CHARACTERS]

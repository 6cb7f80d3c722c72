"""The content of a report: lines with change, rank and light, in both languages, as one JSON value that can be frozen.

Everything that is shown later (page, PDF, spreadsheet) is made from it alone, so a signed report reads the same for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from anlan.indicators.rules import lights as light_rules
from anlan.indicators.rules import months, peers
from anlan.indicators.rules.peers import Part, Standing
from anlan.indicators.rules.register import Cadence, Indicator, Kind, Register, Side

FORM = 1
"""Version of the content's form; a later one reads this one, too."""
SERIES_MONTHS = 13
MONTHS_READ = SERIES_MONTHS + 3
"""A quarter's value may be two months old, and is compared with the one before."""
DIGITS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator of a place and month.

    month: which month's value it is (a quarter's may be older); step: months from one value to the next. change: per cent on the month before, of percentages in points;
    chance: probability that chance alone makes such a change. rank: None without peers; first, last: ranks chance leaves open. lack: why
    there is no value. is_ranked_by_year: amounts of places of different size are ranked by their change on the year before.
    """

    code: str
    side: str
    family: str
    family_zh: str
    family_en: str
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    decimals: int
    direction: str
    kind: str
    month: str
    step: int
    value: float | None
    numerator: float | None
    denominator: float | None
    before: float | None
    year_before: float | None
    change: float | None
    change_chance: float | None
    year_change: float | None
    year_chance: float | None
    rank: int | None
    of: int
    first: int
    last: int
    is_told_apart: bool
    centre: float | None
    inner: tuple[float, float] | None
    outer: tuple[float, float] | None
    light: str
    why: str
    lack: str
    department: str
    source: str
    confidence: float
    is_returned: bool
    series: tuple[float | None, ...]
    peers: tuple[float | None, ...]
    peer_changes: tuple[float | None, ...]
    is_ranked_by_year: bool

    @property
    def is_points(self) -> bool:
        """Whether changes are told in points rather than per cent."""
        return self.unit_zh in light_rules.PERCENT_UNITS

    @property
    def is_red(self) -> bool:
        return self.light == light_rules.Light.RED


@dataclass(frozen=True, slots=True)
class Name:
    """A place or unit by code and both names."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One of the things that need the reader. kind: LIGHT, LATE, FINDING or RETURN. about: code of the indicator or the matter.

    count: of cases or missing figures; days: how long the oldest is late. due: local date by which it should be decided.
    """

    kind: str
    about: str = ""
    about_zh: str = ""
    about_en: str = ""
    count: int = 0
    days: int = 0
    owner_zh: str = ""
    owner_en: str = ""
    due: str = ""
    finding: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A whole report. behind: open cases behind each red line, late ones, open duties."""

    place: Name
    level: str
    month: str
    made_at: str
    peers: tuple[Name, ...]
    lines: tuple[Line, ...]
    decisions: tuple[Decision, ...]
    behind: Mapping[str, tuple[int, int]]
    lights: Mapping[str, float]
    lights_source: str
    office: Name
    form: int = FORM
    parts: tuple[Name, ...] = field(default=())

    def of_side(self, side: Side) -> list[Line]:
        """List the lines of one report."""
        return [line for line in self.lines if line.side == side]

    def find(self, code: str) -> Line | None:
        """Find a line by its indicator."""
        return next((line for line in self.lines if line.code == code), None)

    def count(self, light: light_rules.Light, side: Side | None = None) -> int:
        """Count lights of a colour."""
        return sum(
            line.light == light and (side is None or line.side == side) for line in self.lines
        )

    def as_json(self) -> dict[str, Any]:
        """Write it down."""
        return asdict(self)


def read_content(raw: Mapping[str, Any]) -> Content:
    """Read what `as_json` wrote, also after it was stored."""

    def pair(value: Any) -> Any:
        return None if value is None else (value[0], value[1])

    lines = tuple(
        Line(**{**row, "inner": pair(row["inner"]), "outer": pair(row["outer"]), "series": tuple(row["series"]), "peers": tuple(row["peers"]), "peer_changes": tuple(row["peer_changes"])})
        for row in raw["lines"]
    )  # fmt: skip
    return Content(
        place=Name(**raw["place"]), level=raw["level"], month=raw["month"], made_at=raw["made_at"],
        peers=tuple(Name(**one) for one in raw["peers"]), lines=lines,
        decisions=tuple(Decision(**one) for one in raw["decisions"]),
        behind={code: (pair_[0], pair_[1]) for code, pair_ in raw["behind"].items()},
        lights=raw["lights"], lights_source=raw["lights_source"], office=Name(**raw["office"]), form=raw["form"],
        parts=tuple(Name(**one) for one in raw["parts"]),
    )  # fmt: skip


def as_of(indicator: Indicator, month: str) -> str:
    """Name the newest month up to one for which an indicator is due.

    >>> from types import SimpleNamespace as S
    >>> quarter = S(cadence=Cadence.QUARTER, is_due_in=lambda m: int(m[5:]) % 3 == 0)
    >>> as_of(quarter, "2026-10"), as_of(quarter, "2026-12")
    ('2026-09', '2026-12')
    """
    back = 0
    while not indicator.is_due_in(months.months_before(month, back)):
        back += 1
    return months.months_before(month, back)


STEP = {Cadence.MONTH: 1, Cadence.QUARTER: 3, Cadence.YEAR: 12}


def make_lines(
    *, register: Register, month: str, places: Sequence[int], wanted: Collection[int], find: Any
) -> dict[int, list[Line]]:
    """Make the lines of some places among their peers, in the register's order.

    places: ids of all peers; wanted: of those whose lines are made; find(indicator, place id, month) gives a Part or None.
    """
    lines: dict[int, list[Line]] = {place: [] for place in wanted}
    for indicator in register.indicators:
        if indicator.side is Side.BASE:
            continue
        at = as_of(indicator, month)
        step = STEP[indicator.cadence]
        now = [find(indicator, place, at) for place in places]
        by_year = (
            indicator.formula.kind is Kind.STATED
            and indicator.unit not in light_rules.PERCENT_UNITS
        )
        year_before = months.months_before(at, 12)
        changes = tuple(
            _number(
                light_rules.change_of(
                    _value(part), _value(find(indicator, place, year_before)), unit=indicator.unit
                )
            )
            for place, part in zip(places, now, strict=True)
        )
        standings = peers.compare(
            [Part(change) for change in changes] if by_year else now, kind=indicator.formula.kind,
            direction=indicator.direction, times=indicator.formula.times,
            inner_percent=register.lights["amber_percent"], outer_percent=register.lights["red_percent"],
        )  # fmt: skip
        values = tuple(_value(part) for part in now)
        for place, part, standing in zip(places, now, standings, strict=True):
            if place not in lines:
                continue
            history = [find(indicator, place, one) for one in months.run_of(at, SERIES_MONTHS)]
            line = _make(indicator, register, at, part, history, history[-1 - step], standing)
            lines[place].append(
                replace(line, peers=values, peer_changes=changes, is_ranked_by_year=by_year)
            )
    return lines


def _make(
    indicator: Indicator, register: Register, at: str, now: Part | None, history: Sequence[Part | None],
    before: Part | None, standing: Standing | None,
) -> Line:  # fmt: skip
    kind, year_before = indicator.formula.kind, history[0]

    def chance(then: Part | None) -> float | None:
        if now is None or then is None or now.value is None or then.value is None:
            return None
        found = peers.chance_of_change(now, then, kind=kind)
        return None if found is None else _round(found)

    year_chance = chance(year_before)
    verdict = light_rules.judge(indicator, now, year_before, standing, year_chance, register.lights)
    has_value = _value(now) is not None
    lack = "" if has_value else _lack(indicator, now)
    standing = standing if has_value else None
    return Line(
        code=indicator.code, side=indicator.side, family=indicator.family.code, family_zh=indicator.family.name,
        family_en=indicator.family.name_en, zh=indicator.name, en=indicator.name_en, unit_zh=indicator.unit,
        unit_en=indicator.unit_en, decimals=indicator.decimals, direction=indicator.direction, kind=kind, month=at, step=STEP[indicator.cadence],
        value=_value(now), numerator=_number(now.numerator if now else None),
        denominator=_number(now.denominator if now else None), before=_value(before), year_before=_value(year_before),
        change=_number(light_rules.change_of(_value(now), _value(before), unit=indicator.unit)), change_chance=chance(before),
        year_change=_number(light_rules.change_of(_value(now), _value(year_before), unit=indicator.unit)), year_chance=year_chance,
        rank=standing.rank if standing else None, of=standing.of if standing else 0,
        first=standing.first if standing else 0, last=standing.last if standing else 0,
        is_told_apart=bool(standing and standing.is_told_apart(register.lights["tell_apart_share"])),
        centre=_number(standing.centre if standing else None),
        inner=_pair(standing.inner if standing else None), outer=_pair(standing.outer if standing else None),
        light=verdict.light, why=verdict.why, lack=lack, department=indicator.department,
        source=indicator.source, confidence=indicator.confidence, is_returned=bool(now and now.is_returned),
        series=tuple(_value(part) for part in history), peers=(), peer_changes=(), is_ranked_by_year=False,
    )  # fmt: skip


def _value(part: Part | None) -> float | None:
    return None if part is None or part.value is None else _round(part.value)


def _lack(indicator: Indicator, now: Part | None) -> str:
    """Say why there is no value: NOT_RETURNED, NO_BASE (nothing to divide by), NOTHING (no case), NOT_HERE (counted elsewhere)."""
    if not indicator.formula.is_spine:
        return "NOT_RETURNED"
    if now is None:
        return "NOT_HERE"
    return "NO_BASE" if indicator.formula.per and now.denominator is None else "NOTHING"


def _round(number: float) -> float:
    """Keep what can be told apart: a value counted again must not differ in its last binary digit."""
    return float(f"{number:.{DIGITS}g}")


def _number(number: float | None) -> float | None:
    return None if number is None else _round(number)


def _pair(pair: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if pair is None else (_round(pair[0]), _round(pair[1]))


def list_changes(
    old: Content, new: Content
) -> list[tuple[str, float | None, float | None, str, str]]:
    """List the lines whose value or light differs: code, values, lights; old first.

    >>> # tests/rules/reports/test_content.py
    """
    found = []
    before = {line.code: line for line in old.lines}
    for line in new.lines:
        then = before.pop(line.code, None)
        if then is None or (then.value, then.light, then.month) != (
            line.value,
            line.light,
            line.month,
        ):
            found.append(
                (
                    line.code,
                    then.value if then else None,
                    line.value,
                    then.light if then else "",
                    line.light,
                )
            )
    found += [(code, then.value, None, then.light, "") for code, then in before.items()]
    return found

"""The register of indicators: what each one counts, over what, from where, and how far it is to be trusted.

A formula either sums measures of the daily figures over some matters, or says that a department returns the value. Where events
are counted, chance plays a part and comparisons say so (`Kind`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from anlan.kernel.errors import Invalid

MEASURES = (
    "opened", "closed", "reopened", "closed_late", "close_minutes", "accepted", "accept_minutes", "satisfied",
    "unsatisfied", "rated",
)  # fmt: skip
"""What daily figures hold; `rated` is satisfied and unsatisfied together."""


class RegisterBroken(Invalid):
    """{file}, entry {entry}: {problem}"""


class IndicatorUnknown(Invalid):
    """There is no indicator “{indicator}”. `anlan indicators list` names them."""


class Side(StrEnum):
    """On which of the two reports a family stands; BASE: only what others are divided by."""

    ECONOMY = "ECONOMY"
    SAFETY = "SAFETY"
    BASE = "BASE"


class Direction(StrEnum):
    """Which way is better; NONE: neither, it only tells."""

    HIGHER = "HIGHER"
    LOWER = "LOWER"
    NONE = "NONE"


class Kind(StrEnum):
    """What chance does to a value: a count and a share waver, a mean and a stated value are not judged by chance."""

    COUNT = "COUNT"
    SHARE = "SHARE"
    MEAN = "MEAN"
    STATED = "STATED"


class Cadence(StrEnum):
    """How often a value is due: every month, or in the last month of a quarter or year."""

    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


@dataclass(frozen=True, slots=True)
class Formula:
    """count × times ÷ (of: another measure of the same matters, or per: the newest value of a base indicator).

    matters: codes of matters, families and classes that count; empty: all. count empty: a department returns it.
    """

    count: str = ""
    of: str = ""
    per: str = ""
    times: float = 1.0
    matters: tuple[str, ...] = ()

    @property
    def is_spine(self) -> bool:
        """Whether the daily figures give the value."""
        return bool(self.count)

    @property
    def kind(self) -> Kind:
        """What chance does to the value."""
        if not self.count:
            return Kind.STATED
        if self.count.endswith("_minutes"):
            return Kind.MEAN
        return Kind.SHARE if self.of else Kind.COUNT


@dataclass(frozen=True, slots=True)
class Family:
    """A group of indicators on one side."""

    code: str
    side: Side
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. low, high: what is plausible in a return. due_day: day of the next month by which it is due."""

    code: str
    family: Family
    name: str
    name_en: str
    unit: str
    unit_en: str
    decimals: int
    direction: Direction
    formula: Formula
    cadence: Cadence
    department: str
    low: float
    high: float
    due_day: int
    source: str
    confidence: float
    position: int = 0
    id: int = 0

    @property
    def side(self) -> Side:
        """On which report it stands."""
        return self.family.side

    def is_due_in(self, month: str) -> bool:
        """Tell whether a value is expected for a month.

        >>> [m for m in ("2026-02", "2026-03", "2026-12") if Cadence.QUARTER and int(m[5:]) % 3 == 0]
        ['2026-03', '2026-12']
        """
        number = int(month[5:])
        return (
            self.cadence is Cadence.MONTH
            or (self.cadence is Cadence.QUARTER and number % 3 == 0)
            or (self.cadence is Cadence.YEAR and number == 12)
        )


@dataclass(frozen=True, slots=True)
class Register:
    """All indicators of a jurisdiction in their order, and the thresholds of its traffic lights."""

    jurisdiction: str
    indicators: tuple[Indicator, ...]
    lights: Mapping[str, float]
    lights_source: str

    def get(self, code: str) -> Indicator:
        """Give an indicator by code. Raises IndicatorUnknown."""
        for indicator in self.indicators:
            if indicator.code == code:
                return indicator
        raise IndicatorUnknown(indicator=code[:60])

    def of_side(self, side: Side) -> list[Indicator]:
        """List the indicators of one report."""
        return [indicator for indicator in self.indicators if indicator.side is side]


LIGHTS = {
    "amber_percent": 95.0, "red_percent": 99.8, "stated_amber_change_percent": -2.0, "stated_red_change_percent": -10.0,
    "tell_apart_share": 0.5, "decide_days": 7.0,
}  # fmt: skip
"""Thresholds and their defaults; what each means: docs/algorithms/funnel-limits.md."""


def read_register(jurisdiction: str, file: str, raw: Any) -> Register:
    """Make a register of what a YAML file held. Raises RegisterBroken, naming the entry."""
    if not isinstance(raw, dict):
        raise RegisterBroken(file=file, entry="-", problem="keys and values are needed")
    families = {}
    for row in _rows(raw, "families", file):
        family = _try(
            file,
            row,
            lambda row: Family(row["code"], Side(row["side"]), row["name"], row["name_en"]),
        )
        families[family.code] = family
    given = {"source": raw.get("source", ""), "confidence": raw.get("confidence", 0.5)}
    indicators: list[Indicator] = []
    for row in _rows(raw, "indicators", file):
        number = len(indicators)
        indicators.append(_try(file, given | row, lambda row, n=number: _read(row, families, n)))
    _check(file, indicators)
    lights = raw.get("lights") or {}
    try:
        thresholds = {name: float(lights.get(name, usual)) for name, usual in LIGHTS.items()}
        source = str(lights.get("source", given["source"]))
    except (TypeError, ValueError, AttributeError) as wrong:
        raise RegisterBroken(file=file, entry="lights", problem=repr(wrong)) from wrong
    unknown = set(lights) - set(LIGHTS) - {"source"}
    if unknown:
        raise RegisterBroken(file=file, entry="lights", problem=f"unknown: {sorted(unknown)}")
    return Register(jurisdiction, tuple(indicators), thresholds, source)


def _rows(raw: dict[str, Any], name: str, file: str) -> list[dict[str, Any]]:
    rows = raw.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RegisterBroken(file=file, entry=name, problem="a list of entries is needed")
    return rows


def _try(file: str, row: dict[str, Any], make: Any) -> Any:
    try:
        return make(row)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise RegisterBroken(file=file, entry=row.get("code", "-"), problem=repr(wrong)) from wrong


def _read(row: dict[str, Any], families: Mapping[str, Family], number: int) -> Indicator:
    formula = row.get("formula") or {}
    low, high = row.get("plausible", (0, 1e15))
    made = Indicator(
        code=row["code"], family=families[row["family"]], name=row["name"], name_en=row["name_en"],
        unit=row.get("unit", ""), unit_en=row.get("unit_en", ""), decimals=int(row.get("decimals", 0)),
        direction=Direction(row.get("direction", "NONE")),
        formula=Formula(
            count=formula.get("count", ""), of=formula.get("of", ""), per=formula.get("per", ""),
            times=float(formula.get("times", 1)), matters=tuple(formula.get("matters", ())),
        ),
        cadence=Cadence(row.get("cadence", "MONTH")), department=row.get("department", ""),
        low=float(low), high=float(high), due_day=int(row.get("due_day", 10)),
        source=row["source"], confidence=float(row["confidence"]), position=number,
    )  # fmt: skip
    texts = (
        made.code,
        made.name,
        made.name_en,
        made.unit,
        made.unit_en,
        made.department,
        made.source,
    )
    if not all(isinstance(text, str) and text.isprintable() for text in texts) or not made.code:
        raise ValueError("a text is missing or cannot be stored")
    if not (
        0 <= made.confidence <= 1
        and made.low < made.high
        and 1 <= made.due_day <= 28
        and 0 <= made.decimals <= 6
    ):
        raise ValueError("confidence 0–1, plausible low < high, due_day 1–28, decimals 0–6")
    return made


def _check(file: str, indicators: Iterable[Indicator]) -> None:
    seen: dict[str, Indicator] = {}
    for one in indicators:

        def broken(problem: str, one: Indicator = one) -> RegisterBroken:
            return RegisterBroken(file=file, entry=one.code, problem=problem)

        if one.code in seen:
            raise broken("the code is there twice")
        for measure in (one.formula.count, one.formula.of):
            if measure and measure not in MEASURES:
                raise broken(f"no such measure: {measure}")
        if one.formula.of and one.formula.per:
            raise broken("either `of` or `per`, not both")
        base = seen.get(one.formula.per)
        if one.formula.per and (base is None or base.side is not Side.BASE):
            raise broken(f"`per` names no base indicator above: {one.formula.per}")
        if not one.formula.is_spine and not one.department:
            raise broken("it is returned, so it needs a department")
        seen[one.code] = one

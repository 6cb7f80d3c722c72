"""Long curves: yearly values of two sides on one picture, each with its own scale from nought. What is not known is not drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anlan.indicators.rules.register import Side
from anlan.kernel.errors import Invalid

WIDTH, HEIGHT = 760, 380
LEFT, RIGHT, TOP, BASE = 56.0, 704.0, 30.0, 338.0
TICKS = 4


class CurvesBroken(Invalid):
    """{file}: {problem}"""


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve. values: by year."""

    code: str
    side: Side
    zh: str
    en: str
    unit_zh: str
    unit_en: str
    decimals: int
    values: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Curves:
    """A picture's curves, at most one a side, and where the figures come from."""

    jurisdiction: str
    zh: str
    en: str
    source: str
    confidence: float
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve laid out. solid, dashed: path data, dashed over years without a value; points: x, y, year, value; ticks: y, value."""

    curve: Curve
    solid: str
    dashed: str
    points: tuple[tuple[float, float, int, float], ...]
    ticks: tuple[tuple[float, float], ...]
    change: float | None
    """First to last, per cent."""


def read_curves(file: str, raw: Any) -> Curves:
    """Make curves of what a YAML file held. Raises CurvesBroken."""
    try:
        curves = tuple(
            Curve(
                row["code"], Side(row["side"]), row["name"], row["name_en"], row["unit"], row["unit_en"], int(row["decimals"]),
                {int(year): float(value) for year, value in sorted(row["values"].items())},
            )
            for row in raw["curves"]
        )  # fmt: skip
        found = Curves(
            raw["jurisdiction"],
            raw["title"],
            raw["title_en"],
            raw["source"],
            float(raw["confidence"]),
            curves,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise CurvesBroken(file=file, problem=repr(wrong)) from wrong
    if not curves or len({curve.side for curve in curves}) != len(curves):
        raise CurvesBroken(
            file=file, problem="one curve a side is drawn, and at least one is needed"
        )
    for curve in curves:
        if len(curve.values) < 2:
            raise CurvesBroken(file=file, problem=f"{curve.code} needs two years at least")
        if any(value < 0 or not math.isfinite(value) for value in curve.values.values()):
            raise CurvesBroken(
                file=file, problem=f"{curve.code} has a value below nought or none at all"
            )
        if not all(1900 <= year <= 2200 for year in curve.values):
            raise CurvesBroken(file=file, problem=f"{curve.code} has an impossible year")
    return found


def draw(curves: Curves) -> tuple[list[Drawn], list[tuple[float, int]]]:
    """Lay the curves out on one axis of years; give them and the years to write (x, year)."""
    years = [year for curve in curves.curves for year in curve.values]
    first, last = min(years), max(years)
    span = max(last - first, 1)

    def x_of(year: int) -> float:
        return round(LEFT + (RIGHT - LEFT) * (year - first) / span, 1)

    drawn = []
    for curve in curves.curves:
        top = round_up(max(curve.values.values()))

        def y_of(value: float, top: float = top) -> float:
            return round(BASE - (BASE - TOP) * value / top, 1)

        solid, dashed, points = "", "", []
        before: tuple[int, float] | None = None
        for year, value in curve.values.items():
            if before is not None:
                part = f"M{x_of(before[0])} {y_of(before[1])}L{x_of(year)} {y_of(value)}"
                if year - before[0] == 1:
                    solid += part
                else:
                    dashed += part
            points.append((x_of(year), y_of(value), year, value))
            before = (year, value)
        begun, ended = points[0][3], points[-1][3]
        ticks = tuple((y_of(top * step / TICKS), top * step / TICKS) for step in range(TICKS + 1))
        drawn.append(
            Drawn(
                curve,
                solid,
                dashed,
                tuple(points),
                ticks,
                (ended - begun) / begun * 100 if begun else None,
            )
        )
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100) if span / size <= 10)
    written = [(x_of(year), year) for year in range(first, last + 1, step)]
    if written[-1][1] != last:
        if last - written[-1][1] < step * 0.6:
            written.pop()
        written.append((x_of(last), last))
    return drawn, written


def round_up(value: float) -> float:
    """The next number of one digit, halves allowed, for the top of a scale.

    >>> round_up(50.9), round_up(8.2), round_up(0.7)
    (60.0, 10.0, 0.8)
    """
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return next(
        float(f"{part * power:.6g}")
        for part in (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
        if part * power >= value
    )

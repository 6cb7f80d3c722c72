"""Small curves as numbers for an SVG that the server writes: thirteen months of one indicator, and a funnel of peers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 60, 14


@dataclass(frozen=True, slots=True)
class Spark:
    """Path data in a box of WIDTH × HEIGHT, and where the newest value stands (None: it is not known)."""

    path: str
    x: float | None
    y: float | None


def draw_spark(series: Sequence[float | None]) -> Spark:
    """Lay out a series; months without a value are gaps.

    >>> draw_spark([1.0, None, 3.0]).path
    'M2.0 12.0M58.0 2.0'
    """
    known = [value for value in series if value is not None]
    if not known:
        return Spark("", None, None)
    low, high = min(known), max(known)
    span = high - low or 1.0
    step = (WIDTH - 4) / max(len(series) - 1, 1)
    parts, is_down = [], False
    x = y = 0.0
    for index, value in enumerate(series):
        if value is None:
            is_down = False
            continue
        x = 2 + step * index
        y = HEIGHT - 2 - (HEIGHT - 4) * ((value - low) / span if high > low else 0.5)
        parts.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
        is_down = True
    is_newest_known = series[-1] is not None
    return Spark(
        "".join(parts),
        round(x, 1) if is_newest_known else None,
        round(y, 1) if is_newest_known else None,
    )


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve of months with a scale, for a page. points: x, y, label, value in words; ticks: y and words."""

    width: int
    height: int
    path: str
    points: tuple[tuple[float, float, str, str], ...]
    ticks: tuple[tuple[float, str], ...]
    left: float
    right: float
    base: float
    labels: tuple[tuple[float, str], ...]


def draw_chart(
    series: Sequence[float | None], labels: Sequence[str], said: Sequence[str], *, decimals: int, width: int = 640,
    height: int = 200, shown: Sequence[int] = (),
) -> Chart:  # fmt: skip
    """Lay out a series with its scale. said: each value in words; shown: which labels are written."""
    left, right, top, base = 56.0, width - 12.0, 12.0, height - 26.0
    known = [value for value in series if value is not None]
    high = max([*known, 0.0]) or 1.0
    low = min([*known, 0.0])
    size = _nice((high - low) / 4)
    floor, ceiling = math.floor(low / size) * size, math.ceil(high / size) * size
    step = (right - left) / max(len(series) - 1, 1)

    def at(value: float) -> float:
        return round(base - (base - top) * (value - floor) / (ceiling - floor), 1)

    parts, points, is_down = [], [], False
    for index, value in enumerate(series):
        if value is None:
            is_down = False
            continue
        x = round(left + step * index, 1)
        parts.append(f"{'L' if is_down else 'M'}{x} {at(value)}")
        points.append((x, at(value), labels[index], said[index]))
        is_down = True
    count = round((ceiling - floor) / size)
    digits = max(0, min(decimals, 2), -math.floor(math.log10(size)) if size < 1 else 0)
    ticks = tuple(
        (at(floor + size * tick), f"{floor + size * tick:,.{digits}f}") for tick in range(count + 1)
    )
    written = tuple(
        (round(left + step * index, 1), labels[index]) for index in (shown or range(len(labels)))
    )
    return Chart(width, height, "".join(parts), tuple(points), ticks, left, right, base, written)


def _nice(size: float) -> float:
    """The next of 1, 2, 5 × a power of ten.

    >>> _nice(0.3), _nice(7.0), _nice(120.0)
    (0.5, 10.0, 200.0)
    """
    power = 10 ** math.floor(math.log10(size)) if size > 0 else 1.0
    return next(float(f"{part * power:.6g}") for part in (1, 2, 5, 10) if part * power >= size)

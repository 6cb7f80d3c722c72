"""A small curve of weekly counts with its bound, as numbers for an SVG that the server writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 166
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 10, 14, 30


@dataclass(frozen=True, slots=True)
class Curve:
    """Coordinates in a box of WIDTH × HEIGHT. bars: x, y, width, height; bound: path data."""

    width: int
    height: int
    bars: tuple[tuple[float, float, float, float], ...]
    bound: str
    top_value: int
    top: float
    middle: float
    base: float
    left: float
    right: float
    first: str
    last: str


def draw(past: Sequence[tuple[int, float | None]], *, first: str, last: str) -> Curve:
    """Lay out counts as bars, oldest first and the judged one last, and bounds as a line in steps."""
    highest = max(
        [1.0, *(float(count) for count, _ in past), *(bound for _, bound in past if bound)]
    )
    top_value = _round_up(highest)
    base, span = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP
    step = (WIDTH - _LEFT - _RIGHT) / max(len(past), 1)

    def at(value: float) -> float:
        return round(base - span * min(value, top_value) / top_value, 1)

    bars, path, is_down = [], [], False
    for index, (count, bound) in enumerate(past):
        x = _LEFT + index * step
        bars.append(
            (
                round(x + step * 0.14, 1),
                at(count),
                round(step * 0.72, 1),
                round(base - at(count), 1),
            )
        )
        if bound is None:
            is_down = False
            continue
        path.append(f"{'L' if is_down else 'M'}{x:.1f} {at(bound)}H{x + step:.1f}")
        is_down = True
    return Curve(
        WIDTH, HEIGHT, tuple(bars), "".join(path), top_value, at(top_value), at(top_value / 2), base, _LEFT,
        WIDTH - _RIGHT, first, last,
    )  # fmt: skip


def _round_up(value: float) -> int:
    """The next even number of one significant digit and a half: an axis that halves well."""
    size = 10 ** max(0, math.floor(math.log10(value)))
    for part in (1, 2, 4, 6, 8, 10):
        if part * size >= value and (part * size) % 2 == 0:
            return int(part * size)
    return int(2 * math.ceil(value / 2))

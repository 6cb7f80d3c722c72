"""Which past points a judged point is compared with, and the level of season of each.

A reference point is the judged point one, two … b years earlier. Around each lies a window of ±w points, the
highest level of season. The points between two windows are dealt out to the other levels in blocks as equal as can be, the
first ones a point longer. R's arithmetic of indices is kept where it shows: a block of length zero still takes two points.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from anlan.situation.rules.farrington.setting import Setting
from anlan.situation.rules.panels import Floats, HistoryTooShort, Ints, SettingInvalid

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Design:
    """Points of one comparison, sorted by level of season: level × slot, short levels padded.

    slots: index of the point (0 = first), −1 where padded. time: the trend's clock at each slot, 0 at the earliest point. now: the same at the
    judged point. window: row of the judged point's own level.
    """

    slots: Ints
    time: Floats
    now: float
    window: int


def lay_out(times: Ints, freq: int, *, is_dated: bool, point: int, setting: Setting) -> Design:
    """Choose the past points for judging `point` (1 = first). Raises HistoryTooShort, SettingInvalid."""
    if is_dated and freq not in (12, 52, 365):
        raise SettingInvalid(
            name="freq", value=freq, expected="Dated series have 12, 52 or 365 points."
        )
    references = _find_references(times, freq, is_dated=is_dated, point=point, years=setting.b)
    levels = _level(len(times), point, references, setting)
    _mark(levels, point - setting.left_out, point, 0, point=point)
    chosen = np.flatnonzero(levels)
    present = np.unique(levels[chosen])
    if setting.noPeriods not in present:
        raise HistoryTooShort(point=point, reason="no past point lies in its own season")
    if setting.noPeriods > 1 and len(present) == 1:
        raise HistoryTooShort(point=point, reason="all past points lie in one season")
    rows = [chosen[levels[chosen] == level] for level in present]
    slots = np.full((len(rows), max(map(len, rows))), -1, dtype=np.int64)
    for row, points in zip(slots, rows, strict=True):
        row[: len(points)] = points
    step = float(times[1] - times[0]) if is_dated else 1.0
    start = times[chosen[0]]
    clock = np.where(slots >= 0, (times[slots] - start) / step, 0.0)
    now = float(times[point - 1] - start) / step
    return Design(slots, clock, now, int(np.searchsorted(present, setting.noPeriods)))


def _find_references(
    times: Ints, freq: int, *, is_dated: bool, point: int, years: int
) -> list[int]:
    """Positions (1 = first) of the judged point and the same time of the `years` years before, newest first."""
    now = int(times[point - 1])
    if not is_dated:
        wanted = [now - freq * year for year in range(years + 1)]
    else:
        today = EPOCH + timedelta(days=now)
        wanted = [(_years_before(today, year) - EPOCH).days for year in range(years + 1)]
        if freq == 52:
            wanted = [_nearest_same_weekday(day, now) for day in wanted]
    found = np.searchsorted(times, wanted)
    if (times[found] != wanted).any():
        raise HistoryTooShort(point=point, reason=f"it has not {years} years before it")
    return sorted((found + 1).tolist(), reverse=True)


def _years_before(day: date, years: int) -> date:
    """29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def _nearest_same_weekday(day: int, like: int) -> int:
    """The day nearest to `day` that has the weekday of `like`; it is never as near on both sides."""
    return day + (like - day + 3) % 7 - 3


def _level(length: int, point: int, references: list[int], setting: Setting) -> Ints:
    """Level of season of every point, 0 where it has none."""
    w, top = setting.w, setting.noPeriods
    levels = np.zeros(length, dtype=np.int64)
    _mark(levels, point - w, point, top, point=point)
    for later, reference in pairwise(references):
        _mark(levels, reference - w, reference + w, top, point=point)
        if top == 1:
            continue
        between = later - 2 * w - 1 - reference
        if between < top - (2 * w + 1):
            raise HistoryTooShort(
                point=point, reason=f"a year has not points enough for {top} seasons"
            )
        each, rest = divmod(between, top - 1)
        start = reference + w + 1
        for level in range(1, top):
            size = each + (level <= rest)
            _mark(levels, start, start + size - 1, level, point=point)
            start += size
    return levels


def _mark(levels: Ints, first: int, last: int, level: int, *, point: int) -> None:
    """Give the points from `first` to `last` (1 = first) a level; backwards if last is before first, as R counts."""
    if first < 0 or last < 0:
        raise HistoryTooShort(point=point, reason="a window reaches back before the first point")
    step = 1 if last >= first else -1
    span = np.arange(first, last + step, step)
    levels[span[(span > 0) & (span <= len(levels))] - 1] = level

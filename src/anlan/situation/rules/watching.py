"""The newest week of every place and matter: which counts are worth a leader's time.

With three years behind a series its bound is Farrington's; with less, that of EARS C2, whose p-value is taken from the exact
comparison of two Poisson counts, shrunk by the dispersion of the baseline. Over all series that were looked at false alarms
are controlled by Benjamini–Hochberg. A place is silent where one place inside it explains its excess. Weeks with days off or not fully reported are
compared with so much of what is usual as they are worth (exposures.py).
Page: docs/algorithms/weekly-watch.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from scipy import special

from anlan.rollup.rules import Series
from anlan.situation.rules import ears, farrington
from anlan.situation.rules.discoveries import adjust_p_values
from anlan.situation.rules.exposures import NOTHING_TOLD, Exposure
from anlan.situation.rules.panels import Bools, Floats, HistoryTooShort, Panel

WEEK = timedelta(days=7)
_EPOCH = date(1970, 1, 1)


class Method(StrEnum):
    """By which past a count was judged."""

    YEARS = "YEARS"
    WEEKS = "WEEKS"


@dataclass(frozen=True, slots=True)
class Watch:
    """How closely is looked. Our own defaults (默认值(待核)), not a public rule.

    rate: share of false alarms among those reported. alpha: of the bound of one series. least: cases of the last four weeks without which
    a series is quiet. years: looked back to at most and at least. baseline: weeks, where there are not so many years. shown: weeks
    that a finding keeps to be looked at.
    """

    rate: float = 0.1
    alpha: float = 0.01
    least: int = 5
    years: tuple[int, int] = (5, 3)
    baseline: int = 8
    shown: int = 52


WATCH = Watch()
WEEKS_BACK = 52 * WATCH.years[0] + 8
WEEKS_LATELY = 4
"""In so many newest weeks the least cases are wanted."""
AT_ONCE = 4096
"""Series laid out at once: a province has hundreds of thousands."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The newest week of one series. past: (count, bound or None) a week, oldest first, the judged one last.

    worth: of the week, in usual ones; known: share of its cases that is reported by now. Expected and bound are of the known.
    """

    key: tuple[int, int]
    method: Method
    observed: int
    expected: float
    bound: float
    p_value: float
    adjusted: float
    past: tuple[tuple[int, float | None], ...]
    worth: float = 1.0
    known: float = 1.0

    @property
    def excess(self) -> float:
        """How much more than expected."""
        return self.observed - self.expected


def monday_of(day: date) -> date:
    """Give the Monday of a day's week.

    >>> monday_of(date(2026, 11, 27))
    datetime.date(2026, 11, 23)
    """
    return day - timedelta(days=day.weekday())


def judge_week(
    series: Iterable[Series], *, week: date, first: date, begun: date | None = None, quiet_count: int = 0, watch: Watch = WATCH,
    exposure: Exposure = NOTHING_TOLD,
) -> tuple[int, list[Judged]]:  # fmt: skip
    """Judge the week that begins on `week`; give how many series were looked at, and those that stand out.

    first: the Monday from which weeks are numbered; begun: that of the first week with a case in any series, `first` where it is not told.
    quiet_count: how many more there are with fewer cases than `watch` asks for: looked at, too, and never reported. exposure: what weeks are worth.
    """
    ordered = sorted(series, key=lambda one: (one.place_id, one.matter_id))
    span = _Span(first, begun or first, week)
    looked_at = len(ordered) + quiet_count
    expected, bound = np.full((2, len(ordered)), np.nan)
    is_long = np.zeros(len(ordered), dtype=bool)
    p_value = np.ones(looked_at)
    for start in range(0, len(ordered), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        panel, _ = _lay_out(ordered[part], span, exposure)
        expected[part], bound[part], p_values, is_long[part] = _judge(panel, watch)
        # A quiet series is one that was looked at, too: leaving it out would let false alarms through.
        quiet = panel.observed[:, -WEEKS_LATELY:].sum(axis=1) < watch.least
        p_value[start : start + len(p_values)] = np.where(quiet | np.isnan(p_values), 1.0, p_values)
    adjusted = adjust_p_values(p_value)[: len(ordered)]
    told = []
    for row in np.flatnonzero(adjusted <= watch.rate):
        one = ordered[row]
        panel, parts = _lay_out([one], span, exposure)
        observed, (worth, known_share) = panel.observed[0, -1], parts[0]
        if not observed > bound[row]:
            continue
        told.append(
            Judged(
                (one.place_id, one.matter_id), Method.YEARS if is_long[row] else Method.WEEKS, int(observed), float(expected[row]),
                float(bound[row]), float(p_value[row]), float(adjusted[row]), _keep_past(panel, bool(is_long[row]), watch),
                float(worth[-1]), float(known_share[-1]),
            )
        )  # fmt: skip
    return looked_at, told


@dataclass(frozen=True, slots=True)
class _Span:
    """Mondays: from which weeks are numbered, of the first one that is looked at, of the judged one."""

    first: date
    begun: date
    week: date

    @property
    def weeks(self) -> int:
        return (self.week - self.first).days // 7 + 1

    @property
    def skipped(self) -> int:
        return (self.begun - self.first).days // 7


def _lay_out(
    series: Sequence[Series], span: _Span, exposure: Exposure
) -> tuple[Panel, list[tuple[Floats, Floats]]]:
    """Lay series out week by week, weeks without cases with nothing; beside them what their weeks are worth, and the known share."""
    table = np.zeros((len(series), span.weeks))
    for row, one in enumerate(series):
        table[row, one.weeks] = one.opened
    table = table[:, span.skipped :]
    length = table.shape[1]
    days = np.arange(length) * 7 + (span.begun - _EPOCH).days
    parts = [exposure.of(one.matter_id, length) for one in series]
    population = np.stack([worth * known for worth, known in parts])
    names = tuple(f"({one.place_id}, {one.matter_id})" for one in series)
    return Panel(names, 52, True, days, table, population), parts


def _judge(panel: Panel, watch: Watch) -> tuple[Floats, Floats, Floats, Bools]:
    """Expected count, bound and p-value of the newest week, and whether years or weeks gave them."""
    expected, bound, p_value = _judge_by_weeks(panel, watch)
    is_long = np.zeros(len(panel.names), dtype=bool)
    setting = _find_setting(panel, watch)
    if setting is not None:
        by_years = farrington.compute_bounds(panel, setting, (panel.length,))
        is_long = ~np.isnan(by_years.upperbound[:, 0])
        for mine, other in (
            (expected, by_years.expected), (bound, by_years.upperbound), (p_value, by_years.pvalue),
        ):  # fmt: skip
            mine[is_long] = other[is_long, 0]
    return expected, bound, p_value, is_long


def _find_setting(panel: Panel, watch: Watch) -> farrington.Setting | None:
    """The setting with the most years that the panel reaches back, None for fewer than the least."""
    most, least = watch.years
    for years in range(most, least - 1, -1):
        setting = farrington.Setting(
            b=years, w=3, noPeriods=10, pastWeeksNotIncluded=26, pThresholdTrend=1, weightsThreshold=2.58,
            alpha=watch.alpha, thresholdMethod="nbPlugin", limit54=(watch.least, WEEKS_LATELY),
            populationOffset=bool((panel.population != 1).any()),
        )  # fmt: skip
        if panel.length > 52 * years + setting.w + 1:
            return setting
    return None


def _short_setting(watch: Watch) -> ears.Setting:
    return ears.Setting(method="C2", baseline=watch.baseline, alpha=watch.alpha, minSigma=0.5)


def _judge_by_weeks(panel: Panel, watch: Watch) -> tuple[Floats, Floats, Floats]:
    nothing = np.full((3, len(panel.names)), np.nan)
    alike = _as_if(panel, panel.length)
    try:
        bound, _ = ears.compute_bounds(alike, _short_setting(watch), (panel.length,))
    except HistoryTooShort:
        return nothing[0], nothing[1], nothing[2]
    # The two weeks before the judged one are left out, as C2 does.
    weeks = slice(-watch.baseline - 3, -3)
    base = alike.observed[:, weeks]
    mean = base.mean(axis=1)
    phi = np.maximum(1.0, base.var(axis=1, ddof=1) / np.maximum(mean, 1e-9))
    times = panel.population[:, weeks].sum(axis=1) / panel.population[:, -1]
    before = panel.observed[:, weeks].sum(axis=1)
    p_value = compare_counts(panel.observed[:, -1] / phi, before / phi, times)
    return mean, bound[:, 0], p_value


def _as_if(panel: Panel, point: int) -> Panel:
    """Every week's count as if it had been worth as much as that of `point` (1 = first)."""
    ratio = panel.population[:, point - 1 : point] / panel.population
    return replace(panel, observed=panel.observed * ratio)


def compare_counts(count: Floats, before: Floats, times: Floats | float) -> Floats:
    """Chance of `count` or more in one period, given `before` in `times` periods, were the rate the same.

    Of count + before cases each falls into the one period with chance 1 ÷ (times + 1): a binomial tail.

    >>> round(float(compare_counts(np.array([3.0]), np.array([3.0]), 1)[0]), 4)  # 3 or more of 6 at 1/2
    0.6562
    """
    with np.errstate(invalid="ignore"):
        tail = special.betainc(np.maximum(count, 1e-12), before + 1, 1 / (times + 1))
    return np.where(count > 0, tail, 1.0)


def _keep_past(panel: Panel, is_long: bool, watch: Watch) -> tuple[tuple[int, float | None], ...]:
    """The newest weeks with the bounds that held then, where there were any."""
    shown = range(max(1, panel.length - watch.shown + 1), panel.length + 1)
    setting = _find_setting(panel, watch) if is_long else None
    limits: dict[int, float] = {}
    if setting is not None:
        least = 52 * setting.b + setting.w + 2
        points = tuple(point for point in shown if point >= least)
        found = farrington.compute_bounds(panel, setting, points)
        limits = dict(zip(points, found.upperbound[0].tolist(), strict=True))
    else:
        for point in shown:
            if point >= watch.baseline + 3:
                alike = _as_if(panel, point)
                bound, _ = ears.compute_bounds(alike, _short_setting(watch), (point,))
                limits[point] = float(bound[0, 0])
    past = []
    for point in shown:
        limit = limits.get(point)
        past.append(
            (
                int(panel.observed[0, point - 1]),
                None if limit is None or np.isnan(limit) else round(limit, 2),
            )
        )
    return tuple(past)


def leave_out_explained(
    found: Sequence[Judged], inside: Mapping[int, Collection[int]]
) -> list[Judged]:
    """Leave out a place where one place inside it, found too, has half of its excess or more.

    inside: place → all places that it lies in. What is left is said where it lies lowest.
    """
    by_matter: dict[int, list[Judged]] = {}
    for one in found:
        by_matter.setdefault(one.key[1], []).append(one)
    explained = {
        high.key
        for low in found
        for high in by_matter[low.key[1]]
        if high.key[0] in inside.get(low.key[0], ()) and low.excess >= high.excess / 2
    }
    return [one for one in found if one.key not in explained]

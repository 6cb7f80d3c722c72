"""How much of a usual week is a week worth? Days off and make-up days, and what is not reported yet.

A count is compared with what is usual times the worth of its week: 1 for five working days and a weekend. What a day off is worth,
in working days, is learnt by matter from the days before: of a named holiday against the working days near it, shrunk towards
holidays in general, these towards weekends, these towards working days. Of the newest weeks only a share is known; it is estimated from
how late cases were taken in before. Both are the offset of Farrington's model and divide the counts of EARS.
Page: docs/algorithms/weekly-watch.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from anlan.situation.rules.changes import CountsUnusable
from anlan.situation.rules.nowcasts import estimate_delays
from anlan.situation.rules.panels import Floats

WORK, FREE, HOLIDAY = "WORK", "FREE", "HOLIDAY"
NEAR = "~"
"""Mark of the working days near a kind of holiday: what its days are compared with, so that no season is taken for a holiday."""
NEAR_DAYS = timedelta(days=28)
PRIOR_CASES = 20.0
"""With so many expected cases a kind's own experience weighs as much as the more general one."""
LEAST_WORTH = 0.02
LONGEST_WEEKS, DELAY_WEEKS = 8, 21
"""Later than so many weeks is not waited for; so many weeks are looked back to."""
LEAST_CASES = 100
"""A matter with fewer cases in these weeks is taken to be reported as late as all matters together."""
LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Exposure:
    """By matter and week, oldest first, the judged one last. worth: in usual weeks; known: share that is reported by now."""

    worth: Mapping[int, Floats]
    known: Mapping[int, Floats]

    def of(self, matter: int, weeks: int) -> tuple[Floats, Floats]:
        """Give worth and known share of the newest weeks; 1 where nothing is told."""
        blank = np.ones(weeks)
        return self.worth.get(matter, blank)[-weeks:], self.known.get(matter, blank)[-weeks:]


NOTHING_TOLD = Exposure({}, {})


def mark_days(kinds: Mapping[date, str]) -> list[tuple[date, str]]:
    """List days with their marks: WORK, FREE, a holiday's name and HOLIDAY, and for a working day each holiday that it is near.

    >>> kinds = {date(2026, 5, day): "Labour Day" if day < 3 else WORK for day in (1, 2, 3)}
    >>> [mark for day, mark in mark_days(kinds) if day.day == 3]
    ['WORK', 'HOLIDAY~', 'Labour Day~']
    """
    names = sorted({kind for kind in kinds.values() if kind not in (WORK, FREE)})
    near: dict[str, set[date]] = {}
    for name in names:
        days = [day for day, kind in kinds.items() if kind == name]
        span = range(-NEAR_DAYS.days, NEAR_DAYS.days + 1)
        near[name] = {day + timedelta(days=apart) for day in days for apart in span}
    marked = []
    for day, kind in sorted(kinds.items()):
        marked.append((day, kind))
        if kind == WORK:
            close = [name for name in names if day in near[name]]
            marked += [(day, name + NEAR) for name in ([HOLIDAY, *close] if close else [])]
        elif kind != FREE:
            marked.append((day, HOLIDAY))
    return marked


def weigh_kinds(cases: Mapping[str, int], days: Mapping[str, int]) -> dict[str, float]:
    """Tell what a day of each kind is worth in working days, from cases and days by mark.

    >>> weigh_kinds({WORK: 10000, FREE: 2000}, {WORK: 500, FREE: 200})[FREE]  # 20 and 10 a day
    0.502
    """

    def shrunk(kind: str, usual: str, towards: float) -> float:
        usual_days = days.get(usual, 0)
        rate = cases.get(usual, 0) / usual_days if usual_days else 0.0
        expected = rate * days.get(kind, 0)
        worth = (cases.get(kind, 0) + PRIOR_CASES * towards) / (expected + PRIOR_CASES)
        return max(LEAST_WORTH, worth) if expected else towards

    found = {WORK: 1.0, FREE: round(shrunk(FREE, WORK, 1.0), 3)}
    found[HOLIDAY] = shrunk(HOLIDAY, HOLIDAY + NEAR, found[FREE])
    for kind in days:
        if kind not in found and not kind.endswith(NEAR):
            found[kind] = shrunk(kind, kind + NEAR, found[HOLIDAY])
    return found


def weigh_weeks(
    kinds: Mapping[date, str], weights: Mapping[str, float], *, first: date, weeks: int
) -> Floats:
    """Tell what each week is worth: its days by what they are worth, in usual weeks. first: a Monday.

    >>> usual = {date(2026, 11, 2) + timedelta(days=day): WORK if day < 5 else FREE for day in range(7)}
    >>> weigh_weeks(usual, {WORK: 1.0, FREE: 0.5}, first=date(2026, 11, 2), weeks=1).tolist()
    [1.0]
    """
    usual = 5 + 2 * weights[FREE]
    unknown = weights.get(HOLIDAY, weights[FREE])
    return np.array(
        [
            sum(weights.get(kinds[first + timedelta(days=7 * week + day)], unknown) for day in range(7)) / usual
            for week in range(weeks)
        ]
    )  # fmt: skip


def estimate_known(
    rows: Iterable[tuple[int, int, int, int]], *, weeks: int
) -> tuple[dict[int, Floats], Floats]:
    """Tell which share of each week's cases is reported by now: by matter, and of all matters together.

    rows: matter, weeks before the judged one, delay in weeks, cases. A delay of 0 means: reported as soon after its week as the judged one
    is looked at now. Weeks before the first one with a case reported in time were loaded later as a whole and tell nothing.
    """
    tables: dict[int, Floats] = {}
    for matter, back, delay, count in rows:
        if 0 <= back < DELAY_WEEKS and 0 <= delay <= min(back, LONGEST_WEEKS):
            blank = np.zeros((DELAY_WEEKS, LONGEST_WEEKS + 1))
            tables.setdefault(matter, blank)[DELAY_WEEKS - 1 - back, delay] += count
    if not tables:
        return {}, np.ones(weeks)
    together: Floats = np.sum(list(tables.values()), axis=0)
    timely = np.flatnonzero(together[:, 0])
    begun = int(timely[0]) if len(timely) else DELAY_WEEKS
    pooled = _share(together[begun:], weeks, np.ones(weeks))
    return {
        matter: _share(table[begun:], weeks, pooled) if table[begun:].sum() >= LEAST_CASES else pooled
        for matter, table in tables.items()
    }, pooled  # fmt: skip


def _share(table: Floats, weeks: int, otherwise: Floats) -> Floats:
    periods, delays = table.shape
    if periods <= delays or table.sum() < LEAST_CASES:
        return otherwise
    table = table.copy()
    for period in range(periods):
        table[period, periods - period :] = np.nan
    try:
        within = estimate_delays(table)
    except CountsUnusable:
        return otherwise
    out = np.ones(weeks)
    newest = np.maximum(within, LEAST_SHARE)[: min(weeks, delays)]
    out[weeks - len(newest) :] = newest[::-1]
    return out


def expose(
    kinds: Mapping[date, str], cases: Mapping[int, Mapping[str, int]], late: Sequence[tuple[int, int, int, int]],
    *, matters: Iterable[int], begun: date, first: date, weeks: int,
) -> Exposure:  # fmt: skip
    """Tell worth and known share of every week for every matter.

    kinds: of all days from `first` to the judged week's end. cases: by matter and mark, of the days before the judged week. begun: the first
    day that is counted. late: as `estimate_known` takes them.
    """
    judged = first + timedelta(days=7 * (weeks - 1))
    days: dict[str, int] = {}
    for _, mark in mark_days({day: kind for day, kind in kinds.items() if begun <= day < judged}):
        days[mark] = days.get(mark, 0) + 1
    known, pooled = estimate_known(late, weeks=weeks)
    worth = {
        matter: weigh_weeks(kinds, weigh_kinds(cases.get(matter, {}), days), first=first, weeks=weeks)
        for matter in matters
    }  # fmt: skip
    return Exposure(worth, {matter: known.get(matter, pooled) for matter in worth})

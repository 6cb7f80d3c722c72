"""How many events of the last days are still to be reported?

Of the events of a day those are known that were reported within the days since. The chance of a delay is estimated from newest
reports backwards (reverse-time hazards), so that days not yet complete count for what they can tell. What is missing is
negative binomial: known + 1 events, the chance of being known. Source: J. F. Lawless, Canadian Journal of Statistics 22 (1994).
Page: docs/algorithms/nowcast.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anlan.situation.rules.changes import CountsUnusable
from anlan.situation.rules.panels import Floats


@dataclass(frozen=True, slots=True)
class Nowcast:
    """A period's events: known, expected in the end, and the interval that holds the end with `level`.

    share: chance that an event of this period is known by now; None where no report of such age was ever seen.
    """

    known: int
    share: float | None
    expected: float | None
    low: int | None
    high: int | None


def estimate_delays(reported: Floats) -> Floats:
    """Chance that an event is known within 0, 1 … longest periods.

    reported: period × delay, oldest first; NaN where the delay has not passed yet. What is reported later than the longest delay
    does not exist here. Raises CountsUnusable.

    >>> estimate_delays(np.array([[6, 4], [3, 2], [9, np.nan]])).round(3).tolist()
    [0.6, 1.0]
    """
    reported = np.asarray(reported, dtype=float)
    _check(reported)
    periods, delays = reported.shape
    within = np.ones(delays)
    for delay in range(delays - 1, 0, -1):
        # Only periods whose events of this delay would have been seen by now.
        rows = reported[: periods - delay, : delay + 1]
        known = float(rows.sum())
        if known == 0:
            raise CountsUnusable(reason=f"no event was ever seen with {delay} periods to report it")
        within[delay - 1] = within[delay] * (1 - float(rows[:, delay].sum()) / known)
    return within


def nowcast(reported: Floats, *, level: float = 0.95) -> list[Nowcast]:
    """Complete each period. Raises CountsUnusable."""
    from scipy import stats  # a second of loading that no server should pay at its start

    reported = np.asarray(reported, dtype=float)
    within = estimate_delays(reported)
    periods, delays = reported.shape
    out = []
    for period in range(periods):
        age = min(periods - 1 - period, delays - 1)
        known, share = int(np.nansum(reported[period])), float(within[age])
        if share <= 0:
            out.append(Nowcast(known, None, None, None, None))
            continue
        missing = stats.nbinom(known + 1, share)
        tail = (1 - level) / 2
        low, high = (0, 0) if share == 1 else (int(missing.ppf(tail)), int(missing.ppf(1 - tail)))
        out.append(Nowcast(known, share, known / share, known + low, known + high))
    return out


def make_triangle(
    happened: Sequence[int], seen: Sequence[int], *, periods: int, longest: int
) -> Floats:
    """Count events by period and delay; period 0 is the oldest, the last is now. Delays past `longest` are left out."""
    table = np.zeros((periods, longest + 1))
    for begin, end in zip(happened, seen, strict=True):
        if 0 <= begin < periods and begin <= end < periods and end - begin <= longest:
            table[begin, end - begin] += 1
    for period in range(periods):
        table[period, periods - period :] = np.nan
    return table


def _check(reported: Floats) -> None:
    if reported.ndim != 2 or not reported.size or reported.shape[1] > reported.shape[0]:
        raise CountsUnusable(reason="there are fewer periods than delays")
    periods, delays = reported.shape
    for delay in range(delays):
        seen = reported[: periods - delay, delay]
        if not (np.isfinite(seen).all() and (seen >= 0).all() and (seen == np.floor(seen)).all()):
            raise CountsUnusable(reason="one is missing, negative or no whole number")
        if not np.isnan(reported[periods - delay :, delay]).all():
            raise CountsUnusable(reason="one is known before it can be")

"""Weeks with days off, made-up days or late reports: drawn series of which only chance and the calendar are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.kernel.calendars import kind_of_day
from anlan.rollup.rules import Series
from anlan.situation.rules.exposures import (
    DELAY_WEEKS,
    FREE,
    LEAST_SHARE,
    LONGEST_WEEKS,
    NOTHING_TOLD,
    WORK,
    Exposure,
    estimate_known,
    expose,
    mark_days,
    weigh_kinds,
    weigh_weeks,
)
from anlan.situation.rules.watching import judge_week

PLACES = 12
SHAPES = {1: (0.6, 2.5), 2: (0.5, 0.2), 3: (1.0, 1.0)}
"""By matter what a weekend's day and a holiday's are worth: noise and fireworks, building sites, lamps."""
HOLIDAY_WEEKS = (
    date(2024, 2, 12), date(2024, 9, 30), date(2025, 1, 27), date(2025, 5, 5), date(2025, 9, 29), date(2026, 2, 16),
)  # fmt: skip
LONG, SHORT = 52 * 5 + 8, 30


@dataclass(frozen=True)
class Drawn:
    """A history of daily counts, place × matter × day, whose last seven days are the judged week."""

    first: date
    week: date
    kinds: dict[date, str]
    counts: dict[tuple[int, int], np.ndarray]

    def series(self) -> list[Series]:
        return [
            Series(place, matter, range(len(daily) // 7), daily.reshape(-1, 7).sum(axis=1))
            for (place, matter), daily in self.counts.items()
        ]

    def exposure(self, late: list[tuple[int, int, int, int]] = []) -> Exposure:  # noqa: B006 – read only
        marked = mark_days({day: kind for day, kind in self.kinds.items() if day < self.week})
        cases: dict[int, dict[str, int]] = {}
        for (_, matter), daily in self.counts.items():
            of = cases.setdefault(matter, {})
            for day, mark in marked:
                of[mark] = of.get(mark, 0) + int(daily[(day - self.first).days])
        weeks = len(self.kinds) // 7
        return expose(
            self.kinds, cases, late, matters=cases, begun=self.first, first=self.first, weeks=weeks
        )


def draw(week: date, *, weeks: int, seed: int) -> Drawn:
    chance = np.random.default_rng([seed, week.toordinal(), weeks])
    first = week - timedelta(days=7 * (weeks - 1))
    days = [first + timedelta(days=day) for day in range(7 * weeks)]
    kinds = {day: kind_of_day("CN", day) for day in days}
    counts = {}
    for matter, (free, holiday) in SHAPES.items():
        worth = np.array([{WORK: 1.0, FREE: free}.get(kinds[day], holiday) for day in days])
        for place in range(PLACES):
            counts[place, matter] = chance.poisson(worth * (1.5 + 0.5 * place))
    return Drawn(first, week, kinds, counts)


def alarms(drawn: Drawn, exposure: Exposure) -> set[tuple[int, int]]:
    _, found = judge_week(drawn.series(), week=drawn.week, first=drawn.first, exposure=exposure)
    return {one.key for one in found}


@pytest.mark.parametrize("weeks", [LONG, SHORT])
def test_holiday_weeks_raise_false_alarms_without_their_worth_and_few_with_it(weeks: int) -> None:
    before = after = 0
    for week in HOLIDAY_WEEKS:
        drawn = draw(week, weeks=weeks, seed=1)
        before += len(alarms(drawn, NOTHING_TOLD))
        after += len(alarms(drawn, drawn.exposure()))
    looked_at = len(HOLIDAY_WEEKS) * PLACES * len(SHAPES)
    assert before / looked_at > 0.08
    assert after / looked_at < 0.02


def test_a_true_rise_in_a_quiet_holiday_week_is_hidden_without_its_worth_and_found_with_it() -> (
    None
):
    hidden = found = 0
    for week in HOLIDAY_WEEKS:
        drawn = draw(week, weeks=LONG, seed=2)
        # Building sites lie still: three times the usual of such a week is no more than any week.
        for place in (8, 9, 10, 11):
            drawn.counts[place, 2][-7:] *= 3
        risen = {(place, 2) for place in (8, 9, 10, 11)}
        hidden += len(alarms(drawn, NOTHING_TOLD) & risen)
        found += len(alarms(drawn, drawn.exposure()) & risen)
    assert found >= 0.75 * 4 * len(HOLIDAY_WEEKS)
    assert hidden < found / 2


def late_rows(chance: np.random.Generator, share: float) -> list[tuple[int, int, int, int]]:
    """Of every week's 200 cases a share is taken in at once, the others a week later or two."""
    rows = []
    for back in range(DELAY_WEEKS):
        parts = chance.multinomial(200, [share, (1 - share) * 0.7, (1 - share) * 0.3])
        rows += [(3, back, delay, int(part)) for delay, part in enumerate(parts) if delay <= back]
    return rows


def test_a_week_half_reported_hides_a_rise_without_its_share_and_not_with_it() -> None:
    hidden = found = false = 0
    share = 0.5
    chance = np.random.default_rng(3)
    for at in range(12):
        week = date(2025, 11, 3) + timedelta(days=7 * at)
        drawn = draw(week, weeks=LONG, seed=4)
        for place in range(PLACES):
            daily = drawn.counts[place, 3]
            if place >= 8:
                daily[-7:] *= 2
            daily[-7:] = chance.binomial(daily[-7:], share)
        risen = {(place, 3) for place in range(8, PLACES)}
        late = late_rows(chance, share)
        late += [(matter, back, 0, 200) for matter in (1, 2) for back in range(DELAY_WEEKS)]
        exposure = drawn.exposure(late)
        assert exposure.known[3][-1] == pytest.approx(share, abs=0.03)
        seen = alarms(drawn, exposure)
        hidden += len(alarms(drawn, NOTHING_TOLD) & risen)
        found += len(seen & risen)
        false += len({key for key in seen if key[1] == 3} - risen)
    assert found >= 0.8 * 4 * 12
    assert hidden <= 0.1 * 4 * 12
    assert false <= 3


def test_usual_weeks_are_judged_as_before() -> None:
    drawn = draw(date(2025, 11, 10), weeks=LONG, seed=5)
    ones = {matter: np.ones(LONG) for matter in SHAPES}
    drawn.counts[11, 3][-7:] += 9
    plain = judge_week(drawn.series(), week=drawn.week, first=drawn.first)
    told = judge_week(drawn.series(), week=drawn.week, first=drawn.first, exposure=Exposure(ones, ones))  # fmt: skip
    assert plain == told
    assert plain[1]


@given(st.dictionaries(st.sampled_from([FREE, "HOLIDAY", "X"]), st.integers(0, 500)), st.integers(1, 5000))  # fmt: skip
@settings(deadline=None)
def test_a_kind_seen_seldom_is_worth_what_the_more_general_one_is(cases: dict[str, int], work: int) -> None:  # fmt: skip
    days = {WORK: 250, FREE: 100, "HOLIDAY": 11, "X": 0, "HOLIDAY~": 100, "X~": 0}
    weights = weigh_kinds({WORK: work, "HOLIDAY~": work * 100 // 250, **cases}, days)
    assert weights["X"] == weights["HOLIDAY"]
    assert all(weight >= 0.02 for weight in weights.values())


def test_a_make_up_week_and_a_holiday_week_are_worth_their_days() -> None:
    first = date(2026, 2, 9)  # Saturdays 14 and 28 February are worked, the week between is off
    kinds = {day: kind_of_day("CN", day) for day in (first + timedelta(days=at) for at in range(21))}  # fmt: skip
    weights = {WORK: 1.0, FREE: 0.5, "HOLIDAY": 0.25, "Spring Festival": 0.2}
    worth = weigh_weeks(kinds, weights, first=first, weeks=3)
    assert worth.tolist() == pytest.approx([(6 + 0.2) / 6, 7 * 0.2 / 6, (5 + 0.5 + 0.2) / 6])


def test_what_is_not_known_of_delays_counts_as_known() -> None:
    known, pooled = estimate_known([], weeks=5)
    assert (known, pooled.tolist()) == ({}, [1.0] * 5)
    few = [(1, back, 0, 1) for back in range(DELAY_WEEKS)]
    assert estimate_known(few, weeks=5)[1].tolist() == [1.0] * 5
    # A history that was loaded at once tells nothing of how late reports come.
    loaded = [(1, back, min(back, LONGEST_WEEKS), 500) for back in range(2, DELAY_WEEKS)] + [(1, 0, 0, 300), (1, 1, 0, 300)]  # fmt: skip
    assert estimate_known(loaded, weeks=5)[1].tolist() == [1.0] * 5
    seldom = [(1, back, delay, 100) for back in range(DELAY_WEEKS) for delay in range(min(back, LONGEST_WEEKS) + 1)]  # fmt: skip
    share = estimate_known(seldom, weeks=12)[0][1]
    assert share[-1] == LEAST_SHARE
    assert (np.diff(share) <= 0).all()
    assert share[0] == 1

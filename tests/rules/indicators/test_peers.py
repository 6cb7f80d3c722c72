"""Funnel limits and rank intervals: exact where they claim to be, and never a rank out of noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from anlan.indicators.rules.lights import Light, Why, change_of, judge
from anlan.indicators.rules.peers import Part, chance_of_change, compare
from anlan.indicators.rules.register import (
    LIGHTS,
    Cadence,
    Direction,
    Family,
    Formula,
    Indicator,
    Kind,
    Side,
)


def parts(*pairs: tuple[float, float]) -> list[Part]:
    return [Part(above / below if below else None, above, below) for above, below in pairs]


def ranks(found: list) -> list[tuple[int, int, int]]:
    return [(one.rank, one.first, one.last) for one in found]


def test_limits_are_the_exact_quantiles_of_poisson() -> None:
    given_parts = parts((10, 100.0), (14, 100.0), (6, 100.0), (30, 200.0))
    found = compare(given_parts, kind=Kind.COUNT, direction=Direction.LOWER, times=1)
    rate = 60 / 500
    for one, part in zip(found, given_parts, strict=True):
        mean = rate * part.denominator
        for limits, percent in ((one.inner, 0.95), (one.outer, 0.998)):
            tail = (1 - percent) / 2
            assert limits[0] * part.denominator == pytest.approx(stats.poisson.ppf(tail, mean))
            assert limits[1] * part.denominator == pytest.approx(stats.poisson.ppf(1 - tail, mean))


def test_limits_are_the_exact_quantiles_of_the_binomial() -> None:
    given_parts = parts((8, 40), (5, 60), (12, 100))
    found = compare(given_parts, kind=Kind.SHARE, direction=Direction.LOWER, times=100)
    for one, part in zip(found, given_parts, strict=True):
        expected = [
            stats.binom.ppf(q, part.denominator, 25 / 200) / part.denominator * 100
            for q in (0.025, 0.975)
        ]
        assert list(one.inner) == pytest.approx(expected)


@given(
    st.lists(st.integers(0, 400), min_size=2, max_size=9), st.floats(0.001, 0.999), st.sampled_from([0.001, 0.025, 0.975, 0.999]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_quantiles_agree_with_another_way_of_working_them_out(
    counts: list[int], share: float, q: float
) -> None:
    from anlan.indicators.rules.peers import _binomial, _poisson

    numbers = np.array(counts, dtype=float)
    assert _poisson(numbers * share, q) == pytest.approx(
        stats.poisson.ppf(q, numbers * share).clip(0)
    )
    numbers = numbers + 1
    assert _binomial(numbers, share, q) == pytest.approx(stats.binom.ppf(q, numbers, share))


def test_few_events_leave_nearly_every_rank_open_and_many_do_not() -> None:
    few = compare(
        parts((2, 1e5), (3, 1e5), (1, 1e5), (4, 1e5), (2, 1e5)),
        kind=Kind.COUNT,
        direction=Direction.LOWER,
        times=1e5,
    )
    assert [one.rank for one in few] == [2, 4, 1, 5, 2]
    assert not any(one.is_told_apart(0.5) for one in few)
    many = compare(
        parts((200, 1e5), (300, 1e5), (100, 1e5), (400, 1e5), (201, 1e5)),
        kind=Kind.COUNT,
        direction=Direction.LOWER,
        times=1e5,
    )
    assert ranks(many)[2] == (1, 1, 1)
    assert ranks(many)[3] == (5, 5, 5)
    assert many[2].is_told_apart(0.5)


def test_the_best_rank_is_the_highest_where_higher_is_better() -> None:
    found = compare(
        parts((90, 100), (50, 100), (10, 100)),
        kind=Kind.SHARE,
        direction=Direction.HIGHER,
        times=100,
    )
    assert [one.rank for one in found] == [1, 2, 3]


def test_stated_values_are_ranked_as_they_are_and_equals_share_the_better_rank() -> None:
    found = compare(
        [Part(5.0), Part(7.0), None, Part(7.0), Part(1.0)],
        kind=Kind.STATED,
        direction=Direction.HIGHER,
        times=1,
    )
    assert found[2] is None
    assert [(one.rank, one.of, one.inner) for one in found if one] == [
        (3, 4, None),
        (1, 4, None),
        (1, 4, None),
        (4, 4, None),
    ]


def test_one_place_alone_has_no_rank() -> None:
    assert compare([Part(1.0), None], kind=Kind.STATED, direction=Direction.HIGHER, times=1) == [
        None,
        None,
    ]


def test_false_alarms_of_the_funnel_are_as_rare_as_promised() -> None:
    """2,000 peers that differ by chance alone: outside 95 % at most one in twenty, outside 99.8 % nearly none."""
    chance = np.random.default_rng(1)
    outside = np.zeros(2)
    for _ in range(200):
        counts = chance.poisson(12, size=10)
        found = compare(
            [Part(c / 1e5, float(c), 1e5) for c in counts],
            kind=Kind.COUNT,
            direction=Direction.LOWER,
            times=1,
        )
        for one, count in zip(found, counts, strict=True):
            for index, limits in enumerate((one.inner, one.outer)):
                outside[index] += not limits[0] - 1e-12 <= count / 1e5 <= limits[1] + 1e-12
    assert 0.01 < outside[0] / 2000 <= 0.05
    assert outside[1] / 2000 <= 0.004


def test_rank_intervals_hold_the_true_rank_as_often_as_promised() -> None:
    chance = np.random.default_rng(2)
    rates = np.array([10.0, 12, 14, 17, 20, 24])
    hits = 0
    for _ in range(150):
        counts = chance.poisson(rates * 3)
        found = compare(
            [Part(c / 3, float(c), 3.0) for c in counts],
            kind=Kind.COUNT,
            direction=Direction.LOWER,
            times=1,
        )
        hits += sum(one.first <= true <= one.last for true, one in enumerate(found, start=1))
    assert hits / (150 * 6) >= 0.93


def test_peers_that_really_differ_widen_the_funnel() -> None:
    """Thirty towns of different kinds: without over-dispersion most would be called out, with it few."""
    chance = np.random.default_rng(3)
    counts = chance.poisson(100 * chance.lognormal(0, 0.5, size=30))
    found = compare(
        [Part(c / 1e5, float(c), 1e5) for c in counts],
        kind=Kind.COUNT,
        direction=Direction.LOWER,
        times=1,
    )
    low, high = stats.poisson.ppf((0.001, 0.999), counts.mean())
    assert sum(not low <= c <= high for c in counts) >= 10
    out = sum(
        not one.outer[0] <= c / 1e5 <= one.outer[1] for one, c in zip(found, counts, strict=True)
    )
    assert out <= 3


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.SHARE, Kind.MEAN])
def test_nothing_at_all_is_compared_without_a_fault(kind: Kind) -> None:
    found = compare(parts((0, 10), (0, 20), (0, 0)), kind=kind, direction=Direction.LOWER, times=1)
    assert len(found) == 3
    assert found[2] is None


def test_chance_of_a_change_equals_the_exact_test() -> None:
    p = chance_of_change(Part(None, 30, 2.0), Part(None, 10, 1.0), kind=Kind.COUNT)
    exact = 2 * min(stats.binom.cdf(30, 40, 2 / 3), stats.binom.sf(29, 40, 2 / 3))
    assert p == pytest.approx(min(1.0, exact))
    assert chance_of_change(Part(None, 5, 10), Part(None, 60, 100), kind=Kind.SHARE) > 0.4
    assert chance_of_change(Part(None, 60, 100), Part(None, 20, 100), kind=Kind.SHARE) < 1e-6
    assert chance_of_change(Part(None, 100, 10), Part(None, 110, 10), kind=Kind.MEAN) > 0.5
    assert chance_of_change(Part(None, 0, 0), Part(None, 1, 2), kind=Kind.COUNT) is None
    assert chance_of_change(Part(3.0), Part(4.0), kind=Kind.STATED) is None


def indicator(
    direction: Direction = Direction.LOWER, *, unit: str = "件", **formula: object
) -> Indicator:
    return Indicator(
        "X", Family("F", Side.SAFETY, "族", "Family"), "名", "Name", unit, unit, 1, direction, Formula(**formula),  # type: ignore[arg-type]
        Cadence.MONTH, "D", 0, 1e9, 10, "made up", 1.0,
    )  # fmt: skip


COUNTED = {"count": "opened", "per": "POPULATION"}


def test_a_light_is_red_outside_the_outer_limit_on_the_bad_side_only() -> None:
    peers = parts((60, 1e5), (10, 1e5), (12, 1e5), (11, 1e5), (1, 1e5))
    found = compare(peers, kind=Kind.COUNT, direction=Direction.LOWER, times=1)
    lights = [
        judge(indicator(**COUNTED), part, None, one, None, LIGHTS)
        for part, one in zip(peers, found, strict=True)
    ]
    assert (lights[0].light, lights[0].why) == (Light.RED, Why.PEERS)
    assert [one.light for one in lights[1:]] == [Light.GREEN] * 4


def test_a_light_is_red_when_much_worse_than_a_year_before() -> None:
    now, then = Part(60.0, 60, 1.0), Part(20.0, 20, 1.0)
    chance = chance_of_change(now, then, kind=Kind.COUNT)
    assert judge(indicator(**COUNTED), now, then, None, chance, LIGHTS).light is Light.RED
    better = judge(indicator(**COUNTED), then, now, None, chance, LIGHTS)
    assert better.light is Light.GREEN


@pytest.mark.parametrize(
    ("now", "then", "light"),
    [(100.0, 98.0, Light.GREEN), (97.0, 100.0, Light.AMBER), (85.0, 100.0, Light.RED), (100.0, None, Light.NONE), (5.0, 0.0, Light.NONE)],
)  # fmt: skip
def test_stated_values_are_judged_by_their_change(
    now: float, then: float | None, light: Light
) -> None:
    before = None if then is None else Part(then)
    assert judge(indicator(Direction.HIGHER), Part(now), before, None, None, LIGHTS).light is light


def test_without_direction_or_value_there_is_no_light() -> None:
    assert (
        judge(indicator(Direction.NONE, **COUNTED), Part(1.0, 1, 1), None, None, None, LIGHTS).light
        is Light.NONE
    )
    assert (
        judge(indicator(**COUNTED), Part(None, 3, None), None, None, None, LIGHTS).light
        is Light.NONE
    )
    assert judge(indicator(**COUNTED), None, None, None, None, LIGHTS).light is Light.NONE


def test_percentages_change_in_points() -> None:
    assert change_of(5.0, 4.0, unit="%") == 1.0
    assert change_of(None, 4.0, unit="%") is None


@pytest.mark.parametrize("size", [80_200.0, 30_000.0, 64_700.0, 99_999.0])
def test_a_count_that_is_the_limit_itself_is_inside(size: float) -> None:
    """3 ÷ size × 100,000 and 3 × 100,000 ÷ size differ in their last digit; that is no red light."""
    count, others = 3.0, [(0.0, 50_000.0)] * 15 + [(2.0, 400_000.0)]
    value = count * 100_000 / size
    peers = [Part(value, count, size), *(Part(a * 100_000 / b, a, b) for a, b in others)]
    found = compare(peers, kind=Kind.COUNT, direction=Direction.LOWER, times=100_000)[0]
    assert found is not None
    assert found.outer is not None
    verdict = judge(indicator(**COUNTED), peers[0], None, found, None, LIGHTS)
    is_inside = count <= round(found.outer[1] * size / 100_000)
    assert (verdict.light is not Light.RED) == is_inside

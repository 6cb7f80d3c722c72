"""Scores: a better value never costs points, units do not matter, and every lost point has its rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.assessment.rules.schemes import (
    Mean,
    Part,
    SchemeBroken,
    Way,
    WeightUnfit,
    read_schemes,
    with_choices,
)
from anlan.assessment.rules.scoring import Cause, combine, give_points, score_places
from tests.rules.assessment.made import HIGHER, raw, scheme

VALUES = st.lists(st.integers(0, 1000).map(float), min_size=2, max_size=8)
WAYS = st.sampled_from(list(Way))
MEANS = st.sampled_from(list(Mean))
PART = Part("A", 100, Way.TARGET, goal=0, zero=500)


def rule(indicator: str, **more: object) -> dict[str, object]:
    return {"indicator": indicator, "zh": "规则", "en": "a rule", **more}


STRICT = {
    "deductions": [rule("A", beyond=300, points=2, step=100, most=10), rule("C", beyond=400, points=3)],
    "caps": [rule("B", beyond=40, most=55)],
    "vetoes": [rule("A", beyond=900)],
}  # fmt: skip


@given(VALUES, WAYS, st.booleans(), st.data())
def test_a_better_value_never_gives_fewer_points(
    values: list[float], way: Way, is_higher: bool, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    better = list(values)
    better[at] += data.draw(st.integers(0, 2000)) * (1 if is_higher else -1)
    part = PART if not is_higher else Part("A", 100, Way.TARGET, goal=500, zero=0)
    before, after = (
        give_points(np.array(row), way=way, is_higher_better=is_higher, part=part)
        for row in (values, better)
    )
    assert after[at] >= before[at] - 1e-9
    assert ((after >= 0) & (after <= 100)).all()


@given(
    st.lists(st.tuples(*[st.integers(0, 1000).map(float)] * 3), min_size=2, max_size=6),
    WAYS,
    MEANS,
    st.data(),
)
def test_a_better_value_never_lowers_a_score(
    rows: list[tuple[float, ...]], way: Way, mean: Mean, data: st.DataObject
) -> None:
    chosen = scheme(way=way if way is not Way.TARGET else "MINMAX", mean=mean, **STRICT)
    at, code = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.sampled_from("ABC"))
    table = {name: [row[n] for row in rows] for n, name in enumerate("ABC")}
    better = {name: list(column) for name, column in table.items()}
    better[code][at] += data.draw(st.integers(0, 1500)) * (1 if HIGHER[code] else -1)
    before, after = (score_places(chosen, one, HIGHER)[at].score for one in (table, better))
    assert before is not None
    assert after is not None
    assert after >= before - 1e-9


@given(
    VALUES,
    st.sampled_from([Way.MINMAX, Way.ZSCORE, Way.RANK]),
    st.floats(1e-6, 1e6),
    st.integers(0, 1000),
)
def test_units_do_not_matter(values: list[float], way: Way, factor: float, shift: int) -> None:
    one = give_points(np.array(values), way=way, is_higher_better=True)
    other = give_points((np.array(values) + shift) * factor, way=way, is_higher_better=True)
    assert np.allclose(one, other, atol=1e-6)


@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.integers(0, 1000).map(float))] * 3),
        min_size=1,
        max_size=6,
    ),
    WAYS,
    MEANS,
)
def test_losses_add_up_to_what_is_missing(
    rows: list[tuple[float | None, ...]], way: Way, mean: Mean
) -> None:
    chosen = scheme(way=way if way is not Way.TARGET else "RANK", mean=mean, **STRICT)
    for one in score_places(
        chosen, {name: [row[n] for row in rows] for n, name in enumerate("ABC")}, HIGHER
    ):
        if one.score is None:
            assert one.losses == ()
            continue
        assert one.score + sum(loss.points for loss in one.losses) == pytest.approx(100)
        assert all(loss.points >= 0 for loss in one.losses)
        assert 0 <= one.score <= 100


@given(
    st.lists(st.floats(0, 1e3), min_size=3, max_size=3).filter(lambda row: sum(row) > 1e-3), MEANS
)
def test_weights_come_to_a_hundred(weights: list[float], mean: Mean) -> None:
    chosen = with_choices(scheme(), weights=dict(zip("ABC", weights, strict=True)), mean=mean)
    assert sum(part.weight for part in chosen.parts) == pytest.approx(100)


@pytest.mark.parametrize(
    "weights", [{"A": -1.0}, {"A": float("nan")}, {"A": 0.0, "B": 0.0, "C": 0.0}]
)
def test_weights_that_are_none_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(WeightUnfit):
        with_choices(scheme(), weights=weights)


def test_a_veto_leaves_nothing_and_a_cap_at_most_what_it_says() -> None:
    found = score_places(
        scheme(**STRICT), {"A": [0, 950, 100], "B": [0, 0, 45], "C": [900, 900, 900]}, HIGHER
    )
    assert found[0].score == pytest.approx(90)  # C is equal everywhere: 50 points of weight 20
    assert (found[1].score, found[1].is_vetoed) == (0, True)
    assert found[1].losses[-1].cause is Cause.VETO
    assert found[2].score == pytest.approx(55)
    assert [loss.cause for loss in found[2].losses][-1] is Cause.CAP


def test_a_step_that_is_just_reached_takes_no_further_points() -> None:
    found = score_places(
        scheme(deductions=[rule("A", beyond=0.1, points=1, step=0.1, most=9)]),
        {"A": [0.1, 0.3, 0.31], "B": [0] * 3, "C": [1] * 3},
        HIGHER,
    )
    lost = [
        sum(loss.points for loss in one.losses if loss.cause is Cause.DEDUCTION) for one in found
    ]
    assert lost == [0, 2, 3]


def test_too_little_known_gives_no_score() -> None:
    found = score_places(
        scheme(least_share=0.6), {"A": [None, 1.0], "B": [1.0, 1.0], "C": [1.0, 1.0]}, HIGHER
    )
    assert found[0].score is None
    assert found[0].known_share == pytest.approx(0.5)
    assert found[1].score is not None


def test_the_example_of_the_page() -> None:
    """docs/algorithms/composite-scores.md"""
    table = {"A": [2.0, 4.0, 6.0], "B": [5.0, 10.0, 40.0], "C": [90.0, 95.0, 80.0]}
    rules = {"deductions": [rule("B", beyond=20, points=2, step=10, most=6)]}
    plain = score_places(scheme(**rules), table, HIGHER)
    assert [round(one.score or 0, 2) for one in plain] == [90.33, 69.0, 2.0]
    assert [(loss.cause.value, loss.indicator, round(loss.points, 2)) for loss in plain[2].losses] == [
        ("INDICATOR", "A", 50.0), ("INDICATOR", "B", 24.0), ("INDICATOR", "C", 20.0), ("DEDUCTION", "B", 4.0),
    ]  # fmt: skip
    geometric = score_places(scheme(mean="GEOMETRIC", **rules), table, HIGHER)
    assert [round(one.score or 0, 2) for one in geometric] == [89.34, 66.13, 0.0]


def test_a_geometric_mean_is_never_above_an_arithmetic_one() -> None:
    points = np.array([[100.0, 10.0, 40.0], [30.0, 30.0, 30.0]])
    weights = np.array([20.0, 30.0, 50.0])
    low, high = (combine(points, weights, mean) for mean in (Mean.GEOMETRIC, Mean.ARITHMETIC))
    assert low[0] < high[0]
    assert low[1] == pytest.approx(high[1])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"parts": [{"indicator": "A", "weight": 99}]}, "come to 100; these come to 99"),
        ({"parts": [{"indicator": "A", "weight": 50}, {"indicator": "A", "weight": 50}]}, "once"),
        ({"parts": [{"indicator": "X", "weight": 100}]}, "there is no indicator X"),
        ({"parts": [{"indicator": "D", "weight": 100}]}, "no direction"),
        ({"parts": [{"indicator": "A", "weight": 100, "way": "TARGET"}]}, "needs goal and zero"),
        ({"parts": [{"indicator": "A", "weight": 100, "goal": 1}]}, "stand together"),
        ({"parts": [{"indicator": "A", "weight": "viel"}]}, "could not convert"),
        ({"parts": [{"indicator": "A", "weight": 100, "way": "GUESS"}]}, "GUESS"),
        ({"since": "2026-13", "term": "MONTH"}, "since is a month"),
        ({"since": "someday"}, "since is a year"),
        ({"mean": "HARMONIC"}, "HARMONIC"),
        ({"caps": [rule("A", beyond=1, most=100)]}, "below 100"),
        ({"deductions": [rule("A", beyond=1, points=5, most=2)]}, "at most as many"),
        ({"ladder": {"steps": [{"years": 6, "zh": "a", "en": "a"}, {"years": 3, "zh": "b", "en": "b"}]}}, "rise by years"),
        ({"passes_at": float("inf")}, "not a number"),
        ({"least_share": 0}, "least_share"),
        ({"objection_days": 0}, "days lie between"),
        ({"code": "small"}, "capitals"),
        ({"zh": ""}, "text is missing"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_scored_is_refused_with_its_problem(
    changed: dict[str, object], said: str
) -> None:
    with pytest.raises(SchemeBroken) as refused:
        read_schemes(
            "assessment.yaml",
            raw(**changed),
            indicators={"A": True, "B": True, "C": True, "D": False},
        )
    assert said in refused.value.message


def test_versions_rise() -> None:
    twice = {"schemes": raw()["schemes"] * 2}
    with pytest.raises(SchemeBroken, match="rise"):
        read_schemes("assessment.yaml", twice, indicators={"A": True, "B": True, "C": True})

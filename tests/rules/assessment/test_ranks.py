"""Ranks: never alone, the same every time, wide where chance or weights decide and narrow where they do not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.assessment.rules.ranks import Doubt, rank_places
from anlan.assessment.rules.scoring import score_places
from anlan.indicators.rules.register import Kind
from tests.rules.assessment.made import HIGHER, columns, counts, scheme


def scores_of(one, table):  # type: ignore[no-untyped-def]
    return [
        s.score
        for s in score_places(one, {code: column.values for code, column in table.items()}, HIGHER)
    ]


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.integers(0, 100).map(float))] * 3),
        min_size=1,
        max_size=6,
    )
)
def test_every_rank_lies_in_its_interval(rows: list[tuple[float | None, ...]]) -> None:
    table = columns(**{name: [row[n] for row in rows] for n, name in enumerate("ABC")})
    scores = scores_of(scheme(), table)
    known = [score for score in scores if score is not None]
    for score, place in zip(scores, rank_places(scheme(), table, scores, draws=100), strict=True):
        if score is None:
            assert place is None
            continue
        assert place is not None
        assert 1 <= place.first <= place.rank <= place.last <= place.of == len(known)
        assert place.rank == 1 + sum(round(other, 6) > round(score, 6) for other in known)
        assert place.low <= score <= place.high


def test_who_is_better_in_everything_is_first_whatever_the_weights_and_methods() -> None:
    table = columns(A=[1, 5, 9], B=[0, 20, 45], C=[90, 50, 10])
    found = rank_places(scheme(), table, scores_of(scheme(), table))
    assert [(one.rank, one.first, one.last) for one in found if one] == [
        (1, 1, 1),
        (2, 2, 2),
        (3, 3, 3),
    ]


def test_weights_that_decide_widen_the_interval() -> None:
    table = columns(A=[0, 10], B=[0, 0], C=[0, 10])
    even = scheme(parts=[{"indicator": "A", "weight": 51}, {"indicator": "C", "weight": 49}])
    found = rank_places(even, table, scores_of(even, table))
    assert found[0] is not None
    assert found[0].alone[Doubt.WEIGHTS] == (1, 2)
    sure = scheme(parts=[{"indicator": "A", "weight": 95}, {"indicator": "C", "weight": 5}])
    found = rank_places(sure, table, scores_of(sure, table))
    assert found[0] is not None
    assert found[0].alone[Doubt.WEIGHTS] == (1, 1)


def test_small_counts_leave_more_ranks_open_than_large_ones() -> None:
    one = scheme(parts=[{"indicator": "A", "weight": 100}], way="RANK")
    widths = []
    for factor in (1, 400):
        table = {"A": counts([2.0 * factor, 3.0 * factor, 4.0 * factor, 5.0 * factor], 100_000)}
        found = rank_places(one, table, scores_of(one, table))
        widths.append(sum(place.last - place.first for place in found if place))
        assert all(
            place.alone[Doubt.WEIGHTS] == (place.rank, place.rank) for place in found if place
        )
    assert widths[0] >= 8
    assert widths[1] == 0


def test_the_same_figures_give_the_same_intervals() -> None:
    table = columns(A=[1, 2, 3], B=[30, 20, 10], C=[5, 7, 6]) | {"A": counts([3, 4, 5], 1000)}
    scores = scores_of(scheme(), table)
    assert rank_places(scheme(), table, scores) == rank_places(scheme(), table, scores)
    assert table["A"].kind is Kind.COUNT

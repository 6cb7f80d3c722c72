"""What a board holds back, when a day is unusual, and which links are slow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.boards.rules import SMALLEST_SHOWN, Tally, find_band, find_slow, hold_back
from anlan.places.rules import PlaceInfo


def place(number: int) -> PlaceInfo:
    return PlaceInfo(
        id=number, code=f"P{number}", name=f"村{number}", name_en="", level="VILLAGE", depth=4,
        path=f"C.T.P{number}", parent_id=0, jurisdiction="TEST", is_generated=False, lon=None, lat=None,
    )  # fmt: skip


def rows(*counts: int, **more: int) -> list[tuple[PlaceInfo, Tally]]:
    return [(place(n), Tally(open=count, **more)) for n, count in enumerate(counts)]


@given(st.lists(st.integers(0, 12), max_size=12))
def test_no_small_count_is_shown_or_can_be_worked_out(counts: list[int]) -> None:
    shown = [tally.open for _, tally in hold_back(rows(*counts))]
    assert all(count is None or count == 0 or count >= SMALLEST_SHOWN for count in shown)
    held = [count for count, seen in zip(counts, shown, strict=True) if seen is None]
    # Whoever knows the whole place's count knows the sum of what is held back, and no more.
    if held and any(count >= SMALLEST_SHOWN for count in counts):
        assert len(held) >= 2
    assert [s for s in shown if s is not None] == [
        c for c, s in zip(counts, shown, strict=True) if s is not None
    ]


def test_one_small_count_takes_the_smallest_other_along() -> None:
    shown = [tally.open for _, tally in hold_back(rows(30, 3, 9, 12, 0))]
    assert shown == [30, None, None, 12, 0]


def test_two_small_counts_that_are_few_together_take_another_along() -> None:
    assert [t.open for _, t in hold_back(rows(1, 1, 9, 12))] == [None, None, None, 12]
    assert [t.open for _, t in hold_back(rows(4, 4, 9, 12))] == [None, None, 9, 12]


def test_a_held_back_count_gives_no_share_and_no_colour() -> None:
    [(_, first), *_] = hold_back(
        [(place(1), Tally(open=40, late=3)), (place(2), Tally(open=9, late=9))]
    )
    assert (first.late, first.late_share, first.step) == (None, None, -1)


def test_few_open_matters_have_no_share() -> None:
    assert Tally(open=4, late=4).late_share is None
    assert Tally(open=5, late=4).late_share == 0.8


def test_a_band_needs_four_days_that_tell_something() -> None:
    day = [1] * 24
    assert find_band([day, day, day, [0] * 24]) is None
    band = find_band([day, [2] * 24, [3] * 24, [4] * 24, [0] * 24])
    assert band is not None
    assert (band.days, band.low[23], band.middle[23], band.high[23]) == (4, 24, 60.0, 96)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"accepted_week": 5, "accept_minutes": 500}, True),
        ({"accepted_week": 4, "accept_minutes": 400}, False),  # too few to form a mean
        ({"accepted_week": 5, "accept_minutes": 140}, False),  # not half as long again
    ],
)
def test_a_slow_link_takes_half_as_long_again_and_is_no_single_case(
    more: dict[str, Any], found: bool
) -> None:
    total = Tally(accepted_week=100, accept_minutes=2_000)
    links = find_slow([(place(1), Tally(**more))], total)
    assert [(link.kind, link.minutes, link.times) for link in links] == (
        [("accept", 100.0, 5.0)] if found else []
    )


def test_where_nothing_was_accepted_no_link_is_slow() -> None:
    assert find_slow([(place(1), Tally(accepted_week=9, accept_minutes=9))], Tally()) == ()

"""Alike or not: words, place and time, each for itself and together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.triage.rules.duplicates import THRESHOLD, Reported, compare, find_alike

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
LAMP = "村口的路灯不亮好几天了"


def reported(text: str = LAMP, number: int = 1, **given: object) -> Reported:
    fields = {"place_path": "a.b", "lon": 120.0, "lat": 29.7, "at": AT} | given
    return Reported(UUID(int=number), text=text, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "is_alike"),
    [
        (reported("路灯不亮,晚上看不清"), True),
        (reported("路灯不亮,晚上看不清", lon=120.001), True),  # about 100 m
        (reported("路灯不亮,晚上看不清", at=AT + timedelta(days=2)), True),
        (reported(LAMP, lon=120.05), True),  # word for word, 5 km off
        (reported("路灯不亮,晚上看不清", lon=120.05), False),
        (reported("路灯不亮,晚上看不清", lon=120.002, at=AT + timedelta(days=9)), True),
        (reported("路灯不亮,晚上看不清", lon=120.01, at=AT + timedelta(days=9)), False),
        (reported("垃圾没人收"), False),  # the same spot and hour, something else
        (reported(""), False),
        (reported("!!! ???"), False),
    ],
)
def test_what_counts_as_perhaps_the_same(other: Reported, is_alike: bool) -> None:
    assert compare(reported(), other).is_alike is is_alike


def test_the_reader_is_told_what_spoke_for_it() -> None:
    found = compare(
        reported(), reported("路灯不亮,晚上看不清", lon=120.001, at=AT + timedelta(hours=5))
    )
    assert found.phrases == ("路灯不亮",)
    assert found.distance_m == pytest.approx(96.6, abs=1)
    assert found.apart == timedelta(hours=5)
    assert compare(reported(lon=None), reported(number=2)).distance_m is None


texts = st.text(alphabet="路灯不亮村口垃圾吵 ,1a", max_size=30)
hours = st.integers(0, 400).map(lambda count: timedelta(hours=count))


@given(texts, texts, st.floats(0, 0.05), hours)
def test_comparing_is_symmetric_and_between_nothing_and_one(
    one: str, other: str, east: float, apart: timedelta
) -> None:
    a, b = reported(one), reported(other, lon=120.0 + east, at=AT + apart)
    there, back = compare(a, b), compare(b, a)
    assert there.score == pytest.approx(back.score)
    assert 0 <= there.score <= 1
    assert bool(there.phrases) == bool(back.phrases)
    if not there.phrases:
        assert there.score < THRESHOLD
    for phrase in there.phrases:
        assert phrase in one
        assert phrase in other


@given(texts, texts, st.floats(0, 0.02), st.floats(0, 0.02), hours, hours)
def test_nearer_is_never_less_alike(
    one: str, other: str, east: float, more_east: float, apart: timedelta, more: timedelta
) -> None:
    near = reported(other, lon=120.0 + east, at=AT + apart)
    far = reported(other, lon=120.0 + east + more_east, at=AT + apart + more)
    assert compare(reported(one), near).score >= compare(reported(one), far).score - 1e-9


def test_the_likest_come_first_and_each_case_once() -> None:
    others = [
        reported("路灯不亮,晚上看不清", 2, lon=120.001),
        reported(LAMP, 3),
        reported("路灯", 3, lon=120.002),
        reported("垃圾没人收", 4),
        reported("路灯不亮了", 5),
    ]
    found = find_alike(reported(), others, limit=2)
    assert [case_id.int for case_id, _ in found] == [3, 5]
    assert find_alike(reported(), [], limit=2) == []

"""Ids sort by the time they were made; the clock can be held still and goes on afterwards."""

import contextlib
import time
from datetime import UTC, datetime

import pytest

from anlan.kernel import clock, ids
from anlan.kernel.ids import new_id


def test_ids_are_version_7_and_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last_tick", 0)
    made = []
    for step in range(300):
        monkeypatch.setattr(time, "time_ns", lambda s=step: (1_790_000_000_000 + s) * 1_000_000)
        made.append(new_id())
    assert made == sorted(made)
    assert {(i.version, i.variant) for i in made} == {(7, "specified in RFC 4122")}
    assert made[7].int >> 80 == 1_790_000_000_007


def test_ids_of_one_instant_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last_tick", 0)
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    made = [new_id() for _ in range(5_000)]
    assert made == sorted(set(made))


def test_a_frozen_clock_stands_and_thaws_also_after_an_error() -> None:
    outer, inner = datetime(2026, 3, 10, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    with clock.frozen(outer):
        with contextlib.suppress(ZeroDivisionError), clock.frozen(inner):
            assert clock.now() == inner
            raise ZeroDivisionError
        assert clock.now() == outer
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5

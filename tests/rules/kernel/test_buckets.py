"""Token buckets: never more than the burst and what has filled up since."""

from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel import buckets
from anlan.kernel.buckets import Buckets


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 9), st.floats(0.1, 20))
def test_never_more_than_burst_and_rate_allow(gaps: list[float], burst: int, rate: float) -> None:
    bucket, at, taken = Buckets(rate=rate, burst=burst), 0.0, 0
    for gap in gaps:
        at += gap
        wait = bucket.take("caller", at=at)
        taken += wait == 0
        assert taken <= burst + at * rate + 1e-6
        assert 0 <= wait <= 1 / rate
    # Whoever waits as long as told is let in.
    if gaps and (wait := bucket.take("caller", at=at)):
        assert bucket.take("caller", at=at + wait + 1e-6) == 0


def test_callers_do_not_share_and_full_buckets_are_forgotten(monkeypatch) -> None:
    monkeypatch.setattr(buckets, "KEYS_KEPT", 3)
    bucket = Buckets(rate=1, burst=1)
    assert [bucket.take(key, at=0.0) for key in "abc"] == [0, 0, 0]
    assert bucket.take("a", at=0.5) == 0.5
    assert bucket.take("d", at=5.0) == 0
    assert len(bucket._left) == 1

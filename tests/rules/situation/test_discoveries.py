"""False discoveries: the step-up rule as its authors state it, and the rate it keeps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.situation.rules.discoveries import adjust_p_values


@given(
    st.lists(st.floats(0, 1), max_size=30), st.floats(0.001, 0.999), st.booleans()
)  # fmt: skip
@settings(deadline=None)
def test_reported_are_those_of_the_step_up_rule(p_values, rate, is_dependent):
    count = len(p_values)
    worse = sum(1 / rank for rank in range(1, count + 1)) if is_dependent else 1
    limit = 0.0
    for rank, p in enumerate(sorted(p_values), start=1):
        if p <= rank * rate / (count * worse) * (1 - 1e-12):
            limit = p
    adjusted = adjust_p_values(np.array(p_values), is_dependent=is_dependent)
    for p, q in zip(p_values, adjusted, strict=True):
        if abs(q - rate) > 1e-9:
            assert (q <= rate) == ((p <= limit and limit > 0) or p == 0)


def test_unknown_ones_do_not_count():
    adjusted = adjust_p_values(np.array([[0.01, np.nan], [0.04, 0.03]]))
    assert adjusted.shape == (2, 2)
    assert np.isnan(adjusted[0, 1])
    assert adjusted[0, 0] == pytest.approx(0.03)
    assert adjust_p_values(np.array([])).shape == (0,)


@pytest.mark.parametrize("is_dependent", [False, True])
def test_the_share_of_false_ones_stays_below_the_rate(is_dependent):
    chance = np.random.default_rng(3)
    shares = []
    for _ in range(400):
        p = np.r_[chance.random(80), chance.random(20) * 0.003]
        reported = adjust_p_values(p, is_dependent=is_dependent) <= 0.1
        shares.append(reported[:80].sum() / max(reported.sum(), 1))
    assert np.mean(shares) <= 0.1
    assert np.mean(shares) > 0.005  # it reports something

"""Which of two cases goes on, and at what its clocks then stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.cases import rules
from anlan.kernel.errors import AnlanError

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
states = st.sampled_from([*rules.STAGES, "CLOSED", "DECLINED", "MERGED"])
standings = st.builds(
    rules.Standing,
    code=st.sampled_from("ABCD"),
    state=states,
    opened_at=st.integers(0, 5).map(lambda days: AT + timedelta(days=days)),
    leads_others=st.booleans(),
)


def standing(code: str, state: str = "RECEIVED", **given: Any) -> rules.Standing:
    return rules.Standing(code, state, given.pop("opened_at", AT), **given)


@pytest.mark.parametrize(
    ("case", "lead", "obstacle"),
    [
        (standing("A"), standing("A"), rules.MergedWithItself),
        (standing("A"), standing("B", "CLOSED"), rules.LeadNotOpen),
        (standing("A"), standing("B", "DECLINED"), rules.LeadNotOpen),
        (standing("A"), standing("B", "MERGED"), rules.LeadNotOpen),
        (standing("A", leads_others=True), standing("B"), rules.LeadsOthers),
        (standing("A", "HANDLING"), standing("B", "ACCEPTED"), rules.OtherWayRound),
        (standing("A"), standing("B"), None),
        (standing("A", "HANDLING"), standing("B", "VERIFIED", leads_others=True), None),
    ],
)
def test_what_may_go_into_what(
    case: rules.Standing, lead: rules.Standing, obstacle: type[AnlanError] | None
) -> None:
    if obstacle is None:
        rules.check_merge(case, lead)
    else:
        with pytest.raises(obstacle):
            rules.check_merge(case, lead)


@given(standings, standings)
def test_exactly_one_of_two_leads(one: rules.Standing, other: rules.Standing) -> None:
    if one.code != other.code:
        assert rules.leads(one, other) != rules.leads(other, one)


@given(standings, standings)
def test_the_one_that_leads_by_rule_may_take_the_other_in(
    one: rules.Standing, other: rules.Standing
) -> None:
    is_possible = {one.state, other.state} <= set(rules.STAGES) and one.code != other.code
    if not is_possible or (one.leads_others and other.leads_others) or one.leads_others:
        return
    lead, case = (one, other) if rules.leads(one, other) else (other, one)
    if not case.leads_others and not lead.leads_others:
        rules.check_merge(case, lead)


def instants(**days: int) -> dict[str, str]:
    return {name: (AT + timedelta(days=n)).isoformat() for name, n in days.items()}


def test_each_clock_takes_the_earlier_due_time_with_its_amber() -> None:
    own = instants(close_due_at=5, close_amber_at=4, response_due_at=1, amber_at=0)
    other = instants(close_due_at=3, close_amber_at=2, response_due_at=2, amber_at=1)
    taken = rules.earlier(own, other)
    assert taken == instants(close_due_at=3, close_amber_at=2, response_due_at=1, amber_at=0)
    assert rules.earlier(own, instants(close_due_at=9, close_amber_at=8)) == own
    # A lead that has answered already has no response clock to shorten.
    handled = instants(close_due_at=5, close_amber_at=4)
    assert set(rules.earlier(handled, other)) == {"close_due_at", "close_amber_at"}


@dataclass
class Made:
    move: str
    data: dict[str, Any] = field(default_factory=dict)
    seq: int = 1
    at: datetime = AT
    to_state: str = "HANDLING"
    tells_reporter: bool = False


def test_a_lead_knows_what_it_had_before_the_first_and_what_it_holds() -> None:
    first, second = UUID(int=1), UUID(int=2)
    own, brought = instants(close_due_at=5), instants(close_due_at=3)
    steps = [
        Made("take_in", {"case": str(first), "own": own, "brought": brought}),
        Made("take_in", {"case": str(second), "own": brought, "brought": brought}),
        Made("give_back", {"case": str(first)}),
    ]
    held = rules.read_held(steps)
    assert (held.own, held.own_at) == (own, AT)
    assert set(held.others) == {second}
    assert rules.read_held([*steps, Made("approve_extension")]).own is None
    assert rules.read_held([]) == rules.Held(None, None, {})

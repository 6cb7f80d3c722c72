"""When an act from a phone is said to have happened, its order, and what others did meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.dispatch.rules import (
    ActOutOfOrder,
    ChangedMeanwhile,
    ClosedMeanwhile,
    EndedAlready,
    LapsedMeanwhile,
    PhoneClock,
    RecalledMeanwhile,
    check_order,
    explain,
    list_foreign,
    say_when,
)
from anlan.kernel.procedure import MoveNotAllowed

AT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
LONG_AGO = AT - timedelta(days=3)
hours = st.floats(-48, 48).map(lambda h: timedelta(hours=h))
ME, OTHER = uuid4(), uuid4()


@dataclass
class Step:
    seq: int
    actor_id: UUID | None = OTHER
    from_state: str = "HANDLING"
    to_state: str = "HANDLING"
    data: dict[str, object] = field(default_factory=dict)


@given(wrong=hours, minutes=st.integers(0, 3000))
def test_a_clock_that_is_wrong_all_the_time_spoils_nothing(wrong: timedelta, minutes: int) -> None:
    done = AT - timedelta(minutes=minutes)
    clock = PhoneClock(sent=AT + wrong, made=done + wrong, offset=-wrong)
    said = say_when(clock, at=AT, not_before=LONG_AGO)
    assert abs(said.at - done) < timedelta(milliseconds=1)
    assert said.is_sure


@given(wrong=hours, minutes=st.integers(0, 3000), lost=st.integers(0, 50))
def test_a_counter_that_agrees_makes_a_phone_sure_that_has_not_met_the_server(
    wrong: timedelta, minutes: int, lost: int
) -> None:
    done = AT - timedelta(minutes=minutes)
    ago = AT - done - timedelta(seconds=lost)
    clock = PhoneClock(sent=AT + wrong, made=done + wrong, ago=max(ago, timedelta()))
    said = say_when(clock, at=AT, not_before=LONG_AGO)
    assert (said.at, said.is_sure) == (done, True)


@given(
    wrong=hours,
    set_to=hours.filter(lambda h: abs(h) > timedelta(minutes=5)),
    slept=st.floats(2, 90),
)
def test_a_clock_that_was_set_and_a_counter_that_slept_are_not_believed(
    wrong: timedelta, set_to: timedelta, slept: float
) -> None:
    done = AT - timedelta(minutes=100)
    clock = PhoneClock(
        sent=AT + wrong + set_to, made=done + wrong, offset=-wrong,
        ago=AT - done - timedelta(minutes=slept) + set_to * 2,
    )  # fmt: skip
    said = say_when(clock, at=AT, not_before=LONG_AGO)
    assert abs(said.at - done) < timedelta(milliseconds=1)
    assert not said.is_sure


def test_a_clock_that_was_set_in_between_makes_it_unsure() -> None:
    two_hours = timedelta(hours=2)
    done = AT - timedelta(minutes=30)
    clock = PhoneClock(sent=AT, made=done + two_hours, offset=-two_hours)
    said = say_when(clock, at=AT, not_before=LONG_AGO)
    assert (said.at, said.is_sure) == (done, False)


def test_a_phone_that_never_met_the_server_is_not_believed() -> None:
    clock = PhoneClock(sent=AT, made=AT - timedelta(minutes=5))
    assert not say_when(clock, at=AT, not_before=LONG_AGO).is_sure


@given(
    sent=hours, made=hours, ago=st.none() | st.floats(-9e9, 9e9).map(lambda s: timedelta(seconds=s)),
    offset=st.none() | hours, since=st.floats(0, 9000),
)  # fmt: skip
def test_it_lies_between_the_asking_and_the_arrival_whatever_the_phone_says(
    sent: timedelta, made: timedelta, ago: timedelta | None, offset: timedelta | None, since: float
) -> None:
    asked = AT - timedelta(hours=since)
    clock = PhoneClock(sent=AT + sent, made=AT + made, ago=ago, offset=offset)
    said = say_when(clock, at=AT, not_before=asked)
    assert max(asked, AT - timedelta(days=30)) <= said.at <= AT


def test_the_earlier_act_has_to_come_first_and_gaps_are_told() -> None:
    check_order(1, 0, last=0)
    check_order(5, 3, last=3)  # the fourth was taken back before it was sent
    for number, after, last in ((2, 1, 0), (3, 1, 2), (2, 2, 2), (1, 0, 1)):
        with pytest.raises(ActOutOfOrder) as raised:
            check_order(number, after, last=last)
        assert raised.value.data == {"last": last}


def test_only_what_others_did_to_the_case_since_stands_in_the_way() -> None:
    seen_before = Step(2, to_state="HANDLED")
    own = Step(3, actor_id=ME, to_state="HANDLED")
    card = Step(4, data={"card": "YELLOW"})
    handed_on = Step(5, data={"to_unit": 7})
    moved = Step(6, to_state="CLOSED")
    steps = [seen_before, own, card, handed_on, moved]
    assert list_foreign(steps, seen=2, person_id=ME) == [handed_on, moved]
    assert list_foreign(steps, seen=6, person_id=ME) == []


@pytest.mark.parametrize(
    ("state", "is_closed", "foreign", "told"),
    [
        ("RECALLED", True, [Step(3)], RecalledMeanwhile),
        ("LAPSED", False, [], LapsedMeanwhile),
        ("DONE", False, [], EndedAlready),
        ("SIGNED", True, [Step(3)], ClosedMeanwhile),
        ("SIGNED", False, [Step(3)], ChangedMeanwhile),
        ("", False, [], MoveNotAllowed),
    ],
)
def test_it_is_told_what_happened_instead_of_a_rule(
    state: str, is_closed: bool, foreign: list[Step], told: type[Exception]
) -> None:
    wrong = MoveNotAllowed(move="arrive", state="On site")
    found = explain(wrong, dispatch_state=state, is_closed=is_closed, foreign=foreign)
    assert type(found) is told

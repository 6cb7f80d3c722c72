"""States, pauses and signatures of notices."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from anlan.notices import rules
from anlan.notices.rules import Outcome, State

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "attempts", "state", "wait"),
    [
        (rules.DELIVERED, 1, State.SENT, None),
        (rules.DELIVERED, 7, State.SENT, None),
        (Outcome(error="503"), 1, State.FAILED, timedelta(seconds=30)),
        (Outcome(error="503"), 4, State.FAILED, timedelta(minutes=32)),
        (Outcome(error="503"), 6, State.FAILED, timedelta(hours=8, minutes=32)),
        (Outcome(error="503"), 7, State.GIVEN_UP, None),
        (Outcome(error="404", is_final=True), 1, State.GIVEN_UP, None),
    ],
)
def test_what_follows_a_try(
    outcome: Outcome, attempts: int, state: State, wait: timedelta | None
) -> None:
    expected = (state, None if wait is None else NOW + wait)
    assert rules.next_state(outcome=outcome, attempts=attempts, at=NOW) == expected


def test_a_receiver_can_check_the_signature_and_its_age() -> None:
    signature = rules.sign(secret=b"secret", timestamp=1_790_000_000, body='{"状态":1}'.encode())
    parts = dict(part.split("=", 1) for part in signature.split(","))
    signed = f"{parts['t']}.".encode() + '{"状态":1}'.encode()
    assert hmac.new(b"secret", signed, hashlib.sha256).hexdigest() == parts["v1"]
    later = rules.sign(secret=b"secret", timestamp=1_790_000_001, body='{"状态":1}'.encode())
    assert later != signature


def test_only_statuses_that_may_pass_are_tried_again() -> None:
    final = {status for status in range(100, 600) if rules.is_final_status(status)}
    assert final == set(range(400, 500)) - {408, 409, 429}


def test_every_channel_and_state_has_both_labels() -> None:
    for labels in (rules.CHANNEL_LABELS, rules.STATE_LABELS):
        assert all(label["zh"] and label["en"] for label in labels.values())
    assert set(rules.CHANNEL_LABELS) == set(rules.Channel) == set(rules.RECIPIENTS)
    assert set(rules.STATE_LABELS) == set(State)


def test_a_claim_lasts_longer_than_any_delivery_may_take() -> None:
    assert rules.CLAIM_LASTS.total_seconds() > 10 * rules.TIMEOUT_SECONDS

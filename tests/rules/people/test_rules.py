"""Lock-out counting, logins, tokens and periods."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.people import rules

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_the_fifth_try_locks_for_a_quarter_of_an_hour() -> None:
    failed_count, locked_until = 0, None
    for number in range(1, 6):
        attempt = rules.count_attempt(failed_count=failed_count, locked_until=locked_until, at=NOW)
        assert attempt.is_allowed
        failed_count, locked_until = attempt.failed_count, attempt.locked_until
        assert (locked_until is not None) == (number == 5)
    assert locked_until == NOW + timedelta(minutes=15)
    refused = rules.count_attempt(
        failed_count=failed_count, locked_until=locked_until, at=NOW + timedelta(minutes=14)
    )
    assert not refused.is_allowed
    assert refused.locked_until == locked_until, "a try during the lock must not prolong it"


def test_after_the_lock_counting_starts_again() -> None:
    attempt = rules.count_attempt(failed_count=5, locked_until=NOW, at=NOW)
    assert attempt == rules.Attempt(is_allowed=True, failed_count=1, locked_until=None)


@given(st.lists(st.integers(min_value=0, max_value=3600), max_size=60))
def test_no_quarter_of_an_hour_sees_more_than_nine_looks_at_a_password(pauses: list[int]) -> None:
    """Four tries before a lock and five after it is the most any 15 minutes can hold."""
    failed_count, locked_until, at = 0, None, NOW
    looked: list[datetime] = []
    for pause in pauses:
        at += timedelta(seconds=pause)
        attempt = rules.count_attempt(failed_count=failed_count, locked_until=locked_until, at=at)
        failed_count, locked_until = attempt.failed_count, attempt.locked_until
        if attempt.is_allowed:
            looked.append(at)
        recent = [when for when in looked if at - when < timedelta(minutes=15)]
        assert len(recent) <= 9


@pytest.mark.parametrize(
    ("given_login", "stored"),
    [
        ("Zhang.San", "zhang.san"),
        (" desk-1 ", "desk-1"),
        ("ＤＥＳＫ", "desk"),
        ("网格员01", "网格员01"),
    ],
)
def test_logins_have_one_stored_form(given_login: str, stored: str) -> None:
    assert rules.check_login(given_login) == stored


@pytest.mark.parametrize("login", ["", "a", "a b", "-desk", "_desk", "d" * 65, "a/b", "a\x00b"])
def test_logins_that_cannot_be_typed_reliably_are_refused(login: str) -> None:
    with pytest.raises(rules.LoginUnusable):
        rules.check_login(login)


def test_password_lengths() -> None:
    rules.check_password_length("12 digits on")
    with pytest.raises(rules.PasswordTooShort):
        rules.check_password_length("11 digits o")
    rules.check_password_length("x" * 128)
    with pytest.raises(rules.PasswordTooLong):
        rules.check_password_length("x" * 129)


def test_a_period_must_run_forward() -> None:
    rules.check_period(from_date=date(2026, 1, 1), until_date=None)
    rules.check_period(from_date=date(2026, 1, 1), until_date=date(2026, 1, 2))
    with pytest.raises(rules.PeriodBackwards):
        rules.check_period(from_date=date(2026, 1, 1), until_date=date(2026, 1, 1))


@given(st.text())
def test_any_text_has_a_digest_of_64_hex_digits(token: str) -> None:
    assert len(rules.digest_token(token)) == 64


def test_lone_surrogates_in_a_cookie_do_not_raise() -> None:
    assert len(rules.digest_token("\udcff")) == 64

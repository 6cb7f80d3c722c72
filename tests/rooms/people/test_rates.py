"""Doors open to everybody count tries."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.kernel.errors import TooMany
from anlan.people import actions
from anlan.people.actions import rates
from anlan.people.models import RateCount

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 8, 0, 10, tzinfo=UTC)


def count(*, key: str = "a", at: datetime = AT) -> None:
    actions.count_try(key=key, limit=3, window_seconds=60, at=at)


def test_the_try_past_the_limit_is_refused_until_the_window_ends() -> None:
    for _ in range(3):
        count()
    with pytest.raises(TooMany) as refused:
        count()
    assert refused.value.data == {"wait_seconds": 50}
    count(at=AT + timedelta(seconds=50))


def test_keys_do_not_disturb_each_other() -> None:
    for _ in range(3):
        count()
    count(key="b")
    assert RateCount.objects.count() == 2


def test_one_statement_a_try_and_no_address_in_the_table() -> None:
    with CaptureQueriesContext(connection) as captured:
        count(key="address:203.0.113.9")
    assert len(captured) == 1
    assert len(RateCount.objects.get().key) == 64  # a SHA-256, nothing of the address


def test_counts_are_forgotten_after_a_day() -> None:
    count()
    assert actions.forget_tries(at=AT + timedelta(hours=20)) == 0
    assert actions.forget_tries(at=AT + timedelta(hours=25)) == 1


def test_the_table_is_unlogged() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'people_ratecount'")
        assert cursor.fetchone() == ("u",)


def test_one_code_can_be_looked_at_from_many_addresses_only_so_often() -> None:
    limit, _ = rates.TRACKING_TRIES_PER_CODE
    for number in range(limit):
        actions.count_tracking_try(address=str(number), code="7KQF92MX4TAAAAA", at=AT)
    with pytest.raises(TooMany):
        actions.count_tracking_try(address="fresh", code="7KQF92MX4TBBBBB", at=AT)

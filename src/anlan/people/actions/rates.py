"""Counting tries at doors that are open to everybody, such as the tracking page.

Tries are counted in fixed windows of time, in one unlogged table: every web process of every
machine sees the same count, one statement each, and a crash forgets them, which is fine.
Keys are stored as SHA-256 and rows live a day at the most, so no address is kept.
Not in the ledger: nothing is decided here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.kernel.errors import TooMany
from anlan.people import queries, rules
from anlan.people.models import RateCount

TRACKING_TRIES_PER_ADDRESS = (60, 60)
TRACKING_TRIES_PER_CODE = (120, 3600)
"""Tries and window in seconds. A tracking code's secret has 2**25 values: 32 years of guessing."""

SIGN_IN_TRIES_PER_ADDRESS = (60, 300)
REPORTS_PER_ADDRESS = (60, 600)
MESSAGES_PER_CODE = (10, 3600)
LIKENESS_PER_ADDRESS = (120, 600)
LIKENESS_PER_ACCOUNT = (1200, 600)
PHOTOS_PER_ACCOUNT = (300, 600)
"""Generous: a whole office or a telephone network may share one address. An account is locked by
its own wrong passwords (`sign_in`)."""

CODE_PREFIX_LENGTH = 10
KEPT_FOR = timedelta(days=1)


@permits.inside
def count_try(*, key: str, limit: int, window_seconds: int, at: datetime) -> None:
    """Count one try under a key, and refuse it when the window's limit is used up.

    Raises TooMany with the seconds until the window ends.
    """
    seconds = int(at.timestamp())
    begun = seconds - seconds % window_seconds
    with connection.cursor() as cursor:
        cursor.execute(
            queries.COUNT_TRY,
            {"key": rules.digest_token(key), "window_at": datetime.fromtimestamp(begun, UTC)},
        )
        (tries,) = cursor.fetchone()
    if tries > limit:
        raise TooMany(wait_seconds=begun + window_seconds - seconds)


@permits.anybody
def count_tracking_try(*, address: str, code: str, at: datetime) -> None:
    """Count one look at a tracking code: by the sender's address and by the code looked at.

    code: as typed, normalised by the caller; the part that staff know too names the code.
    Raises TooMany.
    """
    limit, window_seconds = TRACKING_TRIES_PER_ADDRESS
    count_try(key=f"address:{address}", limit=limit, window_seconds=window_seconds, at=at)
    limit, window_seconds = TRACKING_TRIES_PER_CODE
    count_try(
        key=f"code:{code[:CODE_PREFIX_LENGTH]}",
        limit=limit,
        window_seconds=window_seconds,
        at=at,
    )


@permits.anybody
def count_sign_in_try(*, address: str, at: datetime) -> None:
    """Count one password sent from an address, right or wrong. Raises TooMany."""
    limit, window_seconds = SIGN_IN_TRIES_PER_ADDRESS
    count_try(key=f"sign-in:{address}", limit=limit, window_seconds=window_seconds, at=at)


@permits.anybody
def count_report(*, address: str, at: datetime) -> None:
    """Count one report, photos and all, sent from an address without an account. Raises TooMany."""
    limit, window_seconds = REPORTS_PER_ADDRESS
    count_try(key=f"report:{address}", limit=limit, window_seconds=window_seconds, at=at)


@permits.anybody
def count_message(*, code: str, at: datetime) -> None:
    """Count one message written by somebody who shows a tracking code. Raises TooMany."""
    limit, window_seconds = MESSAGES_PER_CODE
    count_try(
        key=f"message:{code[:CODE_PREFIX_LENGTH]}",
        limit=limit,
        window_seconds=window_seconds,
        at=at,
    )


@permits.anybody
def count_likeness(*, address: str, at: datetime) -> None:
    """Count one question whether a report is known already, from an address without an account. Raises TooMany."""
    limit, window_seconds = LIKENESS_PER_ADDRESS
    count_try(key=f"likeness:{address}", limit=limit, window_seconds=window_seconds, at=at)


@permits.anybody
def count_likeness_of(*, actor: Actor, at: datetime) -> None:
    """Count one such question of somebody with an account, who may ask for many people. Raises TooMany."""
    limit, window_seconds = LIKENESS_PER_ACCOUNT
    count_try(key=f"likeness-of:{actor.id}", limit=limit, window_seconds=window_seconds, at=at)


@permits.anybody
def count_photo(*, actor: Actor, at: datetime) -> None:
    """Count one photo sent by somebody with an account, before it is decoded. Raises TooMany."""
    limit, window_seconds = PHOTOS_PER_ACCOUNT
    count_try(key=f"photo:{actor.id}", limit=limit, window_seconds=window_seconds, at=at)


@permits.inside
def forget_tries(*, at: datetime) -> int:
    """Delete counts of windows that began more than a day ago, and give their number."""
    return RateCount.objects.filter(window_at__lt=at - KEPT_FOR).delete()[0]

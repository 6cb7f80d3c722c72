"""Rules of notices: channels, states, pauses between tries, the signature of a webhook.

A try that fails is repeated after 30 s, 2 min, 8 min, 32 min, 2 h 8 min and 8 h 32 min; the
seventh failure, or one that repeating cannot mend, gives the notice up. Delivery is at least
once: a worker that dies between sending and noting it leaves a notice that is sent again with
the same delivery id.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from anlan.kernel.errors import Invalid, NotFound
from anlan.kernel.events import Event

ATTEMPTS_ALLOWED = 7
FIRST_PAUSE = timedelta(seconds=30)
PAUSE_FACTOR = 4
# Longer than any delivery may take: a claim that outlives it belonged to a worker that died.
CLAIM_LASTS = timedelta(minutes=2)
TIMEOUT_SECONDS = 5
REPEATABLE_STATUSES = frozenset({408, 409, 429})
ERROR_MAX_CHARACTERS = 300
SIGNATURE_HEADER = "X-Anlan-Signature"
DELIVERY_HEADER = "X-Anlan-Delivery"
ATTEMPT_HEADER = "X-Anlan-Attempt"
SUBJECT_HEADER = "X-Anlan-Event"


class Channel(StrEnum):
    """How a notice travels."""

    IN_APP = "IN_APP"
    EMAIL = "EMAIL"
    CHAT = "CHAT"
    WEBHOOK = "WEBHOOK"


CHANNEL_LABELS: dict[Channel, dict[str, str]] = {
    Channel.IN_APP: {"zh": "站内消息", "en": "In the app"},
    Channel.EMAIL: {"zh": "电子邮件", "en": "E-mail"},
    Channel.CHAT: {"zh": "即时通讯", "en": "Chat"},
    Channel.WEBHOOK: {"zh": "系统回调", "en": "Webhook"},
}


class State(StrEnum):
    """How far a notice has come. FAILED is tried again, GIVEN_UP is not."""

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    GIVEN_UP = "GIVEN_UP"


STATE_LABELS: dict[State, dict[str, str]] = {
    State.PENDING: {"zh": "待发送", "en": "Waiting"},
    State.SENT: {"zh": "已送达", "en": "Sent"},
    State.FAILED: {"zh": "发送失败，将重试", "en": "Failed, will be tried again"},
    State.GIVEN_UP: {"zh": "已放弃", "en": "Given up"},
}

RECIPIENTS: dict[Channel, frozenset[str]] = {
    Channel.IN_APP: frozenset({"person_ids"}),
    Channel.EMAIL: frozenset({"person_ids", "address"}),
    Channel.CHAT: frozenset({"address"}),
    Channel.WEBHOOK: frozenset({"client_id"}),
}

WAITING_STATES = (State.PENDING, State.FAILED)
UNDELIVERED_STATES = (State.FAILED, State.GIVEN_UP)


class RecipientMissing(Invalid):
    """A notice by {channel} needs exactly one kind of recipient: {expected}."""


class PayloadBroken(Invalid):
    """A webhook carries JSON, and this is none: {problem}"""


class NoticeUnknown(NotFound):
    """There is no such notice, or it is not yours."""


@dataclass(frozen=True)
class NoticeQueued(Event):
    """Notices wait to be sent."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One try at one notice, with all an adapter needs: it never reads the database.

    target: e-mail address, Apprise address or URL; empty when there is none to be had, and then
    problem says why when that may be mended.
    secret: signs a webhook. Both are personal or secret: never log them.
    """

    notice_id: UUID
    attempt: int
    channel: Channel
    target: str
    secret: bytes
    subject: str
    body: str
    link: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a try. error is empty when it was delivered; is_final: repeating is no use."""

    error: str = ""
    is_final: bool = False


DELIVERED = Outcome()


def pause_after(attempts: int) -> timedelta:
    """Give how long to wait after the n-th failed try.

    >>> [str(pause_after(n)) for n in (1, 2, 6)]
    ['0:00:30', '0:02:00', '8:32:00']
    """
    factor: int = PAUSE_FACTOR ** (attempts - 1)
    return FIRST_PAUSE * factor


def next_state(*, outcome: Outcome, attempts: int, at: datetime) -> tuple[State, datetime | None]:
    """Decide a notice's state after a try, and when it is due again (None: never)."""
    if not outcome.error:
        return State.SENT, None
    if outcome.is_final or attempts >= ATTEMPTS_ALLOWED:
        return State.GIVEN_UP, None
    return State.FAILED, at + pause_after(attempts)


def is_final_status(status: int) -> bool:
    """Tell whether an HTTP status says that sending the same again is no use.

    >>> [is_final_status(status) for status in (404, 410, 429, 409, 408, 500, 302)]
    [True, True, False, False, False, False, False]
    """
    return 400 <= status < 500 and status not in REPEATABLE_STATUSES


def sign(*, secret: bytes, timestamp: int, body: bytes) -> str:
    """Sign a webhook: HMAC-SHA256 over "<unix seconds>.<body>", so that old ones cannot be replayed.

    A receiver refuses a timestamp that is some minutes off and compares in constant time.

    >>> sign(secret=b"key", timestamp=1, body=b"{}")[:12]
    't=1,v1=1ba6b'
    """
    digest = hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def one_line(text: str) -> str:
    """Fold white space, so that a subject cannot smuggle in a header.

    >>> one_line("lamp\\r\\nBcc: x")
    'lamp Bcc: x'
    """
    return " ".join(text.split())


def address_context(notice_id: UUID) -> bytes:
    """Name what a sealed address belongs to, so that it opens in that row only."""
    return f"notices.address:{notice_id}".encode()

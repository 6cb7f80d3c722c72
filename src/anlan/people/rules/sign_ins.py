"""Signing in step by step: what is shown, what is still to do, what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from anlan.kernel.actor import Actor, Role
from anlan.kernel.events import Event


class Step(StrEnum):
    """What somebody who has shown his password must still do before he is let in."""

    NONE = ""
    PASSWORD = "PASSWORD"  # noqa: S105 – a step, not a secret
    """Choose a password of his own: the one he has was given by somebody else."""
    FACTOR = "FACTOR"
    """Show his second factor."""
    ENROL = "ENROL"
    """Set up a second factor, which his role needs."""


class Means(StrEnum):
    """By what somebody has signed in."""

    PASSWORD = "PASSWORD"  # noqa: S105 – a means, not a secret
    TOTP = "TOTP"
    RECOVERY_CODE = "RECOVERY_CODE"
    PASSKEY = "PASSKEY"
    ORGANISATION = "ORGANISATION"
    ORGANISATION_STRONG = "ORGANISATION_STRONG"
    """Through an organisation that tells, in words the installation has named, of a second factor."""


class Change(StrEnum):
    """What has happened to somebody's means of signing in, for telling him."""

    PASSWORD_SET = "PASSWORD_SET"  # noqa: S105 – what happened, not a secret
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 – what happened, not a secret
    TOTP_ADDED = "TOTP_ADDED"
    TOTP_REMOVED = "TOTP_REMOVED"
    CODES_MADE = "CODES_MADE"
    CODE_USED = "CODE_USED"
    PASSKEY_ADDED = "PASSKEY_ADDED"
    PASSKEY_REMOVED = "PASSKEY_REMOVED"
    PASSKEY_COPIED = "PASSKEY_COPIED"
    RECOVERED = "RECOVERED"
    ORGANISATION_LINKED = "ORGANISATION_LINKED"
    ORGANISATION_UNLINKED = "ORGANISATION_UNLINKED"


STRONG_MEANS = frozenset(
    {Means.TOTP, Means.RECOVERY_CODE, Means.PASSKEY, Means.ORGANISATION_STRONG}
)
"""Means that show more than a password."""


@dataclass(frozen=True)
class CredentialChanged(Event):
    """Somebody's means of signing in have changed; he is told."""

    person_id: str
    change: str
    """One of Change."""
    mark: str
    """Names this one change, so that it is told once."""


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A fresh sign-in. token goes into the cookie and is nowhere else.

    step: what must be done before it opens any door; until then the actor has no seats.
    """

    actor: Actor
    token: str
    expires_at: datetime
    step: Step = Step.NONE


@dataclass(frozen=True, kw_only=True)
class NewTotp:
    """A fresh authenticator app: its secret for typing, and as an address for a QR code."""

    secret: str
    uri: str


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """Somebody who begins anew. password is shown once and kept nowhere open."""

    login: str
    name: str
    password: str


@dataclass(frozen=True, kw_only=True)
class OwnDuty:
    """A duty that holds now, for choosing among one's own."""

    duty_id: int
    role: Role
    place_path: str
    department: str


@dataclass(frozen=True, kw_only=True)
class Halfway:
    """A sign-in that opens nothing yet but the page of its step."""

    sign_in_id: UUID
    person_id: UUID
    login: str
    name: str
    locale: str
    step: Step
    has_totp: bool = False
    has_passkey: bool = False


@dataclass(frozen=True, kw_only=True)
class OpenSignIn:
    """One browser in which somebody is signed in, for his own eyes."""

    sign_in_id: UUID
    device: str
    means: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True, kw_only=True)
class LiveSignIn:
    """A sign-in that still holds. is_stale: its last-seen time is due for an update.

    is_proved: its holder has shown who he is so recently that he may change accounts and rules.
    """

    sign_in_id: UUID
    actor: Actor
    login: str
    locale: str
    expires_at: datetime
    is_stale: bool
    is_proved: bool
    duties: tuple[OwnDuty, ...] = ()
    duty_id: int | None = None
    """The duty its holder works in just now; None: in all."""


_SYSTEMS = (("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


_BROWSERS = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"),
             ("QQBrowser", "QQ Browser"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip


def device_of(user_agent: str) -> str:
    """Say what kind of browser this is; no more of what it tells about itself is kept.

    >>> device_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36")
    'Chrome · Windows'
    >>> device_of("curl/8")
    ''
    """
    found = [
        next((name for mark, name in known if mark in user_agent), "")
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found))

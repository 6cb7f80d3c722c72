"""Rules of accounts: names, lock-out, life of a sign-in, tokens.

Tokens are 256 random bits, shown once; only their SHA-256 is stored. A plain hash is
enough here (unlike for passwords): nobody can run through 2**256 guesses.

Lock-out counts attempts *before* the password is looked at, so that a storm of parallel
guesses cannot get more than ATTEMPTS_ALLOWED looks; a right password sets it back to nought.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from anlan.kernel.actor import Actor, Role
from anlan.kernel.errors import AnlanError, Conflict, Invalid, NotFound

ATTEMPTS_ALLOWED = 5
LOCK_MINUTES = 15
IDLE_LIMIT = timedelta(hours=12)
SIGN_IN_LIMIT = timedelta(days=7)
TOUCH_EVERY = timedelta(minutes=5)
TOKEN_BYTES = 32
CLIENT_MEMORY_SECONDS = 2.0
CLIENTS_REMEMBERED = 1000
INITIAL_PASSWORD_LIMIT = timedelta(days=7)
HALFWAY_LIMIT = timedelta(minutes=20)
ERASED_LOGIN = "erased-"
ERASED_NAME = "(已删除 erased)"
LOCALES = ("zh-hans", "en")

LOGIN_PATTERN = re.compile(r"\w[\w.@+-]{1,63}")


class SignInFailed(AnlanError):
    """The login or the password is wrong, or the account is locked for a while."""

    status = 401


class LoginTaken(Conflict):
    """The login {login} is already in use."""


class LoginUnusable(Invalid):
    """A login has 2 to 64 letters, digits or any of . @ + - _ and starts with a letter or digit."""


class PresentPasswordWrong(Invalid):
    """The present password is wrong, or was tried wrongly too often; wait a while, then try again."""


class NotYourAccount(Invalid):
    """Only a person changes his own means of signing in."""


class NameMissing(Invalid):
    """A name is needed."""


class LocaleUnknown(Invalid):
    """The language {locale} is not offered; choose zh-hans or en."""


class EmailUnusable(Invalid):
    """{email} is not an e-mail address."""


class PersonUnknown(NotFound):
    """There is no account {login}."""


class AccountOpen(Conflict):
    """The account {login} is still open. Close it first; then who it belonged to can be erased."""


class DepartmentUnknown(NotFound):
    """There is no department {department} in this jurisdiction."""


class DutyUnknown(NotFound):
    """There is no duty {duty_id}."""


class SignInUnknown(NotFound):
    """There is no such sign-in any more, or it is not yours."""


class ClientUnknown(NotFound):
    """There is no machine account {client_id}."""


class RoleLentOnly(Invalid):
    """Emergency access is no duty: it is asked for with a reason and confirmed by a second person."""


class PeriodBackwards(Invalid):
    """The end must come after the start."""


class CallbackUnusable(Invalid):
    """A callback address starts with https:// or http:// and names a host."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What one try at a password does to the account's counter."""

    is_allowed: bool
    failed_count: int
    locked_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class NewClient:
    """A fresh machine account. token and callback_secret are shown once and kept nowhere open."""

    client_id: UUID
    token: str
    callback_secret: str


@dataclass(frozen=True, kw_only=True)
class LiveClient:
    """A machine account that still holds. channel is the intake channel it speaks for."""

    client_id: UUID
    actor: Actor
    channel: str
    has_callback: bool


@dataclass(frozen=True, kw_only=True)
class DutyHolder:
    """Somebody who stands a duty. is_on_shift is False for a standing duty without calendar."""

    duty_id: int
    person_id: UUID
    name: str
    role: Role
    place_id: int
    place_path: str
    department: str
    is_on_shift: bool


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Where a person can be written to. Personal data: never log, never put in the ledger."""

    person_id: UUID
    name: str
    email: str
    locale: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class Callback:
    """Where a partner system wants to hear progress, and the secret that signs it."""

    client_id: UUID
    url: str
    secret: bytes
    is_active: bool


def digest_token(token: str) -> str:
    """Give the form in which a token is stored and looked up: SHA-256 as 64 hex digits.

    >>> digest_token("a")[:8]
    'ca978112'
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_callback_url(url: str) -> bool:
    """Tell whether a callback address names a scheme we speak and a host.

    >>> is_callback_url("https://110.example/progress"), is_callback_url("ftp://x"), is_callback_url("https://")
    (True, False, False)
    >>> is_callback_url("http://x:99999/"), is_callback_url("http://a b/")
    (False, False)
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        # Reading the port refuses one past 65535; the codec refuses a name that none can look up
        is_whole = parts.port != 0 and bool(host.encode("idna"))
    except ValueError:
        return False
    # urlsplit drops line breaks and tabs silently: what is kept must be what was judged
    return parts.scheme in {"http", "https"} and is_whole and url.isprintable() and " " not in url


def normal_login(login: str) -> str:
    """Bring a login to the one form in which it is stored.

    >>> normal_login(" Zhang.San ")
    'zhang.san'
    """
    return unicodedata.normalize("NFKC", login).strip().casefold()


def erased_login(person_id: UUID) -> str:
    """Give the login of an account whose person has been erased: nobody can sign in with it."""
    return f"{ERASED_LOGIN}{person_id.hex}"


def check_login(login: str) -> str:
    """Refuse a login that cannot be typed reliably, and return its stored form.

    Raises LoginUnusable.
    """
    normal = normal_login(login)
    if not LOGIN_PATTERN.fullmatch(normal) or normal.startswith("_"):
        raise LoginUnusable()
    return normal


def check_locale(locale: str) -> None:
    """Refuse a language the product does not speak. Raises LocaleUnknown."""
    if locale not in LOCALES:
        raise LocaleUnknown(locale=locale)


def check_period(*, from_date: date, until_date: date | None) -> None:
    """Refuse a period that ends before it begins. until_date is exclusive.

    Raises PeriodBackwards.
    """
    if until_date is not None and until_date <= from_date:
        raise PeriodBackwards()


def count_attempt(*, failed_count: int, locked_until: datetime | None, at: datetime) -> Attempt:
    """Count one try before its password is looked at, and say whether it may be looked at.

    The try that uses up the last chance locks the account; a right password unlocks it again.
    Tries during a lock neither count nor prolong it.
    """
    if locked_until is not None and at < locked_until:
        return Attempt(is_allowed=False, failed_count=failed_count, locked_until=locked_until)
    failed_now = 1 if locked_until is not None else failed_count + 1
    is_last = failed_now >= ATTEMPTS_ALLOWED
    return Attempt(
        is_allowed=True,
        failed_count=failed_now,
        locked_until=at + timedelta(minutes=LOCK_MINUTES) if is_last else None,
    )


def email_context(person_id: UUID) -> bytes:
    """Name what a sealed e-mail address belongs to, so that it opens in that row only."""
    return f"people.email:{person_id}".encode()


def callback_context(client_id: UUID) -> bytes:
    """Name what a sealed callback secret belongs to, so that it opens in that row only."""
    return f"people.callback:{client_id}".encode()

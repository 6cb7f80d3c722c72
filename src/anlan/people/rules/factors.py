"""Second factors: codes that change with the time, recovery codes, who must have one, how fresh a proof is.

A code is TOTP (RFC 6238: SHA-1, six digits, 30 seconds), as every authenticator app reads it; one
interval before and one after are taken, for clocks that differ. Each interval serves once: what was
shown is worth nothing to whoever looked over a shoulder. Recovery codes have 80 random bits and are
stored as a salted digest; each serves once.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from anlan.kernel.actor import Role
from anlan.kernel.errors import AnlanError, Conflict, Invalid, NotFound, TooMany

TOTP_SECONDS = 30
TOTP_DIGITS = 6
TOTP_SECRET_BYTES = 20
TOTP_INTERVALS_AROUND = 1
RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 10
PROOF_LASTS = timedelta(minutes=30)
ISSUER = "Anlan"

FACTOR_ROLES = frozenset({Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL})
"""Roles that administrate: they write routing rules, confirm emergency access, recover accounts, or see
a whole county. Nobody holds them with a password alone, except the demo's people."""


class CodeWrong(AnlanError):
    """The code is wrong, was used already, or was tried wrongly too often. Wait for the next one; after five wrong ones the account is locked for a while."""

    status = 401


class FactorMissing(NotFound):
    """There is no such means of signing in, or it has been removed."""


class FactorThere(Conflict):
    """An authenticator app is set up already. Remove it first."""


class LastFactor(Conflict):
    """Your role needs a second factor, and this is the last one. Add another first."""


class CodeExpected(Invalid):
    """Type the six digits that the authenticator app shows."""


class ProofNeeded(TooMany):
    """Show once more that it is you."""

    status = 403


def make_totp_secret() -> bytes:
    """Draw the secret that an authenticator app and we share."""
    return secrets.token_bytes(TOTP_SECRET_BYTES)


def spell_secret(secret: bytes) -> str:
    """Write a secret as somebody types it into an app.

    >>> spell_secret(bytes(10))
    'AAAA AAAA AAAA AAAA'
    """
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(re.findall(".{1,4}", text))


def read_code(typed: str) -> str:
    """Read six digits as typed, blanks among them. Raises CodeExpected.

    >>> read_code(" 123 456 ")
    '123456'
    """
    code = re.sub(r"\s", "", typed)
    if len(code) != TOTP_DIGITS or not (code.isascii() and code.isdigit()):
        raise CodeExpected()
    return code


def intervals_around(at: datetime) -> range:
    """Give the numbers of the intervals whose codes are taken at an instant."""
    now = int(at.timestamp()) // TOTP_SECONDS
    return range(now - TOTP_INTERVALS_AROUND, now + TOTP_INTERVALS_AROUND + 1)


def make_recovery_code() -> str:
    """Draw a recovery code: 80 random bits, four by four letters and digits."""
    text = base64.b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode()
    return "-".join(re.findall(".{4}", text))


def digest_recovery_code(code: str, *, row_id: UUID) -> str:
    """Give the form in which a recovery code is stored; the row's own id is its salt.

    >>> some = UUID(int=7)
    >>> digest_recovery_code("abcd efgh ijkl mnop", row_id=some) == digest_recovery_code("ABCD-EFGH-IJKL-MNOP", row_id=some)
    True
    """
    plain = re.sub(r"[\W_]", "", code).upper()
    return hashlib.sha256(row_id.bytes + plain.encode("utf-8", "surrogatepass")).hexdigest()


def must_have_factor(roles: Iterable[str], *, is_demo: bool) -> bool:
    """Tell whether somebody with these roles needs a second factor.

    >>> must_have_factor(["GRID_WORKER"], is_demo=False), must_have_factor(["PRINCIPAL"], is_demo=False)
    (False, True)
    """
    return not is_demo and any(role in FACTOR_ROLES for role in roles)


def is_fresh(proved_at: datetime | None, *, at: datetime) -> bool:
    """Tell whether somebody has shown who he is recently enough for what changes his account or others'."""
    return proved_at is not None and at - proved_at < PROOF_LASTS


def totp_context(person_id: UUID) -> bytes:
    """Name what a sealed secret belongs to, so that it opens in that row only."""
    return f"people.totp:{person_id}".encode()

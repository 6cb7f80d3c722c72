"""Passkeys: what is asked of a browser and how long an answer may take.

A passkey signs in alone: it is a thing one has, opened by something one is or knows, so user
verification is required. The origin and the relying party come from the public address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from anlan.kernel.errors import AnlanError, Invalid

CHALLENGE_LASTS = timedelta(minutes=5)
CHALLENGE_BYTES = 32
PASSKEYS_ALLOWED = 20
PASSKEY_NAME_CHARACTERS = 60
PASSKEY_ANSWER_CHARACTERS = 20_000
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


class Purpose(StrEnum):
    """What a challenge was made for; it serves for nothing else."""

    REGISTER = "REGISTER"
    SIGN_IN = "SIGN_IN"
    PROVE = "PROVE"
    ORGANISATION_SIGN_IN = "ORGANISATION_SIGN_IN"
    ORGANISATION_LINK = "ORGANISATION_LINK"
    ORGANISATION_OFFER = "ORGANISATION_OFFER"


class PasskeyRefused(AnlanError):
    """The passkey was not accepted: the answer came too late, was used already, or is not for this address. Try again."""

    status = 401


class PasskeyThere(Invalid):
    """This passkey is registered already."""


class TooManyPasskeys(Invalid):
    """An account has at most {limit} passkeys. Remove one first."""


@dataclass(frozen=True, kw_only=True)
class Ceremony:
    """What a browser is asked to sign; options: JSON for navigator.credentials."""

    challenge_id: UUID
    options: str


def relying_party(public_url: str) -> tuple[str, str]:
    """Give the relying party and the origin of the public address.

    Browsers know no passkeys for numbers: this machine is called localhost.

    >>> relying_party("https://anlan.example.cn/x"), relying_party("http://127.0.0.1:8000")
    (('anlan.example.cn', 'https://anlan.example.cn'), ('localhost', 'http://localhost:8000'))
    """
    parts = urlsplit(public_url)
    host = parts.hostname or "localhost"
    if host in _THIS_MACHINE:
        port = f":{parts.port}" if parts.port else ""
        return "localhost", f"{parts.scheme or 'http'}://localhost{port}"
    return host, f"{parts.scheme}://{parts.netloc}"


def name_passkey(name: str, *, device: str) -> str:
    """Give the name to keep for a passkey: what was typed, or the device it was made on."""
    return " ".join(name.split())[:PASSKEY_NAME_CHARACTERS] or device

"""What is spoken of when somebody signs in through an organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from anlan.kernel.reach import Networks


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """One provider of sign-ins, as configured."""

    code: str
    name: Mapping[str, str]
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    secret_in_body: bool = False
    scopes: tuple[str, ...] = ("openid", "email")
    email_domains: tuple[str, ...] = ()
    login_claim: str = ""
    """A claim that holds an account's login here; empty: accounts are linked one by one."""
    strong_acr: frozenset[str] = frozenset()
    strong_amr: frozenset[str] = frozenset()
    hours: int = 12
    """How long a sign-in through it lasts at the most."""
    networks: Networks = ()


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What an organisation publishes about itself."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What an ID token says and is believed."""

    subject: str
    email: str
    shown: str
    """How the organisation calls its account, for its holder to recognise."""
    is_strong: bool
    """It says, by words that the installation has named, that more than a password was shown."""
    login: str


@dataclass(frozen=True, kw_only=True)
class Begun:
    """Where a browser is sent, and what it has to bring back."""

    url: str
    state: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A link that its holder has still to confirm."""

    offer_id: UUID
    organisation: Organisation
    shown: str


def show(organisation: Organisation) -> str:
    """Name an organisation in an error, in both languages where they differ."""
    zh, en = organisation.name["zh"], organisation.name["en"]
    return zh if zh == en else f"{zh} {en}"

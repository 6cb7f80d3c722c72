"""What is believed of an ID token: OpenID Connect Core 1.0 §3.1.3.7, check by check."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from anlan.people.rules.organisations.errors import (
    EmailElsewhere,
    KeyUnknown,
    TokenWrong,
)
from anlan.people.rules.organisations.limits import REQUEST_LASTS, SUBJECT_CHARACTERS
from anlan.people.rules.organisations.words import (
    Claims,
    Organisation,
    show,
)

ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
"""Signatures with a key pair; never `none`, never a shared secret."""

CLOCK_SKEW = timedelta(seconds=60)
RSA_BITS = 2048
_FAMILY = {"R": "RSA", "P": "RSA", "E": "EC"}


def read_token(
    token: str,
    *,
    keys: Sequence[Mapping[str, Any]],
    organisation: Organisation,
    nonce: str,
    at: datetime,
) -> Claims:
    """Check an ID token and give what it says. Raises KeyUnknown, TokenWrong, EmailElsewhere."""

    import jwt  # with the first sign-in through an organisation only

    def wrong(why: str) -> TokenWrong:
        return TokenWrong(organisation=show(organisation), why=why)

    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise wrong("algorithm")
        key = _choose_key(keys, header.get("kid"), algorithm)
        said = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            # Times, issuer and audience are judged below, by the instant that is passed in.
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False,
                     "verify_aud": False, "verify_iss": False, "verify_sub": False,
                     "verify_jti": False},
        )  # fmt: skip
    except jwt.InvalidSignatureError as bad:
        raise wrong("signature") from bad
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as bad:
        raise wrong("form") from bad
    if why := _why_not(said, organisation, nonce, at):
        raise wrong(why)
    email = _check_email(said, organisation)
    login = said.get(organisation.login_claim) if organisation.login_claim else ""
    acr, amr = said.get("acr"), said.get("amr")
    names = (said.get(name) for name in ("email", "preferred_username", "name", "sub"))
    return Claims(
        subject=said["sub"],
        email=email,
        shown=next(name for name in names if isinstance(name, str) and name)[:100],
        is_strong=(isinstance(acr, str) and acr in organisation.strong_acr)
        or (isinstance(amr, list) and any(
            isinstance(each, str) and each in organisation.strong_amr for each in amr)),
        login=login if isinstance(login, str) else "",
    )  # fmt: skip


def _choose_key(keys: Sequence[Mapping[str, Any]], kid: Any, algorithm: str) -> Any:
    import jwt

    family = _FAMILY.get(algorithm[0]) if algorithm != "EdDSA" else "OKP"
    fitting = [
        key
        for key in keys
        if key.get("kty") == family and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]  # fmt: skip
    if len(fitting) != 1:  # without a name it must be the only one
        raise KeyUnknown
    key = jwt.PyJWK(dict(fitting[0]), algorithm=algorithm).key
    if getattr(key, "key_size", RSA_BITS) < RSA_BITS and family == "RSA":
        raise ValueError("the key is too short")
    return key


def _why_not(said: Mapping[str, Any], organisation: Organisation, nonce: str, at: datetime) -> str:
    """Say what is wrong about a token that was signed well; nothing for a good one."""
    if said.get("iss") != organisation.issuer:
        return "issuer"
    audience = said.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if organisation.client_id not in audiences:
        return "audience"
    if said.get("azp", organisation.client_id) != organisation.client_id or (
        len(audiences) > 1 and "azp" not in said
    ):
        return "audience"
    if not isinstance(said.get("nonce"), str) or not hmac.compare_digest(
        said["nonce"].encode(), nonce.encode()
    ):
        return "nonce"
    expires, issued, begins = (_instant(said.get(name)) for name in ("exp", "iat", "nbf"))
    if expires is None or expires + CLOCK_SKEW <= at:
        return "expired"
    if issued is None or issued - CLOCK_SKEW > at or issued + REQUEST_LASTS + CLOCK_SKEW < at:
        return "time"
    if "nbf" in said and (begins is None or begins - CLOCK_SKEW > at):
        return "time"
    subject = said.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_CHARACTERS:
        return "subject"
    return "" if subject.isprintable() else "subject"


def _instant(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _check_email(said: Mapping[str, Any], organisation: Organisation) -> str:
    email = said.get("email")
    if not organisation.email_domains:
        return email if isinstance(email, str) else ""
    domain = email.rpartition("@")[2].casefold() if isinstance(email, str) else ""
    if said.get("email_verified") is not True or domain not in organisation.email_domains:
        domains = ", ".join(organisation.email_domains)
        raise EmailElsewhere(organisation=show(organisation), domains=domains)
    assert isinstance(email, str)
    return email

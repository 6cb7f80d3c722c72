"""Asking an organisation, and reading what it answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

from anlan.kernel.reading import read_json
from anlan.people.rules.organisations.errors import (
    OrganisationAway,
    OrganisationDenied,
    TokenWrong,
)
from anlan.people.rules.organisations.reading import is_own_address
from anlan.people.rules.organisations.words import (
    Metadata,
    Organisation,
    show,
)

TOKEN_CHARACTERS = 20_000
KEYS_READ = 50
WELL_KNOWN = "/.well-known/openid-configuration"
_DENIALS = frozenset({"access_denied", "login_required", "interaction_required", "consent_required",
                      "temporarily_unavailable", "server_error", "invalid_scope"})  # fmt: skip


def read_metadata(body: bytes, organisation: Organisation) -> Metadata:
    """Read what an organisation publishes about itself. Raises OrganisationAway."""
    found = _object(body, organisation)
    if found.get("issuer") != organisation.issuer:
        raise OrganisationAway(organisation=show(organisation))
    addresses = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_own_address(_unquery(found.get(name)), organisation.networks):
            raise OrganisationAway(organisation=show(organisation))
        addresses[name] = found[name]
    end = found.get("end_session_endpoint")
    if is_own_address(_unquery(end), organisation.networks):
        addresses["end_session_endpoint"] = end
    return Metadata(**addresses)


def _unquery(address: Any) -> Any:
    return address.partition("?")[0] if isinstance(address, str) else address


def read_keys(body: bytes, organisation: Organisation) -> list[dict[str, Any]]:
    """Read the keys an organisation signs with; those for something else are left out. Raises OrganisationAway."""
    keys = _object(body, organisation).get("keys")
    if not isinstance(keys, list):
        raise OrganisationAway(organisation=show(organisation))
    return [
        key
        for key in keys[:KEYS_READ]
        if isinstance(key, dict)
        and key.get("kty") in ("RSA", "EC", "OKP")
        and key.get("use", "sig") == "sig"
    ]


def read_answer(status: int, body: bytes, organisation: Organisation) -> str:
    """Read the ID token out of the answer to a code. Raises OrganisationDenied, OrganisationAway, TokenWrong."""
    found = _object(body, organisation)
    if status in (400, 401):
        why = found.get("error")
        raise OrganisationDenied(
            organisation=show(organisation),
            why=why if why in ("invalid_grant", "invalid_client") else "refused",
        )
    if status != 200:
        raise OrganisationAway(organisation=show(organisation))
    token = found.get("id_token")
    if not isinstance(token, str) or len(token) > TOKEN_CHARACTERS:
        raise TokenWrong(organisation=show(organisation), why="no ID token")
    return token


def _object(body: bytes, organisation: Organisation) -> dict[str, Any]:
    try:
        found = read_json(body)
    except ValueError as wrong:
        raise OrganisationAway(organisation=show(organisation)) from wrong
    if not isinstance(found, dict):
        raise OrganisationAway(organisation=show(organisation))
    return found


def show_denial(error: str) -> str:
    """Give the word by which an organisation refused, if it is one that the standards know.

    >>> show_denial("access_denied"), show_denial("<b>")
    ('access_denied', 'refused')
    """
    return error if error in _DENIALS else "refused"


def make_request(
    metadata: Metadata,
    organisation: Organisation,
    *,
    back: str,
    state: str,
    secret: bytes,
) -> str:
    """Give the address at which an organisation is asked to sign somebody in."""
    challenge = hashlib.sha256(derive(secret, "verifier").encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": organisation.client_id,
        "redirect_uri": back,
        "scope": " ".join(organisation.scopes),
        "state": state,
        "nonce": derive(secret, "nonce"),
        "code_challenge": _spell(challenge),
        "code_challenge_method": "S256",
    }
    if organisation.strong_acr:
        asked["acr_values"] = " ".join(sorted(organisation.strong_acr))
    joint = "&" if "?" in metadata.authorization_endpoint else "?"
    return f"{metadata.authorization_endpoint}{joint}{urlencode(asked)}"


def derive(secret: bytes, purpose: str) -> str:
    """Derive one of the values of a request from its secret: state, nonce, verifier.

    >>> derive(b"1", "nonce") != derive(b"1", "verifier") != derive(b"2", "verifier")
    True
    """
    return _spell(hmac.digest(secret, purpose.encode(), "sha256"))


def _spell(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def make_exit(metadata: Metadata, organisation: Organisation, *, back: str) -> str:
    """Give the address at which somebody signs out of the organisation, too; empty where it has none.

    Source: OpenID Connect RP-Initiated Logout 1.0 §2.
    """
    end = metadata.end_session_endpoint
    if not end:
        return ""
    asked = {"client_id": organisation.client_id, "post_logout_redirect_uri": back}
    return f"{end}{'&' if '?' in end else '?'}{urlencode(asked)}"

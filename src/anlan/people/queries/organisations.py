"""Reads of organisations that sign people in: those configured, what they publish, who is linked to them.

`connect` is called once at start. What an organisation publishes is kept by this process for an hour; a
token by a key not yet known has the keys fetched anew, at most twice a minute: keys rotate without a
restart, and nobody can make this server ask in a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from anlan.people import rules
from anlan.people.models import OrganisationLink, SignIn

Ask = Callable[[rules.Organisation, str, Mapping[str, str] | None], tuple[int, bytes]]

_organisations: dict[str, rules.Organisation] = {}
_ask: Ask | None = None
_metadata: dict[str, tuple[rules.Metadata, datetime]] = {}
_keys: dict[str, tuple[list[dict[str, Any]], datetime]] = {}


def connect_organisations(organisations: Sequence[rules.Organisation], *, ask: Ask) -> None:
    """Say who signs people in, and by what they are asked."""
    global _ask
    _organisations.clear()
    _organisations.update((each.code, each) for each in organisations)
    _metadata.clear()
    _keys.clear()
    _ask = ask


def list_organisations() -> list[rules.Organisation]:
    """List the organisations that sign people in, as configured."""
    return list(_organisations.values())


def get_organisation(code: str) -> rules.Organisation:
    """Give one of them. Raises OrganisationUnknown."""
    try:
        return _organisations[code]
    except KeyError:
        raise rules.OrganisationUnknown() from None


def ask_organisation(
    organisation: rules.Organisation, url: str, form: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """Get an address of an organisation, or post a form to it. Raises OrganisationAway."""
    assert _ask is not None, "connect_organisations was not called at start"
    return _ask(organisation, url, form)


def get_metadata(organisation: rules.Organisation, *, at: datetime) -> rules.Metadata:
    """Give what an organisation publishes about itself, at most an hour old. Raises OrganisationAway."""
    known = _metadata.get(organisation.code)
    if known is None or at - known[1] >= rules.KNOWN_FOR:
        url = organisation.issuer.rstrip("/") + rules.WELL_KNOWN
        known = rules.read_metadata(_get(organisation, url), organisation), at
        _metadata[organisation.code] = known
    return known[0]


def get_keys(
    organisation: rules.Organisation, *, at: datetime, anew: bool = False
) -> list[dict[str, Any]]:
    """Give the keys an organisation signs with; `anew`: not those at hand, unless just fetched.

    Raises OrganisationAway.
    """
    known = _keys.get(organisation.code)
    limit = rules.KEYS_AGAIN_AFTER if anew else rules.KNOWN_FOR
    if known is None or at - known[1] >= limit:
        url = get_metadata(organisation, at=at).jwks_uri
        known = rules.read_keys(_get(organisation, url), organisation), at
        _keys[organisation.code] = known
    return known[0]


def _get(organisation: rules.Organisation, url: str) -> bytes:
    status, body = ask_organisation(organisation, url)
    if status != 200:
        raise rules.OrganisationAway(organisation=rules.show(organisation))
    return body


def list_links(person_id: UUID) -> list[OrganisationLink]:
    """List the accounts of organisations that somebody's account is linked to."""
    return list(OrganisationLink.objects.filter(person_id=person_id).order_by("created_at", "id"))


def find_way_out(*, token: str, back: str, at: datetime) -> tuple[rules.Organisation, str] | None:
    """Find where the organisation that a sign-in came through signs out; None without one, or while it is away."""
    row = SignIn.objects.filter(token_digest=rules.digest_token(token)).first()
    if row is None or row.organisation not in _organisations:
        return None
    return find_exit(row.organisation, back=back, at=at)


def find_exit(code: str, *, back: str, at: datetime) -> tuple[rules.Organisation, str] | None:
    """Find where an organisation signs out; None for one that is not known, has no such page, or is away."""
    organisation = _organisations.get(code)
    if organisation is None:
        return None
    try:
        metadata = get_metadata(organisation, at=at)
    except rules.OrganisationAway:
        return None
    url = rules.make_exit(metadata, organisation, back=back)
    return (organisation, url) if url else None

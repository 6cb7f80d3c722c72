"""Reading which organisations sign people in, from a file of the operator's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from anlan.kernel.reach import Networks
from anlan.kernel.reading import YamlUnreadable, read_yaml
from anlan.people.rules.organisations.errors import (
    OrganisationsUnreadable,
)
from anlan.people.rules.organisations.words import (
    Organisation,
)

_CODE = re.compile(r"[a-z0-9-]{1,30}")


def read_organisations(text: str, *, file: str) -> list[tuple[Organisation, str]]:
    """Read the organisations of a file; give each with the path of its secret. Raises OrganisationsUnreadable."""
    try:
        read = read_yaml(text)
    except YamlUnreadable as wrong:
        raise OrganisationsUnreadable(file=file, problem=str(wrong)) from wrong
    rows = read.get("organisations") if isinstance(read, dict) else None
    if not isinstance(rows, list):
        raise OrganisationsUnreadable(file=file, problem="it has no list “organisations”")
    found: list[tuple[Organisation, str]] = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(_read_one(row))
        except (TypeError, ValueError, KeyError, AttributeError) as wrong:
            problem = f"organisation {number}: {wrong}"
            raise OrganisationsUnreadable(file=file, problem=problem) from wrong
    for what in ("code", "issuer"):
        if len({getattr(each, what) for each, _ in found}) < len(found):
            raise OrganisationsUnreadable(file=file, problem=f"two organisations share a {what}")
    return found


_FIELDS = frozenset({
    "code", "name", "issuer", "client_id", "client_secret_file", "secret_in_body", "scopes",
    "email_domains", "login_claim", "strong_acr", "strong_amr", "hours", "networks",
})  # fmt: skip


def _read_one(row: Any) -> tuple[Organisation, str]:
    if not isinstance(row, dict):
        raise TypeError("it is no table of fields")
    if unknown := set(map(str, row)) - _FIELDS:
        raise ValueError(f"unknown field {min(unknown)}")
    code, name = row["code"], row["name"]
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ValueError("code: small letters, digits and dashes, at most 30")
    if not isinstance(name, dict) or not all(isinstance(name.get(k), str) for k in ("zh", "en")):
        raise ValueError("name: zh and en are needed")
    networks = tuple(ip_network(each) for each in _words(row, "networks"))
    if not is_own_address(row.get("issuer"), networks):
        raise ValueError("issuer: an https address without query or fragment")
    if not row.get("client_id") or not isinstance(row["client_id"], str):
        raise ValueError("client_id is missing")
    hours = row.get("hours", 12)
    if not isinstance(hours, int) or isinstance(hours, bool) or not 1 <= hours <= 168:
        raise ValueError("hours: between 1 and 168")
    scopes = _words(row, "scopes") or ("openid", "email")
    if "openid" not in scopes:
        raise ValueError("scopes: openid must be among them")
    return Organisation(
        code=code,
        name=name,
        issuer=str(row["issuer"]),
        client_id=row["client_id"],
        secret_in_body=row.get("secret_in_body") is True,
        scopes=scopes,
        email_domains=tuple(each.casefold().lstrip("@") for each in _words(row, "email_domains")),
        login_claim=_text(row, "login_claim"),
        strong_acr=frozenset(_words(row, "strong_acr")),
        strong_amr=frozenset(_words(row, "strong_amr")),
        hours=hours,
        networks=networks,
    ), _text(row, "client_secret_file")


def _words(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = row.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError(f"{name}: a list of texts")
    return tuple(found)


def _text(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name) or ""
    if not isinstance(found, str):
        raise ValueError(f"{name}: a text")
    return found


def is_own_address(address: Any, networks: Networks) -> bool:
    """Tell whether an address is https without query; http only to this machine, where its network is allowed."""
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 – raises for a port that is none
    except ValueError:
        return False
    if not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
        return False
    is_here = parts.hostname == "127.0.0.1" and any(n.is_loopback for n in networks)
    return parts.scheme == "https" or (parts.scheme == "http" and is_here)

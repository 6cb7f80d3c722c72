"""Asking an organisation's sign-in server: what it publishes, its keys, who stands behind a code.

Only addresses that are public, or in networks the organisation was configured with, are reached; a
name is looked up once and the checked address is connected to; redirects are not followed, no proxy of
the environment is used, and neither a slow nor an endless answer holds a sign-in up.
"""

from __future__ import annotations

import base64
import functools
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from anlan.kernel.reach import may_reach
from anlan.people import rules

WITHIN_SECONDS = 8.0
BYTES_READ = 300_000


def ask(
    organisation: rules.Organisation, url: str, form: Mapping[str, str] | None
) -> tuple[int, bytes]:
    """Get an address, or post a form to it as this client; give status and body. Raises OrganisationAway."""
    import httpx

    headers = {"Accept": "application/json", "User-Agent": "anlan"}
    sent: dict[str, Any] = {}
    if form is not None:
        sent["data"] = _as_client(organisation, form, headers)
    until = time.monotonic() + WITHIN_SECONDS
    try:
        target = httpx.URL(url)
        host = target.raw_host.decode("ascii").strip("[]")
        port = target.port or (443 if target.scheme == "https" else 80)
        address = _resolve(host, port, organisation)
        with (
            httpx.Client(timeout=WITHIN_SECONDS / 2, verify=_trusted(), trust_env=False) as client,
            client.stream(
                "GET" if form is None else "POST",
                target.copy_with(host=address),
                headers=headers | {"Host": target.netloc.decode("ascii")},
                extensions={"sni_hostname": host},
                **sent,
            ) as answer,
        ):
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > BYTES_READ or time.monotonic() > until:
                    raise rules.OrganisationAway(organisation=rules.show(organisation))
            return answer.status_code, body
    except (OSError, UnicodeError, httpx.HTTPError, httpx.InvalidURL) as wrong:
        raise rules.OrganisationAway(organisation=rules.show(organisation)) from wrong


def _as_client(
    organisation: rules.Organisation, form: Mapping[str, str], headers: dict[str, str]
) -> dict[str, str]:
    """Say who asks: by the secret in a header or in the form, or without one (PKCE alone)."""
    secret = organisation.client_secret
    if not secret or organisation.secret_in_body:
        mine = {"client_id": organisation.client_id} | ({"client_secret": secret} if secret else {})
        return {**form, **mine}
    pair = f"{quote(organisation.client_id, safe='')}:{quote(secret, safe='')}"
    headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return dict(form)


def _resolve(host: str, port: int, organisation: rules.Organisation) -> str:
    """Look a name up once. One with any address that may not be reached is refused as a whole."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not all(may_reach(each, allowed=organisation.networks) for each in addresses):
        raise rules.OrganisationAway(organisation=rules.show(organisation))
    return addresses[0]


@functools.cache
def _trusted() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()

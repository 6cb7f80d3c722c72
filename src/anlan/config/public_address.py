"""Whether people's passwords and reports would cross the network readable.

Asked before anything listens: an address that others reach is served over HTTPS, or whoever runs the
installation says in so many words that it is not (ANLAN_PLAIN_HTTP).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from anlan.config import env
from anlan.kernel.errors import Invalid

LOCAL = ("localhost", "127.0.0.1", "::1", "")


class PlainAddressRefused(Invalid):
    """{url} is not https: passwords and reports would cross the network readable, and passkeys do not work. Put a proxy with TLS in front (docs/how-to/behind-a-proxy.md), then set ANLAN_PUBLIC_URL=https://… and ANLAN_BEHIND_HTTPS=yes. For a trial on a network of your own: ANLAN_PLAIN_HTTP=yes"""


def is_plain() -> bool:
    """Tell whether the public address is one that others reach without HTTPS."""
    parts = urlsplit(env.get_text("ANLAN_PUBLIC_URL"))
    return (parts.hostname or "") not in LOCAL and parts.scheme != "https"


def is_open_without_https() -> bool:
    """Tell whether other machines reach the port itself and no proxy speaks HTTPS for it."""
    return env.get_text("ANLAN_HOST") not in LOCAL and not env.is_on("ANLAN_BEHIND_HTTPS")


def check() -> None:
    """Refuse to serve a public address without HTTPS, unless that was asked for.

    Raises PlainAddressRefused.
    """
    if is_plain() and not env.is_on("ANLAN_PLAIN_HTTP"):
        raise PlainAddressRefused(url=env.get_text("ANLAN_PUBLIC_URL"))

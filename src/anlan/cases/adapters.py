"""The way out to a telephone relay: it calls two numbers and connects them, neither seeing the other.

The relay is the operator's (ANLAN_CALL_RELAY_URL): one POST with caller and callee, answered 2xx when
it is going to ring. Numbers stand in no log and in no error.
"""

from __future__ import annotations

import logging

from django.conf import settings

TIMEOUT_SECONDS = 10

log = logging.getLogger(__name__)


def connect_call(*, caller: str, callee: str, reference: str) -> bool:
    """Ask the relay to connect two numbers; give whether it took it. Never raises."""
    import httpx

    try:
        answer = httpx.post(
            settings.CALL_RELAY_URL,
            json={"caller": caller, "callee": callee, "reference": reference},
            headers={"Authorization": f"Bearer {settings.CALL_RELAY_TOKEN}"},
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as wrong:
        log.warning("the call relay did not answer: %s", type(wrong).__name__)
        return False
    if not answer.is_success:
        log.warning("the call relay answered %s", answer.status_code)
    return answer.is_success

"""The ways out: SMTP, chat services, partners' webhooks. Each has a time limit and tells what failed.

No adapter reads the database, raises for a failed delivery, or puts an address, a token or a
secret into the error it reports. The chat and HTTP libraries are imported when first used:
together they take a third of a second, which commands that send nothing should not wait for.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from anlan.kernel.reach import may_reach
from anlan.notices import rules

log = logging.getLogger(__name__)

TIMED_OUT = f"no answer within {rules.TIMEOUT_SECONDS} s"


class AddressRefused(Exception):
    """A webhook's host stands, wholly or in part, where webhooks may not go."""


def deliver(delivery: rules.Delivery, *, at: datetime) -> rules.Outcome:
    """Hand a notice to the channel it travels by, and tell what became of it."""
    if delivery.problem:
        return rules.Outcome(error=f"the address cannot be opened: {delivery.problem}")
    if not delivery.target:
        return rules.Outcome(error="the recipient has no address, or was closed", is_final=True)
    try:
        return WAYS[delivery.channel](delivery, at)
    except Exception as unforeseen:
        # One notice must not take down the others sent with it; the trace goes to the log.
        log.exception("notice %s: a try failed in an unforeseen way", delivery.notice_id)
        return rules.Outcome(error=f"unforeseen: {type(unforeseen).__name__}")


def send_email(delivery: rules.Delivery, at: datetime) -> rules.Outcome:
    """Send an e-mail; its Message-ID stays the same over tries, so that mail programs show it once."""
    if not settings.EMAIL_HOST:
        return rules.Outcome(error="no mail server is set (ANLAN_EMAIL_HOST)")
    message = EmailMessage(
        subject=delivery.subject,
        body="\n\n".join(part for part in (delivery.body, _full_link(delivery.link)) if part),
        to=[delivery.target],
        headers={
            "Message-ID": f"<{delivery.notice_id}@anlan>",
            rules.DELIVERY_HEADER: str(delivery.notice_id),
        },
        connection=get_connection(timeout=rules.TIMEOUT_SECONDS),
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refused:
        codes = sorted({code for code, _ in refused.recipients.values()})
        return rules.Outcome(
            error=f"the mail server refused the recipient ({', '.join(map(str, codes))})",
            is_final=all(code >= 500 for code in codes),
        )
    except smtplib.SMTPResponseException as refused:
        return rules.Outcome(error=f"the mail server answered {refused.smtp_code}")
    except TimeoutError:
        return rules.Outcome(error=TIMED_OUT)
    except OSError as wrong:
        return rules.Outcome(error=f"the mail server cannot be reached: {type(wrong).__name__}")
    except ValueError:
        return rules.Outcome(error="the address or subject cannot be put on a mail", is_final=True)
    return rules.DELIVERED


def send_chat(delivery: rules.Delivery, at: datetime) -> rules.Outcome:
    """Send to a chat service through Apprise, which says only whether it went well."""
    import apprise

    service = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
    if not service.add(delivery.target):
        return rules.Outcome(error="the chat address is not one we know", is_final=True)
    try:
        for host in {host for each in service for host in _chosen_hosts(each)}:
            asyncio.run(_resolve(host, 443))
    except AddressRefused:
        return rules.Outcome(
            error="the chat service is in a network that is not public (ANLAN_WEBHOOK_NETWORKS)"
        )
    except (OSError, UnicodeError) as wrong:
        return rules.Outcome(error=f"the chat service cannot be reached: {type(wrong).__name__}")
    body = "\n\n".join(part for part in (delivery.body, _full_link(delivery.link)) if part)
    if service.notify(title=delivery.subject, body=body):
        return rules.DELIVERED
    return rules.Outcome(error="the chat service did not take the message")


def _chosen_hosts(service: Any) -> list[str]:
    """List the hosts that a chat address names itself; a service of fixed address names none.

    Where the address has no place for a host, Apprise's `host` is a token: never asked of a DNS.
    """
    if not any("{host}" in template for template in service.templates):
        return []
    return [h for h in (service.host, getattr(service, "smtp_host", "")) if h]


def post_webhook(delivery: rules.Delivery, at: datetime) -> rules.Outcome:
    """Post to a partner's callback, signed; only its status counts, redirects are not followed."""
    import httpx

    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "anlan",
        rules.SIGNATURE_HEADER: rules.sign(
            secret=delivery.secret, timestamp=int(at.timestamp()), body=body
        ),
        rules.DELIVERY_HEADER: str(delivery.notice_id),
        rules.ATTEMPT_HEADER: str(delivery.attempt),
        rules.SUBJECT_HEADER: delivery.subject.encode("ascii", "replace").decode(),
    }
    try:
        status = asyncio.run(_post(delivery.target, body, headers))
    except (TimeoutError, httpx.TimeoutException):
        return rules.Outcome(error=TIMED_OUT)
    except AddressRefused:
        return rules.Outcome(
            error="the callback is in a network that is not public (ANLAN_WEBHOOK_NETWORKS)"
        )
    except OSError as wrong:
        return rules.Outcome(error=f"the callback cannot be reached: {type(wrong).__name__}")
    except (httpx.InvalidURL, UnicodeError):
        return rules.Outcome(error="the callback address cannot be read", is_final=True)
    except httpx.HTTPError as wrong:
        return rules.Outcome(error=f"the callback cannot be reached: {type(wrong).__name__}")
    if 200 <= status < 300:
        return rules.DELIVERED
    return rules.Outcome(
        error=f"the callback answered {status}", is_final=rules.is_final_status(status)
    )


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Load once by which certificates callbacks are trusted: it takes a hundred times a push."""
    import httpx

    return httpx.create_ssl_context()


async def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    import httpx

    # httpx limits each read; a server that drips its answer needs a limit on the whole.
    # Variables of the environment may name a proxy, which would resolve the name once more.
    async with (
        asyncio.timeout(rules.TIMEOUT_SECONDS),
        httpx.AsyncClient(
            timeout=rules.TIMEOUT_SECONDS, verify=_trusted(), trust_env=False
        ) as client,
    ):
        target = httpx.URL(url)
        host = target.raw_host.decode("ascii").strip("[]")
        checked = await _resolve(host, target.port or (443 if target.scheme == "https" else 80))
        async with client.stream(
            "POST",
            # Connected to is what was checked; the name is still what the certificate must show.
            target.copy_with(host=checked),
            content=body,
            headers=headers | {"Host": target.netloc.decode("ascii")},
            extensions={"sni_hostname": host},
        ) as response:
            return response.status_code


async def _resolve(host: str, port: int) -> str:
    """Look a name up once and give an address to connect to. Raises AddressRefused, OSError.

    A name with any address that is not allowed is refused as a whole: nobody's luck decides.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    allowed = settings.WEBHOOK_NETWORKS
    if not all(may_reach(each, allowed=allowed) for each in addresses):
        raise AddressRefused
    return addresses[0]


def _full_link(link: str) -> str:
    return settings.PUBLIC_URL + link if link.startswith("/") else link


WAYS: dict[rules.Channel, Callable[[rules.Delivery, datetime], rules.Outcome]] = {
    rules.Channel.EMAIL: send_email,
    rules.Channel.CHAT: send_chat,
    rules.Channel.WEBHOOK: post_webhook,
}

"""Reads of the room."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.seal import unseal
from anlan.notices import rules
from anlan.notices.models import Notice
from anlan.people import queries as people


def list_notices(actor: Actor, *, limit: int = 50, offset: int = 0) -> list[Notice]:
    """List a person's own notices in the app, the newest first; empty for anybody else."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        return []
    return list(
        Notice.objects.filter(person_id=actor.id, channel=rules.Channel.IN_APP).order_by(
            "-created_at", "-id"
        )[offset : offset + limit]
    )


def count_unread(actor: Actor) -> int:
    """Count a person's own notices in the app that he has not opened."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        return 0
    return Notice.objects.filter(
        person_id=actor.id, channel=rules.Channel.IN_APP, read_at__isnull=True
    ).count()


def list_undelivered(*, limit: int = 50, offset: int = 0) -> list[Notice]:
    """List what could not be delivered, given up or to be tried again, the newest first."""
    return list(
        Notice.objects.filter(state__in=rules.UNDELIVERED_STATES).order_by("-created_at", "-id")[
            offset : offset + limit
        ]
    )


def list_about(*, about_kind: str, about_id: UUID | str) -> list[Notice]:
    """List all notices about one thing, by any channel, the oldest first."""
    return list(
        Notice.objects.filter(about_kind=about_kind, about_id=str(about_id)).order_by(
            "created_at", "id"
        )
    )


def list_deliveries(notices: Sequence[Notice]) -> list[rules.Delivery]:
    """Make each notice into a try, its recipient's address looked up as it is now."""
    contacts = people.get_contacts([n.person_id for n in notices if n.person_id is not None])
    callbacks = people.get_callbacks([n.client_id for n in notices if n.client_id is not None])
    deliveries = []
    for notice in notices:
        target, secret = "", b""
        if notice.person_id is not None:
            contact = contacts.get(notice.person_id)
            target = contact.email if contact and contact.is_active else ""
        elif notice.client_id is not None:
            callback = callbacks.get(notice.client_id)
            if callback and callback.is_active:
                target, secret = callback.url, callback.secret
        else:
            sealed = bytes(notice.address_sealed)
            target = unseal(sealed, rules.address_context(notice.id)).decode()
        deliveries.append(
            rules.Delivery(
                notice_id=notice.id,
                attempt=notice.attempts,
                channel=rules.Channel(notice.channel),
                target=target,
                secret=secret,
                subject=notice.subject,
                body=notice.body,
                link=notice.link,
            )
        )
    return deliveries

"""Reads of the room."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from anlan.kernel import scope
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.codes import tracking_code
from anlan.kernel.seal import SealBroken, unseal
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


def is_told(*, channel: rules.Channel, cause: str) -> bool:
    """Tell whether a message with this cause has been stored already, sent or not, for whomever."""
    with scope.acting(scope.EVERYTHING):
        return Notice.objects.filter(cause=cause, channel=channel.value).exists()


def list_about(*, about_kind: str, about_id: UUID | str) -> list[Notice]:
    """List all notices about one thing, by any channel, the oldest first."""
    return list(
        Notice.objects.filter(about_kind=about_kind, about_id=str(about_id)).order_by(
            "created_at", "id"
        )
    )


def list_deliveries(notices: Sequence[Notice]) -> list[rules.Delivery]:
    """Make each notice into a try, its recipient's address looked up as it is now.

    One at a time, so that an address that does not open holds up no other notice.
    """
    return [_delivery(notice) for notice in notices]


def _delivery(notice: Notice) -> rules.Delivery:
    target, secret, problem = "", b"", ""
    try:
        target, secret = _find_target(notice)
    except SealBroken as broken:
        problem = broken.code
    return rules.Delivery(
        notice_id=notice.id,
        attempt=notice.attempts,
        channel=rules.Channel(notice.channel),
        target=target,
        secret=secret,
        subject=notice.subject,
        body=notice.body,
        link=f"/track/{tracking_code(notice.tracking_of)}" if notice.tracking_of else notice.link,
        problem=problem,
    )


def _find_target(notice: Notice) -> tuple[str, bytes]:
    if notice.person_id is not None:
        contact = people.get_contacts([notice.person_id]).get(notice.person_id)
        return (contact.email, b"") if contact and contact.is_active else ("", b"")
    if notice.client_id is not None:
        callback = people.get_callbacks([notice.client_id]).get(notice.client_id)
        return (callback.url, callback.secret) if callback and callback.is_active else ("", b"")
    sealed = bytes(notice.address_sealed)
    return unseal(sealed, rules.address_context(notice.id)).decode(), b""


def has_notice(*, about_kind: str, about_id: UUID | str) -> bool:
    """Tell whether anybody was ever written to about something."""
    return Notice.objects.filter(about_kind=about_kind, about_id=str(about_id)).exists()


def count_waiting() -> int:
    """Count the notices that are still to be sent."""
    return Notice.objects.filter(next_try_at__isnull=False).count()


def get_given_up() -> tuple[int, Notice | None]:
    """Count the notices that were given up, and fetch the newest; reads all, so it is for people."""
    given_up = Notice.objects.filter(state=rules.State.GIVEN_UP)
    return given_up.count(), given_up.order_by("-created_at").first()

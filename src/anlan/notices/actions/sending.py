"""All writes of the room.

Sending is three steps: `claim_due` marks what is due and counts the try, the task hands it to
an adapter *outside any transaction*, `record_outcome` notes what became of it. A claim is a
lease: `next_try_at` is set ahead, so a notice whose worker died becomes due again by itself.
The number of the try fences off a worker that comes back late.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from anlan.kernel import counting, events, permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind
from anlan.kernel.ids import new_id
from anlan.kernel.seal import seal
from anlan.ledger import actions as ledger
from anlan.notices import queries, rules
from anlan.notices.models import Notice


@permits.inside
@transaction.atomic
def notify(
    *,
    channel: rules.Channel,
    subject: str,
    body: str,
    about_kind: str,
    about_id: UUID | str,
    at: datetime,
    link: str = "",
    tracking_of: str = "",
    person_ids: Sequence[UUID] = (),
    client_id: UUID | None = None,
    address: str = "",
    cause: str = "",
    actor: Actor = SYSTEM,
) -> list[Notice]:
    """Send a message, once the caller's transaction has committed.

    Recipients: person_ids for IN_APP; person_ids or an address for EMAIL; an address (Apprise
    notation) for CHAT; client_id for WEBHOOK, whose body is JSON and is sent as it stands.
    link: a path below the public address, or a whole URL. tracking_of: a matter's plain code; the
    message then carries its tracking link, which is never stored. cause: what the message follows
    from; with the same cause and recipient nothing is sent again (then the list is empty), so that a
    job which is done anew after its worker was killed tells nobody twice.
    Raises RecipientMissing, PayloadBroken.
    """
    _check_recipient(channel, person_ids=person_ids, client_id=client_id, address=address)
    if channel is rules.Channel.WEBHOOK:
        _check_payload(body)
    if cause and queries.is_told(channel=channel, cause=cause):
        return []
    is_in_app = channel is rules.Channel.IN_APP
    notices = [
        Notice(
            id=(notice_id := new_id()),
            person_id=person_id,
            client_id=client_id,
            address_sealed=(
                seal(address.encode(), rules.address_context(notice_id)) if address else b""
            ),
            channel=channel.value,
            subject=rules.one_line(subject),
            body=body,
            link=link,
            tracking_of=tracking_of,
            about_kind=about_kind,
            about_id=str(about_id),
            cause=cause,
            # A notice in the app has arrived when its row has.
            state=(rules.State.SENT if is_in_app else rules.State.PENDING).value,
            next_try_at=None if is_in_app else at,
            created_at=at,
            sent_at=at if is_in_app else None,
        )
        for person_id in (dict.fromkeys(person_ids) or (None,))
    ]
    Notice.objects.bulk_create(notices)
    ledger.write(
        actor=actor,
        what="notice.queued",
        about_kind=about_kind,
        about_id=about_id,
        data={"channel": channel.value, "notice_ids": [str(notice.id) for notice in notices]},
        at=at,
    )
    if not is_in_app:
        events.emit(rules.NoticeQueued())
    return notices


def _check_recipient(
    channel: rules.Channel, *, person_ids: Sequence[UUID], client_id: UUID | None, address: str
) -> None:
    given = {
        name
        for name, value in (
            ("person_ids", person_ids),
            ("client_id", client_id),
            ("address", address),
        )
        if value
    }
    expected = rules.RECIPIENTS[channel]
    if len(given) != 1 or not given <= expected:
        raise rules.RecipientMissing(channel=channel.value, expected=" / ".join(sorted(expected)))


def _check_payload(body: str) -> None:
    try:
        json.loads(body)
    except ValueError as wrong:
        raise rules.PayloadBroken(problem=str(wrong)) from wrong


@permits.inside
@transaction.atomic
def claim_due(*, at: datetime, limit: int) -> list[rules.Delivery]:
    """Claim notices that are due, the longest waiting first, and count the try that is to come.

    Workers pass by what another has claimed. A notice that has used up its tries without any of
    them reporting back (its worker died each time) is given up here.
    """
    due = list(
        Notice.objects.select_for_update(skip_locked=True)
        .filter(next_try_at__lte=at)
        .order_by("next_try_at")[:limit]
    )
    claimed = []
    for notice in due:
        if notice.attempts >= rules.ATTEMPTS_ALLOWED:
            outcome = rules.Outcome(error="no try has ever reported back", is_final=True)
            _close_try(notice, outcome=outcome, at=at)
        else:
            notice.attempts += 1
            notice.next_try_at = at + rules.CLAIM_LASTS
            claimed.append(notice)
    Notice.objects.bulk_update(claimed, ["attempts", "next_try_at"])
    return queries.list_deliveries(claimed)


@permits.inside
@transaction.atomic
def record_outcome(
    *, notice_id: UUID, attempt: int, outcome: rules.Outcome, at: datetime
) -> Notice | None:
    """Note what became of a try; None when it is no longer the notice's latest try."""
    notice = (
        Notice.objects.select_for_update()
        .filter(id=notice_id, attempts=attempt, next_try_at__isnull=False)
        .first()
    )
    if notice is not None:
        _close_try(notice, outcome=outcome, at=at)
    return notice


def _close_try(notice: Notice, *, outcome: rules.Outcome, at: datetime) -> None:
    state, next_try_at = rules.next_state(outcome=outcome, attempts=notice.attempts, at=at)
    counting.count("notice_tries", 1, notice.channel, state.value)
    notice.state = state.value
    notice.next_try_at = next_try_at
    notice.last_error = outcome.error[: rules.ERROR_MAX_CHARACTERS]
    notice.sent_at = at if state is rules.State.SENT else None
    notice.save(update_fields=["state", "next_try_at", "last_error", "sent_at"])
    if state is not rules.State.FAILED:
        ledger.write(
            actor=SYSTEM,
            what="notice.sent" if state is rules.State.SENT else "notice.given_up",
            about_kind=notice.about_kind,
            about_id=notice.about_id,
            data={"notice_id": str(notice.id), "attempts": notice.attempts},
            at=at,
        )


@permits.installation
@transaction.atomic
def retry_notice(*, actor: Actor, notice_id: UUID, at: datetime) -> Notice:
    """Try a notice that was given up again, from the first try on.

    Raises InstallationOnly, NoticeUnknown.
    """
    notice = (
        Notice.objects.select_for_update()
        .filter(id=notice_id, state=rules.State.GIVEN_UP.value)
        .first()
    )
    if notice is None:
        raise rules.NoticeUnknown()
    notice.state = rules.State.PENDING.value
    notice.attempts = 0
    notice.next_try_at = at
    notice.save(update_fields=["state", "attempts", "next_try_at"])
    ledger.write(
        actor=actor,
        what="notice.queued_again",
        about_kind=notice.about_kind,
        about_id=notice.about_id,
        data={"notice_id": str(notice.id)},
        at=at,
    )
    events.emit(rules.NoticeQueued())
    return notice


@permits.own
def mark_read(
    *, actor: Actor, notice_ids: Sequence[UUID] = (), until_at: datetime | None = None, at: datetime
) -> int:
    """Mark a person's own notices as opened and give how many were new to him.

    until_at: all that were made up to this instant, too; what came in since he looked stays new.
    Not in the ledger: when somebody reads his messages is nobody else's business.
    """
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        return 0
    wanted = Q(id__in=notice_ids)
    if until_at is not None:
        wanted |= Q(created_at__lte=until_at)
    return Notice.objects.filter(
        wanted,
        person_id=actor.id,
        channel=rules.Channel.IN_APP.value,
        read_at__isnull=True,
    ).update(read_at=at)


@permits.inside
def forget_about(*, about_kind: str, about_ids: Collection[UUID]) -> int:
    """Erase all notices about some things, sent or not; for `privacy`. Gives how many."""
    ids = [str(about_id) for about_id in about_ids]
    return Notice.objects.filter(about_kind=about_kind, about_id__in=ids).delete()[0]


@permits.inside
def forget_notices(*, before: datetime) -> int:
    """Erase the notices made before an instant; for `privacy`. Gives how many."""
    return Notice.objects.filter(created_at__lt=before).delete()[0]

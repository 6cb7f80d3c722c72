"""What people are told of dispatches, and what is erased of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from anlan.cases.actions.telling import tell_desk
from anlan.dispatch import queries, rules
from anlan.dispatch.models import Dispatch
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM
from anlan.ledger import actions as ledger
from anlan.notices.actions import notify
from anlan.notices.rules import Channel
from anlan.places.queries import get_gazetteer

BATCH = 500


@permits.inside
@transaction.atomic
def tell_unsigned(*, at: datetime) -> int:
    """Tell of dispatches that nobody signed for in time, once each; give how many."""
    late = queries.list_unsigned(at=at, limit=BATCH)
    for dispatch in late:
        dispatch.is_overdue_told = True
    Dispatch.objects.bulk_update(late, ["is_overdue_told"])
    for dispatch in late:
        ledger.write(
            actor=SYSTEM, what="dispatch.unsigned", about_kind="case", about_id=dispatch.case_id,
            data={"dispatch": dispatch.id}, at=at,
        )  # fmt: skip
    events.emit(*(rules.DispatchUnsigned(dispatch_id=str(d.id)) for d in late))
    return len(late)


@permits.inside
@transaction.atomic
def tell_dispatched(*, dispatch_id: UUID, at: datetime) -> None:
    """Tell a responder that a case waits to be signed for."""
    dispatch = queries.get_dispatch(dispatch_id=dispatch_id)
    with override(dispatch.person.locale):
        subject = _("Sign for: {title}").format(title=dispatch.case.title)
        notify(
            channel=Channel.IN_APP, person_ids=[dispatch.person_id], subject=subject,
            body=dispatch.note, link="/field/", about_kind="case", about_id=dispatch.case_id,
            at=at, cause=f"dispatch.asked:{dispatch_id}",
        )  # fmt: skip


@permits.inside
@transaction.atomic
def tell_desk_unsigned(*, dispatch_id: UUID, at: datetime) -> None:
    """Tell the desk that nobody has signed for a dispatch in time."""
    dispatch = queries.get_dispatch(dispatch_id=dispatch_id)
    with override(get_gazetteer().jurisdiction(dispatch.case.place_id).locale):
        text = _("Not signed for in time by {name}: {title}").format(
            name=dispatch.person.name, title=dispatch.case.title
        )
        cause = f"dispatch.unsigned:{dispatch_id}"
        tell_desk(case_id=dispatch.case_id, text=text, at=at, cause=cause)


@permits.inside
def erase_notes(*, case_ids: Collection[UUID]) -> None:
    """Erase the words that were given along with dispatches; for `privacy`."""
    Dispatch.objects.filter(case_id__in=case_ids).exclude(note="").update(note="")

"""Photos that the sender of a report hands in after it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import queries
from anlan.cases.models import Case, CasePhoto
from anlan.documents.queries import check_own_photos
from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.kernel.errors import Conflict
from anlan.ledger import actions as ledger


class PhotosLate(Conflict):
    """The matter is closed; photos can be added while it is being handled."""


@permits.own
@transaction.atomic
def add_photos(*, actor: Actor, code: str, photos: Collection[UUID], at: datetime) -> Case:
    """Add photos to the open case of a signal that the actor has sent.

    No move of the procedure: its clock and state stay. code: the signal's, however it was typed.
    Raises SignalUnknown, PhotoNotYours, PhotosLate.
    """
    case = queries.access_sent_case(actor=actor, code=code, lock=True)
    check_own_photos(actor=actor, ids=photos)
    if case.closed_at is not None:
        raise PhotosLate()
    CasePhoto.objects.bulk_create(
        CasePhoto(case=case, document_id=photo, seq=case.seq) for photo in photos
    )
    ledger.write(
        actor=actor, what="case.photos_added", about_kind="case", about_id=case.id,
        data={"seq": case.seq, "photos": list(photos)}, at=at,
    )  # fmt: skip
    return case

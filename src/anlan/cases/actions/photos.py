"""Photos that the sender of a report hands in after it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import queries
from anlan.cases.models import Case, CasePhoto
from anlan.kernel.actor import SYSTEM, Actor
from anlan.kernel.errors import Conflict
from anlan.ledger import actions as ledger


class PhotosLate(Conflict):
    """The matter is closed; photos can be added while it is being handled."""


@transaction.atomic
def add_photos(*, actor: Actor, case_id: UUID, photos: Collection[UUID], at: datetime) -> Case:
    """Add photos to an open case; no move of the procedure, its clock and state stay.

    The caller has made sure that the actor sent the case's report and these photos.
    Raises CaseNotVisible, PhotosLate.
    """
    case = queries.access_case(actor=SYSTEM, case_id=case_id, lock=True)
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

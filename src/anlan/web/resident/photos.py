"""Photos that a resident sends and sees: with the report, with a message, with an answer to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from django.urls import reverse

from anlan.cases import queries as cases
from anlan.documents import actions as documents
from anlan.documents import queries as kept
from anlan.documents.rules import FILE_LIMIT_BYTES
from anlan.kernel.actor import REPORTER
from anlan.kernel.errors import Invalid

if TYPE_CHECKING:
    from anlan.cases.models import Case, Step
    from anlan.documents.models import Document
    from anlan.intake.models import Signal

PHOTOS_LIMIT = 4
"""With one report, and with one message."""

SEAL, _SALT = "seal", "anlan.own_photo"


class TooManyPhotos(Invalid):
    """At most {limit} photos can be sent."""


@dataclass(frozen=True, slots=True)
class Photos:
    """What a reporter sees: `reported` with the report itself, `told` with a step, by the step's number."""

    reported: list[Document]
    told: dict[int, list[Document]]

    def find(self, document_id: UUID) -> Document | None:
        """Find one of them."""
        every = [*self.reported, *(one for some in self.told.values() for one in some)]
        return next((document for document in every if document.id == document_id), None)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page that follows a report finds a photo."""

    small: str
    large: str


def find_address(*, code: str, document_id: UUID) -> Address:
    """Give the signed addresses of a photo on the page of a code.

    Only whoever has shown the right code reads them, so that looking at a photo is no try at a code: a
    page of many photos must not use up the tries of its reader. Always the same, so that browsers keep it.
    """
    seal = Signer(salt=_SALT).signature(f"{code}/{document_id}")
    small, large = (
        reverse("own_photo", args=[code, document_id, size]) + f"?{SEAL}={seal}"
        for size in ("small", "large")
    )
    return Address(small=small, large=large)


def is_sealed(request: HttpRequest, *, code: str, document_id: UUID) -> bool:
    """Tell whether a photo is asked for by an address that `find_address` gave."""
    try:
        Signer(salt=_SALT).unsign(f"{code}/{document_id}:{request.GET.get(SEAL, '')}")
    except BadSignature:
        return False
    return True


def read_photos(request: HttpRequest) -> list[UploadedFile[Any]]:
    """Read the photos that a form brought."""
    return [file for file in request.FILES.getlist("photos") if file]


def check_number(files: Sequence[UploadedFile[Any]]) -> None:
    """Refuse too many at once. Raises TooManyPhotos."""
    if len(files) > PHOTOS_LIMIT:
        raise TooManyPhotos(limit=PHOTOS_LIMIT)


def keep_photos(files: Sequence[UploadedFile[Any]], *, at: datetime) -> list[UUID]:
    """Keep photos, before any transaction is opened; when one cannot be kept, none stays.

    Raises TooManyPhotos, FileEmpty, FileTooLarge, WrongFileType, PictureTooLarge, PictureMoves, PictureBroken.
    """
    check_number(files)
    done: list[UUID] = []
    for file in files:
        data = file.read(FILE_LIMIT_BYTES + 1)
        try:
            document = documents.keep_photo(actor=REPORTER, file=data, name=file.name or "", at=at)
        except Invalid:
            drop_photos(done, at=at)
            raise
        done.append(document.id)
    return done


def drop_photos(document_ids: Sequence[UUID], *, at: datetime) -> None:
    """Erase photos that were kept for something that was not taken."""
    for document_id in document_ids:
        documents.erase_document(actor=REPORTER, document_id=document_id, at=at)


def find_photos(*, signal: Signal, case: Case, steps: Sequence[Step]) -> Photos:
    """Find the photos that the sender of a signal may see; he has proved its code.

    steps: those that he is told of. Those of the report were kept with it, in the same instant, by no
    account. Photos of the handling, and those of others who reported the same, are not among them; those
    that went with a part that was split off are.
    """
    with_steps = {step.pk: cases.list_photos_told(step, signal=signal) for step in steps}
    written = {photo for photos in with_steps.values() for photo in photos}
    ids = {
        *cases.list_photo_ids(case_id=case.id),
        *cases.list_photos_split_off(signal=signal, steps=steps),
        *written,
    }
    found = {document.id: document for document in kept.list_documents(ids)}
    return Photos(
        reported=[
            document
            for document in found.values()
            if document.kept_by is None
            and document.kept_at == signal.received_at
            and document.id not in written
        ],
        told={
            number: [found[photo] for photo in photos if photo in found]
            for number, photos in with_steps.items()
        },
    )

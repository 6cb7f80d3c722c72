"""All writes of the room: keeping a photo, erasing it, sweeping files nobody needs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from anlan.documents import queries, rules, sandbox, store
from anlan.documents.models import Document
from anlan.kernel import permits, scope
from anlan.kernel.actor import Actor, ActorKind
from anlan.ledger import actions as ledger

SWEEP_AFTER = timedelta(days=1)
SWEEP_BATCH = 1000


@permits.anybody
def keep_photo(*, actor: Actor, file: bytes | BinaryIO, name: str, at: datetime) -> Document:
    """Keep a photo upright and without metadata, with a small picture beside it.

    Call it before opening a transaction of your own: decoding may take a second. A row that is
    never committed leaves only files behind, which are swept the next night.
    Raises FileEmpty, FileTooLarge, WrongFileType, PictureTooLarge, PictureMoves, PictureBroken.
    """
    data = file if isinstance(file, bytes) else file.read(rules.FILE_LIMIT_BYTES + 1)
    shown_name = name.replace("\\", "/").rsplit("/", 1)[-1][: rules.NAME_MAX_CHARACTERS]
    picture = sandbox.clean(data=data, name=shown_name)
    sha256 = store.put_file(picture.data)
    thumbnail_sha256 = store.put_file(picture.thumbnail)
    with transaction.atomic():
        document = Document.objects.create(
            sha256=sha256,
            media_type=picture.media_type.value,
            size_bytes=len(picture.data),
            width=picture.width,
            height=picture.height,
            thumbnail_sha256=thumbnail_sha256,
            name=rules.plain_name(name, picture.media_type),
            kept_at=at,
            kept_by=actor.id,
        )
        ledger.write(
            actor=actor,
            what="document.kept",
            about_kind="document",
            about_id=document.id,
            data={"sha256": sha256, "media_type": document.media_type},
            at=at,
        )
    scope.open_document(document.id)
    return document


@permits.own
@transaction.atomic
def erase_document(*, actor: Actor, document_id: UUID, at: datetime) -> None:
    """Erase a document that the actor has kept: its row at once, its bytes with the next sweep unless others share them.

    Raises DocumentUnknown, alike for one that does not exist and one of somebody else's.
    """
    document = Document.objects.select_for_update().filter(id=document_id).first()
    is_own = actor.kind is ActorKind.SYSTEM or (document and document.kept_by == actor.id)
    if document is None or not is_own:
        raise rules.DocumentUnknown(document_id=document_id)
    document.delete()
    ledger.write(
        actor=actor,
        what="document.erased",
        about_kind="document",
        about_id=document_id,
        data={"sha256": document.sha256},
        at=at,
    )


@permits.inside
@transaction.atomic
def erase_documents(*, actor: Actor, document_ids: Collection[UUID], at: datetime) -> int:
    """Erase several documents as `erase_document` does, and give their number; unknown ids are passed over."""
    found = Document.objects.select_for_update().filter(id__in=document_ids)
    digests = dict(found.values_list("id", "sha256"))
    Document.objects.filter(id__in=digests).delete()
    for document_id, sha256 in digests.items():
        ledger.write(
            actor=actor, what="document.erased", about_kind="document", about_id=document_id,
            data={"sha256": sha256}, at=at,
        )  # fmt: skip
    return len(digests)


@permits.inside
def sweep_files(*, at: datetime) -> int:
    """Delete stored files older than a day that no document names, and give their number.

    Not in the ledger: the erasing of their documents is.
    """
    used_before = at - SWEEP_AFTER
    files = store.list_files(used_before=used_before)
    count = 0
    while batch := list(islice(files, SWEEP_BATCH)):
        digests = [path.name for path in batch]
        named = queries.list_named(digests)
        unnamed = [path for path in batch if path.name not in named]
        count += store.delete_files(unnamed, used_before=used_before)
    return count

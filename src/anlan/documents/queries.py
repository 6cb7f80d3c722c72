"""Reads of the room. Whoever calls has already decided that the actor may see the document."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.db.models import Q

from anlan.documents import rules, store
from anlan.documents.models import Document
from anlan.kernel.actor import Actor


def get_document(document_id: UUID) -> Document:
    """Give a document's row. Raises DocumentUnknown."""
    document = Document.objects.filter(id=document_id).first()
    if document is None:
        raise rules.DocumentUnknown(document_id=document_id)
    return document


def list_documents(ids: Collection[UUID]) -> list[Document]:
    """List documents in the order in which they were kept; ids nobody has are absent."""
    return list(Document.objects.filter(id__in=ids).order_by("kept_at", "id"))


def check_own_photos(*, actor: Actor, ids: Collection[UUID]) -> None:
    """Refuse photos that somebody else has sent. Raises PhotoNotYours; without ids nothing is asked."""
    if not ids:
        return
    own = {d.id for d in list_documents(ids) if d.kept_by == actor.id}
    for photo in ids:
        if photo not in own:
            raise rules.PhotoNotYours(photo=photo)


def open_document(document: Document) -> BinaryIO:
    """Open a document's bytes for reading; the caller closes. Raises FileLost."""
    return _open(document, document.sha256)


def open_thumbnail(document: Document) -> BinaryIO:
    """Open a document's small picture (JPEG, PNG or WebP as the large one). Raises FileLost."""
    return _open(document, document.thumbnail_sha256)


def list_named(digests: Collection[str]) -> set[str]:
    """List which of these SHA-256 some document names, as its picture or its small picture."""
    rows = Document.objects.filter(
        Q(sha256__in=digests) | Q(thumbnail_sha256__in=digests)
    ).values_list("sha256", "thumbnail_sha256")
    return {digest for row in rows for digest in row}


def hold_files() -> AbstractContextManager[Path]:
    """Keep every stored file from being swept while the block runs, and give their folder."""
    return store.held()


def check_files() -> tuple[int, list[str]]:
    """Read every file that a document names; give how many there are and which are lost or damaged."""
    count, wrong = 0, []
    rows = Document.objects.values_list("sha256", "thumbnail_sha256")
    for sha256 in sorted({sha256 for row in rows for sha256 in row}):
        count += 1
        try:
            with store.open_file(sha256) as file:
                if hashlib.sha256(file.read()).hexdigest() != sha256:
                    wrong.append(sha256)
        except FileNotFoundError:
            wrong.append(sha256)
    return count, wrong


def _open(document: Document, sha256: str) -> BinaryIO:
    try:
        return store.open_file(sha256)
    except FileNotFoundError as lost:
        raise rules.FileLost(document_id=document.id) from lost

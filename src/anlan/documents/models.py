"""The table of the room. The bytes lie in files named by their SHA-256."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anlan.kernel.ids import new_id


class Document(models.Model):
    """A picture as it is kept: upright, without metadata.

    sha256 names the kept bytes, not those that were sent. kept_by is the actor's id; None for a
    resident without an account.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    sha256 = models.TextField(db_index=True)
    media_type = models.TextField()
    size_bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    thumbnail_sha256 = models.TextField(db_index=True)
    name = models.TextField()
    kept_at = models.DateTimeField()
    kept_by = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="documents_document_sha256",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
                & Q(thumbnail_sha256__regex=r"^[0-9a-f]{64}$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

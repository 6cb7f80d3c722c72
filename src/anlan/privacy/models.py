"""Tables of changed terms, of proofs that they were kept, and of requests that wait."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anlan.kernel.ids import new_id


class Term(models.Model):
    """A term that this instance has changed; the others hold as they are shipped."""

    code = models.CharField(max_length=32, primary_key=True)
    days = models.PositiveIntegerField()
    source = models.CharField(max_length=300)
    confidence = models.FloatField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.code}: {self.days} d"


class Proof(models.Model):
    """What one run erased under one term, and what a count afterwards still found over it.

    `erased` and `left` are values, not rows: a note and a title of one case are two.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.UUIDField()
    term = models.CharField(max_length=32)
    days = models.PositiveIntegerField()
    cut_off_at = models.DateTimeField()
    erased = models.BigIntegerField()
    left = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "term"], name="privacy_proof_once"),
        ]
        indexes = [models.Index(fields=["at"], name="privacy_proof_at")]

    def __str__(self) -> str:
        return f"{self.term} {self.at:%Y-%m-%d}: {self.erased} erased, {self.left} left"


class Request(models.Model):
    """A reporter's request to be forgotten: what could not be erased at once waits for the close."""

    signal = models.OneToOneField(
        "intake.Signal", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=16, default="ERASE")
    state = models.CharField(max_length=16)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="privacy_request_waiting",
                condition=Q(done_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

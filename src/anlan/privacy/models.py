"""Tables of changed terms, of proofs that they were kept, of requests that wait, and of looks."""

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


class Look(models.Model):
    """Somebody looked at what a case says about persons; the reporter may ask who and why.

    One row a day for each person and kind; `times` counts looks at the contact only.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    actor_kind = models.CharField(max_length=8)
    actor_id = models.UUIDField()
    role = models.CharField(max_length=32, blank=True, default="")
    place_path = models.CharField(max_length=200, blank=True, default="")
    what = models.CharField(max_length=16)
    why = models.CharField(max_length=16)
    look_date = models.DateField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "actor_id", "what", "look_date"], name="privacy_look_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.first_at:%Y-%m-%d}"


class Access(models.Model):
    """Emergency access that somebody asked for: to one case, or to the cases of a place.

    `due_at` is the instant by which the present state must be left: confirming, the end, the review.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.CASCADE, related_name="+")
    seat_id = models.BigIntegerField(null=True)
    hours = models.PositiveSmallIntegerField()
    reason = models.TextField()
    note = models.TextField(blank=True, default="")
    verdict = models.CharField(max_length=16, blank=True, default="")
    asked_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    granted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "place", "case"],
                condition=Q(state__in=["ASKED", "GRANTED"]),
                nulls_distinct=False,
                name="privacy_access_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="privacy_access_due", condition=Q(due_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.asked_at:%Y-%m-%d %H:%M}"

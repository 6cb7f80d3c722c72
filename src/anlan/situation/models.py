"""Tables of weekly reviews and of findings."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anlan.kernel.ids import new_id
from anlan.places.models import LtreeField, ReadByPlace
from anlan.situation.rules.findings import READERS


class Review(models.Model):
    """One judged week of a jurisdiction: how many series were looked at, and how many stood out."""

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    week_date = models.DateField()
    series_count = models.PositiveIntegerField()
    found_count = models.PositiveIntegerField()
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "week_date"], name="situation_review_once"
            )
        ]


class FindingQuerySet(ReadByPlace["Finding"]):
    """Findings as far as an actor sees them: they are for desks and leaders."""

    readers = READERS


class Finding(models.Model):
    """A count that stands out, the evidence, and what was decided.

    worth: of the week, in usual ones; known: share of its cases that was reported by then; expected and bound are of such a week.
    history: [[count, bound or null] …] a week, the judged one last. note: what is to be done, or why it was dismissed; closing_note: what was
    done. due_at: of the decision first, then of the duty.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place_path = LtreeField()
    matter = models.ForeignKey(
        "cases.Matter", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    week_date = models.DateField()
    method = models.CharField(max_length=8)
    observed = models.PositiveIntegerField()
    expected = models.FloatField()
    bound = models.FloatField()
    p_value = models.FloatField()
    adjusted = models.FloatField()
    history = models.JSONField()
    worth = models.FloatField(default=1.0, db_default=1.0)
    known = models.FloatField(default=1.0, db_default=1.0)
    found_at = models.DateTimeField()
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    due_at = models.DateTimeField(null=True)
    unit = models.ForeignKey(
        "places.Unit", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    note = models.CharField(max_length=500, blank=True, default="")
    closing_note = models.CharField(max_length=500, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place", "matter", "week_date"], name="situation_finding_once"
            )
        ]
        indexes = [
            models.Index(fields=["place_path", "state", "week_date"], name="situation_finding_place"),
            models.Index(fields=["due_at"], name="situation_finding_due", condition=Q(due_at__isnull=False)),
        ]  # fmt: skip


class MinuteQuerySet(ReadByPlace["Minute"]):
    """Minutes as far as an actor sees them."""

    readers = READERS


class Minute(models.Model):
    """A meeting over the analysis paper of a place and month: when, who by function, what was decided. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place_path = LtreeField()
    month_date = models.DateField()
    held_date = models.DateField()
    present = models.CharField(max_length=500)
    decided = models.CharField(max_length=2000)
    noted_at = models.DateTimeField()

    objects = MinuteQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["place_path", "month_date"], name="situation_minute_place")]


class ResolutionQuerySet(ReadByPlace["Resolution"]):
    """Resolutions as far as an actor sees them."""

    readers = READERS


class Resolution(models.Model):
    """Something that a meeting decided to be done: by whom, until when. From then on a duty, as an accepted finding is.

    place: that of its owner where this lies inside the paper's, so that the owner's desk sees it; else the paper's. held_date: of the meeting, which that desk may not see. text: what is to be done.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    minute = models.ForeignKey(Minute, on_delete=models.PROTECT, related_name="resolutions")
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place_path = LtreeField()
    unit = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    held_date = models.DateField()
    text = models.CharField(max_length=500)
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    due_at = models.DateTimeField(null=True)
    closing_note = models.CharField(max_length=500, blank=True, default="")
    closed_at = models.DateTimeField(null=True)

    objects = ResolutionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["place_path", "state"], name="situation_resolution_place"),
            models.Index(fields=["due_at"], name="situation_resolution_due", condition=Q(due_at__isnull=False)),
        ]  # fmt: skip

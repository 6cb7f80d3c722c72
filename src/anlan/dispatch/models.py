"""Table of dispatches: one row for each responder asked for a case."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anlan.kernel.ids import new_id


class Dispatch(models.Model):
    """One responder asked for one case. `due_at`: by when it must be signed for."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    duty = models.ForeignKey("people.Duty", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True, default="")
    is_overdue_told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person"],
                condition=Q(ended_at__isnull=True),
                name="dispatch_one_running_per_person",
            )
        ]
        indexes = [
            models.Index(
                fields=["person", "due_at"],
                name="dispatch_running",
                condition=Q(ended_at__isnull=True),
            ),
            models.Index(
                fields=["due_at"],
                name="dispatch_unsigned",
                condition=Q(due_at__isnull=False, is_overdue_told=False),
            ),
        ]

"""Table of ratings: one of each reporter for each time a case was closed."""

from __future__ import annotations

from django.db import models

from anlan.kernel.ids import new_id


class Rating(models.Model):
    """A reporter's word on one closing of a case; several reported it, each has a word. `round` counts closings from 0."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    signal = models.ForeignKey("intake.Signal", on_delete=models.CASCADE, related_name="+")
    round = models.PositiveSmallIntegerField()
    is_satisfied = models.BooleanField()
    comment = models.TextField(blank=True, default="")
    rated_at = models.DateTimeField()
    rated_date = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round", "signal"], name="ratings_once_a_closing_each"
            )
        ]

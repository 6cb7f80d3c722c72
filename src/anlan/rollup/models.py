"""Tables of daily figures and the deltas not yet folded into them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Sums(models.Model):
    """What is counted. Sums, so that rows add up over places, matters and days."""

    opened = models.BigIntegerField(default=0, db_default=0)
    closed = models.BigIntegerField(default=0, db_default=0)
    reopened = models.BigIntegerField(default=0, db_default=0)
    closed_late = models.BigIntegerField(default=0, db_default=0)
    close_minutes = models.BigIntegerField(default=0, db_default=0)
    accepted = models.BigIntegerField(default=0, db_default=0)
    accept_minutes = models.BigIntegerField(default=0, db_default=0)
    satisfied = models.BigIntegerField(default=0, db_default=0)
    unsatisfied = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        abstract = True


class Figures(Sums):
    """Sums of a place, matter and local date (the jurisdiction's time zone)."""

    place_id = models.BigIntegerField()
    matter_id = models.BigIntegerField()
    date = models.DateField()

    class Meta:
        abstract = True


class Daily(Figures):
    """Folded figures, one row a place, matter and date."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place_id", "matter_id", "date"], name="rollup_daily_once"
            )
        ]
        indexes = [models.Index(fields=["date", "place_id"], name="rollup_daily_date")]


class Monthly(Sums):
    """Daily figures of a month added up by area: the lowest place over them that has reports. Written by triggers only.

    month_date: the month's first day.
    """

    month_date = models.DateField()
    area_id = models.BigIntegerField()
    matter_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month_date", "area_id", "matter_id"], name="rollup_monthly_once"
            )
        ]


class Weekly(models.Model):
    """Cases opened a week, of all matters, by area as `Monthly`. Written by triggers only.

    week_date: the week's Monday.
    """

    week_date = models.DateField()
    area_id = models.BigIntegerField()
    opened = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["week_date", "area_id"], name="rollup_weekly_once")
        ]


class Delta(Figures):
    """A change of figures, written by trigger with the change itself, folded by a job.

    written_at: UTC instant of the transaction that wrote it.
    """

    written_at = models.DateTimeField(db_default=Now())

"""Tables of the register, of values by place and month, of returns, and of codes that became others'."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Self

from django.db import models
from django.db.models import Q

from anlan.indicators.rules.returns import HANDLERS, OPEN_STATES
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.ids import new_id
from anlan.places.models import LtreeField


class RegisterVersion(models.Model):
    """The register of a jurisdiction: thresholds of its lights, and a number that changes with every load."""

    jurisdiction = models.OneToOneField(
        "places.Jurisdiction", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    families = models.JSONField()
    lights = models.JSONField()
    lights_source = models.TextField()
    number = models.BigIntegerField()


class Indicator(models.Model):
    """One entry of the register. formula: as in the file."""

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    code = models.CharField(max_length=40)
    family = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    unit = models.CharField(max_length=40, blank=True)
    unit_en = models.CharField(max_length=40, blank=True)
    decimals = models.PositiveSmallIntegerField()
    direction = models.CharField(max_length=8)
    formula = models.JSONField()
    cadence = models.CharField(max_length=8)
    department = models.CharField(max_length=32, blank=True)
    low = models.FloatField()
    high = models.FloatField()
    due_day = models.PositiveSmallIntegerField()
    source = models.TextField()
    confidence = models.FloatField()
    position = models.PositiveSmallIntegerField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code"], name="indicators_indicator_once"
            )
        ]


class Succession(models.Model):
    """From a day on, a place's code is another's, or a share of it is (a split).

    Figures under the old code, of whatever month, count for the heir.
    """

    old_code = models.CharField(max_length=20)
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    share = models.FloatField(default=1.0)
    changed_date = models.DateField()
    source = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["old_code", "place"], name="indicators_succession_once"
            ),
            models.CheckConstraint(
                name="indicators_succession_share", condition=Q(share__gt=0, share__lte=1)
            ),
        ]


class ReturnQuerySet(models.QuerySet["Return"]):
    """Which returns an actor sees."""

    def visible_to(self, actor: Actor) -> Self:
        """Keep the returns over an actor's places: a department's seat sees its own department's."""
        if actor.kind == ActorKind.SYSTEM:
            return self
        conditions = [
            Q(place_path__gte=seat.place_path, place_path__lt=seat.place_path + "0")
            & (Q(department=seat.department) if seat.department else Q())
            for seat in actor.seats
            if seat.role in HANDLERS and seat.case_id is None
        ]
        return self.filter(reduce(or_, conditions)) if conditions else self.none()


class Return(models.Model):
    """Figures of a month that a department handed in, as one piece: taken in whole or not at all.

    cells: [[place code, indicator code, value, numerator or null, denominator or null, note] …]. place: where all of them lie.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place_path = LtreeField()
    department = models.CharField(max_length=32, blank=True)
    month_date = models.DateField()
    cells = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True, default="")
    """Why it corrects what stands; empty where it does not."""
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    due_at = models.DateTimeField(null=True)
    given_by = models.UUIDField(null=True)
    given_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True, default="")

    objects = ReturnQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["place_path", "state", "month_date"], name="indicators_return_place"
            ),
            models.Index(
                fields=["due_at"], name="indicators_return_due", condition=Q(state__in=OPEN_STATES)
            ),
        ]


class Value(models.Model):
    """An indicator's value for a place and month. value empty: it cannot be told, mostly for want of a denominator.

    is_returned: a department gave it; such a value is never counted over. inherited: what codes that ended left to it, and what it was
    without: {"own": [value, numerator, denominator] or null, "from": {ended code: [value, numerator, denominator, share]}}.
    """

    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    place = models.ForeignKey(
        "places.Place", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    month_date = models.DateField()
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    value = models.FloatField(null=True)
    is_returned = models.BooleanField(default=False)
    returned_in = models.ForeignKey(
        Return, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    inherited = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "place", "month_date"], name="indicators_value_once"
            )
        ]
        indexes = [models.Index(fields=["month_date", "place"], name="indicators_value_month")]

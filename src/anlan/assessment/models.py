"""Tables of schemes by version, of results told from before, of cards and of objections. No table names a person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anlan.assessment.rules.objections import OPEN_STATES, READERS
from anlan.kernel.ids import new_id
from anlan.places.models import LtreeField, ReadByPlace


class SchemeVersion(models.Model):
    """A version of a scheme, as in the file; once loaded it never changes. since: the first period for which it holds."""

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    code = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    since = models.CharField(max_length=7)
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code", "version"], name="assessment_scheme_once"
            )
        ]


class PastResult(models.Model):
    """Whether a place passed in a year that was assessed elsewhere, so that the ladder does not begin anew. source: where that stands."""

    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    scheme = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    is_passed = models.BooleanField()
    source = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "scheme", "year"], name="assessment_past_once")
        ]


class CardQuerySet(ReadByPlace["Card"]):
    """Cards as far as an actor sees them."""

    readers = READERS


class ObjectionQuerySet(ReadByPlace["Objection"]):
    """Objections as far as an actor sees them."""

    readers = READERS


class Card(models.Model):
    """A version of a place's published card; its content never changes, a corrected version takes its place.

    digest: of the content; ledger_size, ledger_root: the ledger's tree when it was published. reason, changes: why and in what it differs from
    the version before: [[what, indicator, before, now] …].
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    place_path = LtreeField()
    scheme = models.CharField(max_length=40)
    period = models.CharField(max_length=7)
    version = models.PositiveSmallIntegerField()
    is_current = models.BooleanField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=1000, blank=True, default="")
    changes = models.JSONField(default=list)
    published_at = models.DateTimeField()
    objections_until = models.DateTimeField()
    ledger_size = models.BigIntegerField()
    ledger_root = models.CharField(max_length=64)

    objects = CardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place", "scheme", "period", "version"], name="assessment_card_once"
            ),
            models.UniqueConstraint(
                fields=["place", "scheme", "period"], name="assessment_card_one_current", condition=Q(is_current=True),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["place_path", "scheme", "period"], name="assessment_card_place")
        ]


class Objection(models.Model):
    """What a place holds against a card. value: what it says is right; answer: why it was decided so; corrected: the card that came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="objections")
    place_path = LtreeField()
    indicator = models.CharField(max_length=40)
    value = models.FloatField(null=True)
    text = models.CharField(max_length=1000)
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    due_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField()
    answer = models.CharField(max_length=1000, blank=True, default="")
    decided_value = models.FloatField(null=True)
    decided_at = models.DateTimeField(null=True)
    corrected = models.ForeignKey(Card, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["place_path", "state"], name="assessment_objection_place"),
            models.Index(
                fields=["due_at"],
                name="assessment_objection_due",
                condition=Q(state__in=OPEN_STATES),
            ),
        ]

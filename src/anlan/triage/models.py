"""Tables of classifier versions and of the decision made for each signal."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, Value

from anlan.places.models import new_version
from anlan.triage.rules import Target
from anlan.triage.rules.picking import DoubtKind


class ClassifierVersion(models.Model):
    """A trained classifier of one jurisdiction, with the data and scores it was measured on."""

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+"
    )
    made_at = models.DateTimeField()
    data_source = models.CharField(max_length=300)
    texts_count = models.PositiveIntegerField()
    scores = models.JSONField(default=dict)
    blob = models.BinaryField()
    is_active = models.BooleanField(default=False)
    is_shadow = models.BooleanField(default=False, db_default=False)
    """Proposes beside the one in use, for nobody's eyes but a comparison's."""
    shadow_from = models.DateTimeField(null=True)
    learned_until = models.DateTimeField(null=True)
    """The newest answer of the desk that it has learned from; empty: it has learned from none."""
    desk_texts_count = models.PositiveIntegerField(default=0, db_default=0)
    marks = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    """How sure a choice has to be to stand by itself, as measured; empty: not measured."""
    replaced = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    """The version that was in use before this one was promoted."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction"],
                condition=Q(is_active=True),
                name="triage_one_active_classifier",
            ),
            models.UniqueConstraint(
                fields=["jurisdiction"],
                condition=Q(is_shadow=True),
                name="triage_one_shadow_classifier",
            ),
        ]


class Decision(models.Model):
    """What triage proposed for a signal, how sure it was, and why."""

    signal = models.OneToOneField(
        "intake.Signal", primary_key=True, on_delete=models.CASCADE, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    case = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    matter = models.ForeignKey(
        "cases.Matter", on_delete=models.PROTECT, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    unit = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    classifier = models.ForeignKey(
        ClassifierVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    confidence = models.FloatField()
    needs_person = models.BooleanField()
    reason = models.JSONField()
    """{"matter": {"by", "phrases", "top"}, "place": {"by", ...}, "route": {"by", "department", "at"}}"""
    decided_at = models.DateTimeField()


class ShadowProposal(models.Model):
    """What a version in shadow proposed for a signal, beside the version in use. Codes and figures only."""

    version = models.ForeignKey(ClassifierVersion, on_delete=models.CASCADE, related_name="+")
    active = models.ForeignKey(
        ClassifierVersion, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    signal = models.ForeignKey(
        "intake.Signal", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    proposed = models.JSONField()
    """{"shadow": {"by", "top", "is_sure", ...}, "active": {...}}: choices as decisions keep them,
    without the phrases."""
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signal", "version"], name="triage_shadowproposal_once")
        ]


class Topic(models.Model):
    """A hot topic as it was last found: what many signals of one matter family say in one place.

    `key`: its earliest signal, by which it is known again when it is next found.
    """

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.UUIDField()
    family = models.CharField(max_length=64)
    phrases = models.JSONField()
    """What many of its signals say; shown to whoever sees enough of them."""
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "key"], name="triage_topic_once")
        ]


class TopicMember(models.Model):
    """A signal of a topic, with its case; seen with the case."""

    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    signal = models.ForeignKey(
        "intake.Signal", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    case = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic", "signal"], name="triage_topicmember_once")
        ]
        indexes = [models.Index(fields=["at"], name="triage_topicmember_at")]


class RoutingVersion(models.Model):
    """One row: changes with the rules, so that every process loads them again."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=new_version)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="triage_routing_one_row")]


class RoutingRule(models.Model):
    """A routing rule: conditions, a target, and why. Ordered by `position`; the first match decides.

    Empty lists and nulls hold for everything. Times are local; `until_time` may lie before
    `from_time`, then the rule holds past midnight. `valid_until` is exclusive.
    """

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    matters = models.JSONField(default=list)
    classes = models.JSONField(default=list)
    levels = models.JSONField(default=list)
    channels = models.JSONField(default=list)
    words = models.JSONField(default=list)
    days = models.CharField(max_length=8, blank=True, default="")
    from_time = models.TimeField(null=True)
    until_time = models.TimeField(null=True)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    target = models.CharField(max_length=16, choices=[(t.value, t.value) for t in Target])
    unit_id = models.BigIntegerField(null=True)
    """Without a foreign key: a unit that is gone makes the rule fail where people see it."""
    department = models.CharField(max_length=32, blank=True, default="")
    why = models.CharField(max_length=300)
    changed_at = models.DateTimeField()
    changed_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "position"],
                name="triage_rule_in_order",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]


class RuleCount(models.Model):
    """What a routing rule did with cases of a place and a local day: rows that add up. Written by triggers only.

    decided: cases it decided; failed: cases on which it could not be followed. Both may be taken back (negative).
    """

    rule_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    date = models.DateField()
    decided = models.BigIntegerField()
    failed = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(
                fields=["date", "place_id"], include=["rule_id", "decided", "failed"],
                name="triage_rulecount_date",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.decided}, {self.failed}"


class Pick(models.Model):
    """What was picked in a doubt about a matter, and how often: a proposal for the next one.

    `doubt`: the places that meet at a border, or the place around; `pick`: a place's code or a unit's number.
    No case and no person stands in it.
    """

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in DoubtKind])
    doubt = models.CharField(max_length=200)
    matter = models.CharField(max_length=64)
    pick = models.CharField(max_length=32)
    times = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "doubt", "matter", "pick"], name="triage_pick_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.doubt} {self.matter}: {self.pick} ({self.times}×)"

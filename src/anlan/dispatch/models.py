"""Tables of the room: dispatches (one responder asked for one case), run cards, last positions; batches; acts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from anlan.dispatch.rules import MINUTES_PER_KM, Rung
from anlan.kernel.ids import new_id


class Dispatch(models.Model):
    """One responder asked for one case.

    due_at: by when it must be signed for, then arrived at, then closed. follow_at: when the next is asked,
    empty when there is nothing to follow. rung, wanted_role, wanted_department, card: how it came to
    this person, and for which need. follows: the one who did not sign.
    """

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
    rung = models.CharField(max_length=8, db_default=Rung.CHOSEN.value)
    wanted_role = models.CharField(max_length=32, db_default="")
    wanted_department = models.CharField(max_length=32, db_default="")
    card = models.CharField(max_length=64, db_default="")
    ack_minutes = models.PositiveIntegerField(null=True)
    arrive_minutes = models.PositiveIntegerField(null=True)
    on_the_way_at = models.DateTimeField(null=True)
    follow_at = models.DateTimeField(null=True)
    follows = models.OneToOneField("self", null=True, on_delete=models.CASCADE, related_name="+")
    carried_from = models.UUIDField(null=True)
    """The case that this person was sent to, when it has been merged into `case` since."""

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
            models.Index(
                fields=["follow_at"],
                name="dispatch_follow",
                condition=Q(follow_at__isnull=False),
            ),
        ]


class Handover(models.Model):
    """A need for which nobody was left: the county centre has it, with the reason, until somebody is sent.

    reasons: how many holders of the duty each obstacle kept off.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    follows = models.OneToOneField(Dispatch, null=True, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=32)
    department = models.CharField(max_length=32, blank=True, default="")
    at = models.DateTimeField()
    holders = models.PositiveIntegerField()
    reasons = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.role} {self.at:%Y-%m-%d %H:%M}"


class RunCard(models.Model):
    """Who is to come to which cases: policy, loaded with the catalogue. Empty fields ask nothing."""

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+"
    )
    code = models.CharField(max_length=64)
    channel = models.CharField(max_length=16, blank=True, default="")
    matter_class = models.CharField(max_length=16, blank=True, default="")
    family = models.CharField(max_length=64, blank=True, default="")
    matter = models.CharField(max_length=64, blank=True, default="")
    level = models.CharField(max_length=16, blank=True, default="")
    one_is_enough = models.BooleanField(default=False)
    minutes_per_km = models.FloatField(db_default=MINUTES_PER_KM)
    source = models.CharField(max_length=300)
    confidence = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "code"], name="dispatch_runcard_once"),
            models.UniqueConstraint(
                fields=["jurisdiction", "channel", "matter_class", "family", "matter", "level"],
                name="dispatch_runcard_one_for_each",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class RunCardNeed(models.Model):
    """So many people of one role on a card; `number` keeps the order in which they stand there."""

    card = models.ForeignKey(RunCard, on_delete=models.CASCADE, related_name="needs")
    number = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=32)
    department = models.CharField(max_length=32, blank=True, default="")
    count = models.PositiveSmallIntegerField()
    ack_minutes = models.PositiveIntegerField(null=True)
    arrive_minutes = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "number"], name="dispatch_need_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.role}"


class Position(models.Model):
    """Where somebody on duty was last, while he lets it be known: one row a person, no history.

    Only the person's own scope reads a row (migration 0004). Without a row nothing is let known.
    """

    person = models.OneToOneField(
        "people.Person", primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    allowed_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"until {self.ends_at:%H:%M}"


class Batch(models.Model):
    """The plan of a storm night. `seats`: those with which it was confirmed, [role, path, department]."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("places.Place", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16)
    levels = models.JSONField(default=list)
    classes = models.JSONField(default=list)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    progress = models.PositiveSmallIntegerField(default=0)
    planned_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    seats = models.JSONField(default=list)
    figures = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["asked_by", "-asked_at"], name="dispatch_batch_own")]


class BatchItem(models.Model):
    """A case in a plan. `number`: its place in the team's list; `seq`: the case's step when planned."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+")
    duty = models.ForeignKey("people.Duty", on_delete=models.PROTECT, related_name="+", null=True)
    number = models.PositiveSmallIntegerField(default=0)
    arrives_at = models.DateTimeField(null=True)
    seq = models.PositiveIntegerField()
    state = models.CharField(max_length=16)
    reason = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "case"], name="dispatch_batchitem_once")
        ]


class Act(models.Model):
    """An act that was made on a phone, perhaps without a network, and what became of it: settled once.

    key: made by the phone, unique for the person, so that a second sending changes nothing. device, number:
    which phone and its own order. at: when it arrived, which rules every term. said_at: when it is said to
    have happened. clock_off_s: how far the server was ahead of the phone. code: why it was refused.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField()
    body_digest = models.CharField(max_length=64)
    device = models.UUIDField()
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)
    move = models.CharField(max_length=32, blank=True, default="")
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.CASCADE, related_name="+")
    dispatch = models.ForeignKey(Dispatch, null=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    said_at = models.DateTimeField()
    is_sure = models.BooleanField()
    clock_off_s = models.IntegerField()
    outcome = models.CharField(max_length=8)
    code = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="dispatch_act_once"),
            models.UniqueConstraint(
                fields=["person", "device", "number"], name="dispatch_act_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.move} {self.outcome}"

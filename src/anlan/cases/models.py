"""Tables of the catalogue, deadline profiles, cases, their steps and their signals."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Cast

from anlan.cases.rules import Card, Level, MatterClass, Outcome
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.ids import new_id
from anlan.places.models import LtreeField, new_version


class CatalogueVersion(models.Model):
    """One row: changes with the catalogue, so that every process loads it again."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=new_version)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="cases_catalogueversion_one_row")
        ]


class DeadlineProfile(models.Model):
    """Terms of one level in one jurisdiction: policy, editable, with its source."""

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+"
    )
    code = models.CharField(max_length=16, choices=[(v.value, v.value) for v in Level])
    ack_amount = models.PositiveSmallIntegerField()
    ack_unit = models.CharField(max_length=16)
    update_amount = models.PositiveSmallIntegerField(default=1)
    update_unit = models.CharField(max_length=16, default="WORKING_DAY")
    close_amount = models.PositiveSmallIntegerField()
    close_unit = models.CharField(max_length=16)
    extension_amount = models.PositiveSmallIntegerField(default=0)
    extension_unit = models.CharField(max_length=16, default="WORKING_DAY")
    extensions_limit = models.PositiveSmallIntegerField(default=0)
    pause_amount = models.PositiveSmallIntegerField(default=10)
    pause_unit = models.CharField(max_length=16, default="WORKING_DAY")
    source = models.CharField(max_length=300)
    confidence = models.FloatField()
    valid_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "code", "valid_from"], name="cases_profile_once"
            )
        ]


class Matter(models.Model):
    """An entry of the matter catalogue (事项清单)."""

    jurisdiction = models.ForeignKey(
        "places.Jurisdiction", on_delete=models.CASCADE, related_name="+"
    )
    code = models.CharField(max_length=64)
    matter_class = models.CharField(
        max_length=16, choices=[(v.value, v.value) for v in MatterClass]
    )
    family = models.CharField(max_length=64, blank=True, default="")
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=160)
    keywords = models.JSONField(default=list)
    phrases = models.JSONField(default=list)
    department = models.CharField(max_length=32)
    level = models.CharField(max_length=16, choices=[(v.value, v.value) for v in Level])
    source = models.CharField(max_length=300)
    confidence = models.FloatField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "code"], name="cases_matter_once")
        ]


FEW_PATHS = 4


def subtree(path: str) -> Q:
    """Select a place and everything below it as one range of the b-tree on `place_path`.

    In ltree's order every path below "a.b" lies between "a.b" and "a.b0", because the label "b0"
    is the smallest one after "b" and labels hold no character before "0".
    """
    return Q(place_path__gte=path, place_path__lt=path + "0")


def subtrees(paths: Collection[str]) -> Q:
    """Select several places and everything below them.

    A few are ranges of the index; many are one comparison with an array, which the server plans
    once however many they are.
    """
    if len(paths) > FEW_PATHS:
        return Q(place_path__below_any=sorted(paths))
    return reduce(or_, (subtree(path) for path in sorted(paths)), Q(pk__in=[]))


def _is_below_any(path: str, others: Collection[str]) -> bool:
    return any(path == other or path.startswith(other + ".") for other in others)


def outermost(paths: Collection[str]) -> list[str]:
    """Drop the paths that lie below another: sorted, they follow it directly."""
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not _is_below_any(path, kept[-1:]):
            kept.append(path)
    return kept


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: Actor) -> Self:
        """Keep the cases that an actor may see.

        A seat opens the cases of its place and everything below it; a seat for one department
        opens only those that this department handles or co-handles. A seat that lies inside a
        wider one adds nothing and is left out. Residents, volunteers and enterprises hold no such
        seat: they see what they raised, by tracking code. Emergency access opens single cases, too.
        """
        if actor.kind == ActorKind.SYSTEM:
            return self
        paths: dict[str, set[str]] = {}
        for seat in actor.watching_seats:
            paths.setdefault(seat.department, set()).add(seat.place_path)
        wide = outermost(paths.pop("", set()))
        condition = subtrees(wide)
        for department, narrow in sorted(paths.items()):
            inside = [p for p in outermost(narrow) if not _is_below_any(p, wide)]
            if inside:
                condition |= subtrees(inside) & Q(departments__contains=[department])
        if actor.opened_cases:
            condition |= Q(pk__in=actor.opened_cases)
        return self.filter(condition)

    def open_to(self, actor: Actor) -> Self:
        """Keep the cases that an actor may see, and those to which the actor has been sent.

        For one case at a time: what somebody was sent to stands in the dispatches' own list.
        """
        seen = self.visible_to(actor)
        if actor.id is None:
            return seen
        return seen | self.filter(responders__contains=[actor.id])

    def locked(self) -> Self:
        """Lock the cases, and hold them: to the transaction's end they stay in its sight.

        The change may take a case out of the actor's seats; row-level security lets `anlan.held`
        through (migration 0004).
        """
        so_far = Func(Value("anlan.held"), Value(True), function="current_setting")
        held = Func(Value(" "), so_far, Cast("pk", models.TextField()), function="concat_ws")
        tell = Func(Value("anlan.held"), held, Value(True), function="set_config",
                    output_field=models.TextField())  # fmt: skip
        return self.annotate(_held=tell).select_for_update(of=("self",))

    def open(self) -> Self:
        """Keep the cases whose clock runs."""
        return self.filter(due_at__isnull=False)


class Case(models.Model):
    """One matter that somebody raised, from opening to close.

    `due_at` and `amber_at` belong to the clock that runs now (acceptance first, then closing);
    both are empty when none runs. `seq` is the number of the last step.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=10)
    procedure_version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16)
    # Checked by no constraint, as nothing is that a signal writes: docs/decisions/0033.
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    level = models.CharField(max_length=16)
    place = models.ForeignKey(
        "places.Place", on_delete=models.PROTECT, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    place_path = LtreeField()
    unit = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    """Who is to act: the responsible unit."""
    desk = models.ForeignKey(
        "places.Unit", on_delete=models.PROTECT, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    """The command platform in charge, to which the unit returns and from which it is sent."""
    departments = ArrayField(models.CharField(max_length=32), default=list)
    responders = ArrayField(models.UUIDField(), default=list)
    """Persons who were sent and have not finished: the case is open to them wherever they sit."""
    title = models.CharField(max_length=120)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    needs_person = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    opened_date = models.DateField()
    accepted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_date = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)
    amber_at = models.DateTimeField(null=True)
    close_due_at = models.DateTimeField()
    close_amber_at = models.DateTimeField()
    response_due_at = models.DateTimeField(null=True)
    """By when it had to be accepted; stays when another clock runs."""
    update_due_at = models.DateTimeField(null=True)
    """By when the reporter must hear something again; empty once the case is closed."""
    paused_at = models.DateTimeField(null=True)
    """Since when all clocks stand still; the due times are put off when they run again."""
    pause_ends_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=16,
        blank=True,
        default="",
        choices=[(v.value, v.value) for v in Outcome],
    )
    card = models.CharField(
        max_length=8, blank=True, default="", choices=[(v.value, v.value) for v in Card]
    )
    extension_count = models.PositiveSmallIntegerField(default=0)
    extension_asked_by = models.UUIDField(null=True)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    """The case that goes on in place of this one. Set by a move only."""
    seq = models.PositiveIntegerField(default=1)
    last_at = models.DateTimeField()

    objects = CaseQuerySet.as_manager()

    class Meta:
        # Each index costs every signal taken: foreign keys that nothing is looked up by have none.
        constraints = [models.UniqueConstraint(fields=["code"], name="cases_case_code_once")]
        indexes = [
            models.Index(
                fields=["unit", "due_at"],
                name="cases_case_open_unit",
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="cases_case_clock",
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["place_path", "due_at"],
                name="cases_case_open_place",
                condition=Q(due_at__isnull=False),
            ),
            models.Index(fields=["place_path", "opened_at", "id"], name="cases_case_place_opened"),
            models.Index(
                fields=["due_at", "id"],
                name="cases_case_doubt",
                condition=Q(needs_person=True, due_at__isnull=False),
            ),
            models.Index(fields=["opened_at", "id"], name="cases_case_opened"),
            models.Index(
                fields=["pause_ends_at"],
                name="cases_case_paused",
                condition=Q(paused_at__isnull=False),
            ),
            models.Index(
                fields=["merged_into"],
                name="cases_case_merged",
                condition=Q(merged_into__isnull=False),
            ),
        ]


class Sweep(models.Model):
    """One row: up to which instant all clocks that turned have been told of; null: none yet."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    swept_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="cases_sweep_one_row")]


class Step(models.Model):
    """One move in a case's life, in the case's own order. Notes may hold personal data."""

    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="steps", db_index=False, db_constraint=False
    )
    seq = models.PositiveIntegerField()
    move = models.CharField(max_length=32)
    from_state = models.CharField(max_length=16, blank=True, default="")
    to_state = models.CharField(max_length=16)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8)
    actor_id = models.UUIDField(null=True)
    actor_role = models.CharField(max_length=32, blank=True, default="")
    note = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)
    tells_reporter = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="cases_step_in_order")]


class CaseSignal(models.Model):
    """Which signals belong to which case: the one that opened it, and those that joined."""

    signal = models.OneToOneField(
        "intake.Signal", primary_key=True, on_delete=models.PROTECT, related_name="+",
        db_constraint=False,
    )  # fmt: skip
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="signals", db_constraint=False
    )
    joined_at = models.DateTimeField()


class SearchRow(models.Model):
    """The words of a case's reports, for the search; numbered in the order of being taken in.

    Read and written through the functions of migration 0003; the index stands there, too.
    """

    number = models.BigAutoField(primary_key=True)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+")
    place_path = LtreeField()
    words = models.TextField()


class SavedFilter(models.Model):
    """A filter of the queue under a name, of whoever keeps it. `fields`: what the queue's address says.

    lent_to: the path of the place whose desk sees it, too; empty: nobody else.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(
        "people.Person", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=30)
    fields = models.JSONField(default=dict)
    lent_to = models.CharField(max_length=255, blank=True, default="")
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "name"], name="cases_savedfilter_once")
        ]
        indexes = [
            models.Index(
                fields=["lent_to"], name="cases_savedfilter_lent", condition=~Q(lent_to="")
            )
        ]


class Untold(models.Model):
    """A case that has just been opened, until the event of it is told: an outbox without a queue's cost.

    Without a foreign key, which would be checked for each signal; a row is gone within a second.
    """

    case_id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.case_id}"


class CasePhoto(models.Model):
    """A photo that belongs to a case, with the step it came with."""

    document = models.OneToOneField(
        "documents.Document",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="photos")
    seq = models.PositiveIntegerField()

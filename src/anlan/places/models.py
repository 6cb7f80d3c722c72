"""Tables of the room: jurisdictions, the tree of places, shapes, departments and units.

The tree is held twice on purpose: `parent` for integrity and `path` (ltree, code labels joined
with dots) for "everything below" in one index look-up.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.db.models.lookups import PostgresOperatorLookup

from anlan.kernel.actor import Actor, ActorKind, Role

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
    PathLookup = models.Lookup[bool]
else:  # Django's fields and look-ups take type arguments only in its stubs
    TextField = models.TextField
    PathLookup = models.Lookup


def new_version() -> int:
    """Draw a version number nobody has seen: a rolled-back one can never be met again."""
    return secrets.randbits(62)


class LtreeField(TextField):
    """A PostgreSQL ltree: labels joined with dots, e.g. 33.3306.330681."""

    def db_type(self, connection: Any) -> str:
        return "ltree"

    def get_internal_type(self) -> str:
        return "LtreeField"


@LtreeField.register_lookup
class DescendantOf(PostgresOperatorLookup):
    """The path is the given one or lies below it (`<@`)."""

    lookup_name = "descendant_of"
    postgres_operator = "<@"


@LtreeField.register_lookup
class AncestorOf(PostgresOperatorLookup):
    """The path is the given one or lies above it (`@>`)."""

    lookup_name = "ancestor_of"
    postgres_operator = "@>"


@LtreeField.register_lookup
class BelowAny(PathLookup):
    """The path is one of the given ones or lies below one of them (`<@ ANY`)."""

    lookup_name = "below_any"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        path, parameters = self.process_lhs(compiler, connection)
        return f"{path} <@ ANY(%s::ltree[])", [*parameters, list(self.rhs)]


class Jurisdiction(models.Model):
    """A country's or city's names, levels, time zone and rules, as loaded from its folder."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    name_en = models.TextField()
    time_zone = models.TextField()
    calendar = models.TextField()
    locale = models.TextField()
    source = models.TextField()
    licence = models.TextField()
    # [{code, zh, en, code_width, name, name_en}], top level first
    levels = models.JSONField(default=list)
    # 0 where codes are never padded
    padded_code_width = models.PositiveSmallIntegerField(default=0)
    # {} or where optional boundary data is found: package, path, datum, source
    boundaries = models.JSONField(default=dict, blank=True)
    # Changes with every write to the room; memory caches compare it
    version = models.BigIntegerField(default=new_version)

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """A node of the tree, from the whole jurisdiction down to a grid."""

    code = models.TextField(unique=True)
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="places")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    level = models.TextField()
    depth = models.PositiveSmallIntegerField()
    name = models.TextField()
    name_en = models.TextField(default="", blank=True)
    path = LtreeField(unique=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    area_km2 = models.FloatField(null=True, blank=True)
    is_generated = models.BooleanField(default=False)

    class Meta:
        indexes = [GistIndex(fields=["path"], name="places_place_path_gist")]

    def __str__(self) -> str:
        return self.name


class PlaceShape(models.Model):
    """The outline of a place as WKB in WGS-84."""

    place = models.OneToOneField(
        Place, primary_key=True, on_delete=models.CASCADE, related_name="shape"
    )
    wkb = models.BinaryField()
    is_generated = models.BooleanField()
    source = models.TextField()

    def __str__(self) -> str:
        return str(self.place_id)


class Department(models.Model):
    """A line of work (条) of a jurisdiction, and where it has seats."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, on_delete=models.CASCADE, related_name="departments"
    )
    code = models.TextField()
    name = models.TextField()
    name_en = models.TextField()
    # [{level, name, name_en}] with {place} in the names
    seats = models.JSONField(default=list)
    source = models.TextField(default="", blank=True)
    confidence = models.FloatField(default=1.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "code"], name="places_department_once")
        ]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A department's seat at a place: what a case is routed to."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="units")
    department = models.TextField()
    name = models.TextField()
    name_en = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "department"], name="places_unit_once")
        ]

    def __str__(self) -> str:
        return self.name


M = TypeVar("M", bound=models.Model, covariant=True)


class ReadByPlace(models.QuerySet[M]):
    """Rows with a place_path that whoever reads a whole place sees for it and for everything below.

    readers: the roles that do. What a seat opens is decided in one place: `Actor.places_read`.
    """

    readers: ClassVar[Collection[Role]] = ()

    def visible_to(self, actor: Actor) -> Self:
        """Keep the rows of an actor's places and everything below them; a department's seat opens none."""
        if actor.kind == ActorKind.SYSTEM:
            return self
        conditions = [
            Q(place_path__gte=path, place_path__lt=path + "0")
            for path in actor.places_read(self.readers)
        ]
        return self.filter(reduce(or_, conditions)) if conditions else self.none()

    def find_seen(self, *, actor: Actor, key: Any, lock: bool = False) -> M | None:
        """Find a row that an actor sees; absent and unseen are the same."""
        found = self.visible_to(actor)
        if lock:
            found = found.select_for_update(of=("self",))
        return found.filter(pk=key).first()

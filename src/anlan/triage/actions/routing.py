"""Writing routing rules: for those who run a desk, within their own places, each change in the ledger."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Max

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import Level, MatterClass
from anlan.intake.rules import Channel
from anlan.kernel import permits
from anlan.kernel.actor import Actor, ActorKind, Role
from anlan.kernel.canonical import digest
from anlan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from anlan.ledger import actions as ledger
from anlan.places.models import new_version
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.triage.models import RoutingRule, RoutingVersion
from anlan.triage.queries import routing as queries
from anlan.triage.rules import Days, Target

EDITING_ROLES = frozenset({Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER})
WORDS_LIMIT = 20


class RuleOutOfReach(NotAllowed):
    """A routing rule for {place} is made by those who run its desk or one above it."""


class RuleUnknown(NotFound):
    """There is no routing rule {rule}."""


class RuleChanged(Conflict):
    """Somebody has changed this rule since you loaded it. Load it again and look."""


class RuleIncomplete(Invalid):
    """The rule cannot be saved: {problem}."""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What a rule is to say; the form of `RoutingRule` with a place's code."""

    place_code: str
    target: str
    why: str
    matters: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    days: str = ""
    from_time: time | None = None
    until_time: time | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    unit_id: int | None = None
    department: str = ""
    is_active: bool = field(default=True)


def may_edit(actor: Actor, place: PlaceInfo) -> bool:
    """Tell whether an actor runs the desk of a place or one above it."""
    return actor.kind is ActorKind.SYSTEM or any(
        seat.role in EDITING_ROLES
        and (place.path == seat.place_path or place.path.startswith(seat.place_path + "."))
        for seat in actor.watching_seats
    )


@permits.scope
@transaction.atomic
def save_rule(
    *,
    actor: Actor,
    draft: RuleDraft,
    at: datetime,
    rule_id: int | None = None,
    expected_at: datetime | None = None,
) -> RoutingRule:
    """Make a rule, last in order, or change one; in force in every process within two seconds.

    expected_at: when the rule that the caller saw was last changed. Raises RuleOutOfReach, RuleUnknown,
    RuleChanged, RuleIncomplete, PlaceUnknown.
    """
    RoutingVersion.objects.select_for_update().get(pk=1)
    row = build_row(actor=actor, draft=draft, rule_id=rule_id)
    before: dict[str, Any] = {}
    if rule_id is not None:
        old = _access(actor, rule_id)
        if expected_at is not None and expected_at != old.changed_at:
            raise RuleChanged()
        before, row.position = _describe(old), old.position
    else:
        last = RoutingRule.objects.filter(jurisdiction_id=row.jurisdiction_id)
        row.position = (last.aggregate(last=Max("position"))["last"] or 0) + 1
    row.changed_at, row.changed_by = at, actor.id
    row.save()
    _tell(actor, "routing.rule_saved", row, before, at)
    return row


def build_row(*, actor: Actor, draft: RuleDraft, rule_id: int | None = None) -> RoutingRule:
    """Check a draft and give its row, unsaved: for saving, and for trying it out.

    Raises RuleOutOfReach, RuleIncomplete, PlaceUnknown.
    """
    gazetteer, catalogue = get_gazetteer(), get_catalogue()
    place = gazetteer.place_by_code(draft.place_code)
    if not may_edit(actor, place):
        raise RuleOutOfReach(place=place.name)
    known = {code for jurisdiction, code in catalogue.by_code if jurisdiction == place.jurisdiction}
    _check_known("matter", draft.matters, known)
    _check_known("class", draft.classes, set(MatterClass))
    _check_known("level", draft.levels, set(Level))
    _check_known("channel", draft.channels, set(Channel))
    _check_known("target", (draft.target,), set(Target))
    _check_known("days", (draft.days,), set(Days))
    words = tuple(word for word in (given.strip() for given in draft.words) if word)
    if len(words) > WORDS_LIMIT or any(len(word) < 2 or not word.isprintable() for word in words):
        raise RuleIncomplete(problem="up to 20 words of two characters or more")
    if not draft.why.strip():
        raise RuleIncomplete(problem="it does not say why")
    if draft.valid_from and draft.valid_until and draft.valid_from >= draft.valid_until:
        raise RuleIncomplete(problem="it ends before it begins")
    if draft.target == Target.UNIT:
        unit = gazetteer.unit(draft.unit_id or 0)
        lineage = {found.id for found in gazetteer.lineage(place.id)}
        if unit is None or unit.place_id not in lineage:
            raise RuleIncomplete(problem="the unit does not serve all of the rule's place")
    if draft.target == Target.DEPARTMENT and not draft.department:
        raise RuleIncomplete(problem="it names no department")
    fields = asdict(draft) | {"words": words}
    for name in ("place_code",):
        del fields[name]
    for name in ("matters", "classes", "levels", "channels", "words"):
        fields[name] = sorted(fields[name]) if name != "words" else list(words)
    if draft.target != Target.UNIT:
        fields["unit_id"] = None
    if draft.target != Target.DEPARTMENT:
        fields["department"] = ""
    return RoutingRule(
        id=rule_id, jurisdiction_id=place.jurisdiction, place_id=place.id, position=0, **fields
    )


def _check_known(what: str, given: Collection[str], known: Collection[str]) -> None:
    for value in given:
        if value not in known:
            raise RuleIncomplete(problem=f"there is no {what} “{value[:40]}”")


@permits.scope
@transaction.atomic
def move_rule(*, actor: Actor, rule_id: int, up: bool, at: datetime) -> None:
    """Let a rule change places with the next one, up or down, that the actor may edit, too.

    Raises RuleUnknown, RuleOutOfReach. At the end of the list nothing happens.
    """
    RoutingVersion.objects.select_for_update().get(pk=1)
    row = _access(actor, rule_id)
    gazetteer = get_gazetteer()
    listed = [
        other
        for other in queries.list_rules(jurisdiction=row.jurisdiction_id)
        if may_edit(actor, gazetteer.place(other.place_id))
    ]
    index = [other.pk for other in listed].index(row.pk)
    beside = index - 1 if up else index + 1
    if not 0 <= beside < len(listed):
        return
    other, before = listed[beside], _describe(row)
    row.position, other.position = other.position, row.position
    row.save(update_fields=["position"])
    other.save(update_fields=["position"])
    _tell(actor, "routing.rule_moved", row, before, at)


@permits.scope
@transaction.atomic
def remove_rule(*, actor: Actor, rule_id: int, at: datetime) -> None:
    """Remove a rule; what it has decided keeps its number and reason. Raises RuleUnknown, RuleOutOfReach."""
    RoutingVersion.objects.select_for_update().get(pk=1)
    row = _access(actor, rule_id)
    before, number = _describe(row), row.pk
    row.delete()
    row.pk = number
    _tell(actor, "routing.rule_removed", row, before, at)


def _access(actor: Actor, rule_id: int) -> RoutingRule:
    row = queries.find_rule(rule_id=rule_id)
    if row is None:
        raise RuleUnknown(rule=rule_id)
    place = get_gazetteer().place(row.place_id)
    if not may_edit(actor, place):
        raise RuleOutOfReach(place=place.name)
    return row


def _tell(actor: Actor, what: str, row: RoutingRule, before: dict[str, Any], at: datetime) -> None:
    after = _describe(row) if what != "routing.rule_removed" else {}
    RoutingVersion.objects.update(number=new_version())
    ledger.write(
        actor=actor, what=what, about_kind="routing_rule", about_id=str(row.pk),
        data={"before": before, "after": after}, at=at,
    )  # fmt: skip
    transaction.on_commit(queries.forget_rules)


def _describe(row: RoutingRule) -> dict[str, Any]:
    """Write a rule down for the ledger; the free words of its reason as a digest."""
    return {
        "position": row.position, "is_active": row.is_active, "place": row.place_id,
        "matters": row.matters, "classes": row.classes, "levels": row.levels,
        "channels": row.channels, "words": row.words, "days": row.days,
        "from_time": row.from_time and row.from_time.isoformat("minutes"),
        "until_time": row.until_time and row.until_time.isoformat("minutes"),
        "valid_from": row.valid_from, "valid_until": row.valid_until, "target": row.target,
        "unit": row.unit_id, "department": row.department, "why_digest": digest(row.why),
    }  # fmt: skip

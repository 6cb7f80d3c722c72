"""Writing routing rules: for those who run a desk, within their own places, each change in the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.places.models import new_version
from anlan.places.queries import get_gazetteer
from anlan.triage.models import RoutingRule, RoutingVersion
from anlan.triage.queries import routing as queries
from anlan.triage.queries.drafts import (
    RuleChanged,
    RuleDraft,
    RuleOutOfReach,
    RuleUnknown,
    build_row,
    may_edit,
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
    RoutingVersion.objects.select_for_update().get_or_create(pk=1)
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


@permits.scope
@transaction.atomic
def move_rule(*, actor: Actor, rule_id: int, up: bool, at: datetime) -> None:
    """Let a rule change places with the next one, up or down, that the actor may edit, too.

    Raises RuleUnknown, RuleOutOfReach. At the end of the list nothing happens.
    """
    RoutingVersion.objects.select_for_update().get_or_create(pk=1)
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
    RoutingVersion.objects.select_for_update().get_or_create(pk=1)
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

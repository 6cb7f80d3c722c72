"""The routing rules in memory, and what is known of how they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from anlan.cases.models import Case, outermost
from anlan.cases.queries import get_catalogue
from anlan.kernel import sql
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.snapshots import Snapshot
from anlan.places.queries import get_gazetteer
from anlan.triage import rules
from anlan.triage.models import Decision, RoutingRule, RoutingVersion

DRY_RUN_LIMIT = 50_000
SAMPLES = 3
NONE = rules.RuleSet()


def _load() -> dict[str, rules.RuleSet]:
    number = _version()
    found: dict[str, list[rules.RoutingRule]] = {}
    for row in RoutingRule.objects.filter(is_active=True).order_by("position"):
        found.setdefault(row.jurisdiction_id, []).append(as_rule(row))
    return {code: rules.RuleSet(tuple(listed), number) for code, listed in found.items()}


def _version() -> int:
    return RoutingVersion.objects.values_list("number", flat=True).first() or 0


_rules = Snapshot(_load, _version)
forget_rules = _rules.forget


def get_rules(jurisdiction: str) -> rules.RuleSet:
    """Give the rules in force, at most two seconds old."""
    return _rules.get().get(jurisdiction, NONE)


def as_rule(row: RoutingRule) -> rules.RoutingRule:
    """Give the rule that a row says."""
    place = get_gazetteer().place(row.place_id)
    return rules.RoutingRule(
        id=row.pk or 0, position=row.position, place_path=place.path,
        target=rules.Target(row.target), matters=frozenset(row.matters),
        classes=frozenset(row.classes), levels=frozenset(row.levels),
        channels=frozenset(row.channels), days=rules.Days(row.days),
        from_minute=rules.minute_of(row.from_time, 0),
        until_minute=rules.minute_of(row.until_time, 24 * 60),
        valid_from=row.valid_from, valid_until=row.valid_until, words=tuple(row.words),
        unit_id=row.unit_id, department=row.department, why=row.why,
    )  # fmt: skip


def list_rules(*, jurisdiction: str) -> list[RoutingRule]:
    """List all rules in their order, those switched off among them."""
    found = RoutingRule.objects.filter(jurisdiction_id=jurisdiction)
    return list(found.order_by("position"))


def find_rule(*, rule_id: int) -> RoutingRule | None:
    """Find a rule."""
    return RoutingRule.objects.filter(pk=rule_id).first()


@dataclass(frozen=True, slots=True)
class Record:
    """How a rule has done: cases it decided, and those where it could not be followed."""

    decided: int = 0
    failed: int = 0


def count_decisions(*, actor: Actor, since_date: date) -> dict[int, Record]:
    """Count per rule what it has decided and where it failed, at the places whose every case the actor sees.

    since_date: local; cases opened from then on. Read from what triggers keep: docs/algorithms/routing.md.
    """
    if actor.kind is ActorKind.SYSTEM:
        paths = [root.path for root in get_gazetteer().roots]
    else:
        paths = outermost({s.place_path for s in actor.watching_seats if not s.department})
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.triage", "rule_counts"), {"paths": paths, "since_date": since_date}
        )
        return {rule_id: Record(decided, failed) for rule_id, decided, failed in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class Change:
    """Cases that would go elsewhere: from a unit to a unit, how many, and some of them."""

    from_unit_id: int
    to_unit_id: int
    count: int
    samples: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What rules would have done with past cases. `failed`: cases on which a rule fails."""

    cases: int
    changed: int
    to_person: int
    failed: int
    changes: tuple[Change, ...]
    is_cut: bool


def dry_run(
    *, actor: Actor, jurisdiction: str, wanted: Sequence[RoutingRule], since_at: datetime
) -> DryRun:
    """Try rules on the cases opened since an instant that the actor sees; nothing is written.

    Compared with the rules in force, so that what is shown is what the change does. One statement
    reads at most 50,000 cases, the newest first.
    """
    gazetteer, catalogue = get_gazetteer(), get_catalogue()
    before = get_rules(jurisdiction)
    active = [row for row in wanted if row.is_active]
    after = rules.RuleSet(tuple(as_rule(row) for row in sorted(active, key=lambda r: r.position)))
    seen = Case.objects.visible_to(actor).filter(opened_at__gte=since_at).values("id")
    found = Decision.objects.filter(case_id__in=seen).order_by("-decided_at")
    rows = list(
        found.values_list(
            "case_id", "case__matter_id", "case__place_id", "case__opened_at", "signal__channel",
            "signal__text",
        )[: DRY_RUN_LIMIT + 1]
    )  # fmt: skip
    moved: dict[tuple[int, int], list[UUID]] = {}
    tried = changed = to_person = failed = 0
    for case_id, matter_id, place_id, opened_at, channel, text in rows[:DRY_RUN_LIMIT]:
        matter = catalogue.matters.get(matter_id)
        if matter is None or matter.jurisdiction != jurisdiction:
            continue
        tried += 1
        place = gazetteer.place(place_id)
        facts = rules.Facts(
            matter, place_id, place.path, channel, text, opened_at,
            gazetteer.calendar(place_id), gazetteer.time_zone(place_id),
        )  # fmt: skip
        now_goes = rules.route_by_rules(gazetteer, before, facts)
        would_go = rules.route_by_rules(gazetteer, after, facts)
        to_person += would_go.by == "RULE_PERSON"
        failed += bool(would_go.errors)
        if (now_goes.unit.id, now_goes.needs_person) != (would_go.unit.id, would_go.needs_person):
            changed += 1
            pair = (now_goes.unit.id, would_go.unit.id)
            moved.setdefault(pair, []).append(case_id)
    changes = [
        Change(*pair, len(ids), tuple(ids[:SAMPLES]))
        for pair, ids in sorted(moved.items(), key=lambda item: -len(item[1]))
    ]
    return DryRun(
        tried, changed, to_person, failed, tuple(changes), is_cut=len(rows) > DRY_RUN_LIMIT
    )

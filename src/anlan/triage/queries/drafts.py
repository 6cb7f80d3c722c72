"""A routing rule as it is drafted: who may write it, and whether it makes sense. Nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, time

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import Level, MatterClass
from anlan.intake.rules import Channel
from anlan.kernel.actor import Actor, ActorKind, Role
from anlan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.triage.models import RoutingRule
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
    is_active: bool = True


def may_edit(actor: Actor, place: PlaceInfo) -> bool:
    """Tell whether an actor runs the desk of a place or one above it, for all departments."""
    return actor.kind is ActorKind.SYSTEM or any(
        seat.role in EDITING_ROLES
        and not seat.department
        and (place.path == seat.place_path or place.path.startswith(seat.place_path + "."))
        for seat in actor.watching_seats
    )


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

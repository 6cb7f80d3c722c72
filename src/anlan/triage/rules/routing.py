"""Routing rules: ordered, first match wins; where none matches, the climb to the nearest seat decides.

A rule is data: conditions on matter, place, channel, local time and words of the text, a target, and why.
Nothing in it is about persons. A rule that cannot be followed (its unit is gone, a field makes no sense) is
passed over, said in the decision's reason, and the case goes to a person: no error is swallowed.
Algorithm page: docs/algorithms/routing.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from anlan.cases.rules import MatterInfo
from anlan.kernel.calendars import get_calendar
from anlan.kernel.errors import Invalid
from anlan.places.rules import Gazetteer, UnitInfo
from anlan.triage.rules.choosing import Route, route

DAY_MINUTES = 24 * 60


class Target(StrEnum):
    """Where a rule sends: a unit, a department's nearest seat, or a person at the desk decides."""

    UNIT = "UNIT"
    DEPARTMENT = "DEPARTMENT"
    PERSON = "PERSON"


class Days(StrEnum):
    """On which days a rule holds."""

    EVERY = ""
    WORKING = "WORKING"
    OFF = "OFF"


class RuleBroken(Invalid):
    """The routing rule cannot be followed: {problem}."""


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """One rule. An empty condition holds for everything; `from_minute`..`until_minute` may pass midnight.

    place_path: it and everything below. minutes: of the local day. Dates are local, `valid_until`
    exclusive. words: one of them stands in the text.
    """

    id: int
    position: int
    place_path: str
    target: Target
    matters: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    days: Days = Days.EVERY
    from_minute: int = 0
    until_minute: int = DAY_MINUTES
    valid_from: date | None = None
    valid_until: date | None = None
    words: tuple[str, ...] = ()
    unit_id: int | None = None
    department: str = ""
    why: str = ""

    def takes_matter(self, matter: MatterInfo) -> bool:
        """Tell whether the rule is about a matter."""
        return (
            (not self.matters or matter.code in self.matters)
            and (not self.classes or matter.matter_class in self.classes)
            and (not self.levels or matter.level in self.levels)
        )

    @property
    def asks_when(self) -> bool:
        """Whether the rule holds at some times only."""
        return bool(
            self.days
            or (self.from_minute, self.until_minute) != (0, DAY_MINUTES)
            or self.valid_from
            or self.valid_until
        )

    def minutes(self) -> Collection[range]:
        """Give the minutes of the day in which the rule holds, as ranges."""
        if self.from_minute < self.until_minute:
            return (range(self.from_minute, self.until_minute),)
        return (range(self.from_minute, DAY_MINUTES), range(self.until_minute))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may ask about a signal. `at`: when it came in (UTC)."""

    matter: MatterInfo
    place_id: int
    place_path: str
    channel: str
    text: str
    at: datetime
    calendar: str
    time_zone: str

    def local(self) -> datetime:
        """Give the local time."""
        return self.at.astimezone(ZoneInfo(self.time_zone))


def holds(rule: RoutingRule, facts: Facts) -> bool:
    """Tell whether the conditions of a rule beyond matter and place hold."""
    if rule.channels and facts.channel not in rule.channels:
        return False
    if rule.asks_when and not _is_time(rule, facts.local(), facts.calendar):
        return False
    return not rule.words or any(word in facts.text for word in rule.words)


def _is_time(rule: RoutingRule, local: datetime, calendar: str) -> bool:
    day, minute = local.date(), local.hour * 60 + local.minute
    if (rule.valid_from and day < rule.valid_from) or (
        rule.valid_until and day >= rule.valid_until
    ):
        return False
    if not any(minute in span for span in rule.minutes()):
        return False
    if not rule.days:
        return True
    is_working = get_calendar(calendar).is_working_day(day)
    return is_working == (rule.days is Days.WORKING)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in force, in order, found by matter and place without trying each.

    `number` changes with every change of a rule.
    """

    rules: tuple[RoutingRule, ...] = ()
    number: int = 0
    _by_matter: dict[str, dict[str, tuple[RoutingRule, ...]]] = field(default_factory=dict)

    def candidates(self, matter: MatterInfo, place_path: str) -> Sequence[RoutingRule]:
        """List the rules about a matter whose place lies at or above a place, in order."""
        if not self.rules:
            return ()
        by_place = self._by_matter.get(matter.code)
        if by_place is None:
            by_place = self._by_matter[matter.code] = self._index(matter)
        if not by_place:
            return ()
        found: list[RoutingRule] = []
        end = len(place_path)
        while end > 0:
            found += by_place.get(place_path[:end], ())
            end = place_path.rfind(".", 0, end)
        return sorted(found, key=_position) if len(found) > 1 else found

    def _index(self, matter: MatterInfo) -> dict[str, tuple[RoutingRule, ...]]:
        by_place: dict[str, tuple[RoutingRule, ...]] = {}
        for rule in self.rules:
            if rule.takes_matter(matter):
                by_place[rule.place_path] = (*by_place.get(rule.place_path, ()), rule)
        return by_place


def _position(rule: RoutingRule) -> int:
    return rule.position


def route_by_rules(gazetteer: Gazetteer, rules: RuleSet, facts: Facts) -> Route:
    """Follow the first rule that matches, else climb to the department's nearest seat.

    A rule that cannot be followed is passed over and told of in `errors`. Raises NoDesk.
    """
    climbed = route(gazetteer, place_id=facts.place_id, department=facts.matter.department)
    errors: list[tuple[int, str]] = []
    for rule in rules.candidates(facts.matter, facts.place_path):
        try:
            if not holds(rule, facts):
                continue
            unit = find_target(gazetteer, rule, facts.place_id, desk=climbed.desk)
        except RuleBroken as broken:
            errors.append((rule.id, broken.data["problem"]))
            continue
        except Exception as wrong:  # noqa: BLE001  whatever a rule's data do, the signal is taken
            errors.append((rule.id, f"{type(wrong).__name__}: {wrong}"))
            continue
        by = "RULE_PERSON" if rule.target is Target.PERSON else "RULE"
        return Route(
            unit, climbed.desk, by, unit.department, rule_id=rule.id, position=rule.position,
            errors=tuple(errors),
        )  # fmt: skip
    return replace(climbed, errors=tuple(errors)) if errors else climbed


def find_target(
    gazetteer: Gazetteer, rule: RoutingRule, place_id: int, *, desk: UnitInfo
) -> UnitInfo:
    """Give the unit that a rule sends to from a place. Raises RuleBroken."""
    if rule.target is Target.PERSON:
        return desk
    if rule.target is Target.DEPARTMENT:
        unit = gazetteer.nearest_unit(place_id, rule.department)
        if unit is None:
            raise RuleBroken(problem=f"no seat of {rule.department} at or above the place")
        return unit
    unit = gazetteer.unit(rule.unit_id) if rule.unit_id is not None else None
    if unit is None:
        raise RuleBroken(problem=f"the unit {rule.unit_id} is gone")
    if unit.place_id not in {place.id for place in gazetteer.lineage(place_id)}:
        raise RuleBroken(problem=f"the unit {unit.name} does not serve the place")
    return unit


# What the rules say of one another


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that can never decide (`by`: the earlier rules that take all), or two that disagree."""

    rule_id: int
    by: tuple[int, ...]
    kind: str
    """UNREACHABLE or CONFLICT."""


Box = tuple[frozenset[object], ...]


def analyse(rules: Sequence[RoutingRule], matters: Iterable[MatterInfo]) -> list[Finding]:
    """Find rules that no signal reaches, and pairs that overlap with different targets.

    Exact over the catalogue's matters, the places and times that the rules name, and the channels that
    they name beside one for all others. Of words it is known that a text which holds a rule's word
    holds any part of that word, and nothing else.
    """
    space = _Space.of(rules, list(matters))
    boxes = {rule.id: space.box(rule) for rule in rules}
    found: list[Finding] = []
    for index, rule in enumerate(rules):
        rest, taken = [boxes[rule.id]], []
        for earlier in rules[:index]:
            if not _implies(rule, earlier):
                continue
            left = [piece for box in rest for piece in _subtract(box, boxes[earlier.id])]
            if left != rest:
                taken.append(earlier.id)
            rest = left
        if all(not piece for piece in rest) or any(not side for side in boxes[rule.id]):
            found.append(Finding(rule.id, tuple(taken), "UNREACHABLE"))
            continue
        against = [
            earlier.id
            for earlier in rules[:index]
            if _target(earlier) != _target(rule)
            and all(mine & other for mine, other in zip(boxes[rule.id], boxes[earlier.id], strict=True))
        ]  # fmt: skip
        if against:
            found.append(Finding(rule.id, tuple(against), "CONFLICT"))
    return found


def _target(rule: RoutingRule) -> tuple[object, ...]:
    return (rule.target, rule.unit_id, rule.department)


def _implies(rule: RoutingRule, earlier: RoutingRule) -> bool:
    """Whether a text that the rule's words fit always fits those of the earlier one."""
    if not earlier.words:
        return True
    return bool(rule.words) and all(
        any(part in word for part in earlier.words) for word in rule.words
    )


def _subtract(box: Box, other: Box) -> list[Box]:
    """Give what is left of a box without another, as boxes that do not overlap."""
    if any(not mine & theirs for mine, theirs in zip(box, other, strict=True)):
        return [box]
    pieces, core = [], list(box)
    for side, (mine, theirs) in enumerate(zip(box, other, strict=True)):
        outside = mine - theirs
        if outside:
            pieces.append((*core[:side], outside, *box[side + 1 :]))
        core[side] = mine & theirs
    return pieces


@dataclass(frozen=True, slots=True)
class _Space:
    """The atoms that the rules' conditions are made of, side by side."""

    matters: Mapping[str, MatterInfo]
    places: frozenset[str]
    channels: frozenset[str]
    minutes: tuple[int, ...]
    dates: tuple[date, ...]

    @classmethod
    def of(cls, rules: Sequence[RoutingRule], matters: Sequence[MatterInfo]) -> _Space:
        minutes = {0} | {m for r in rules for m in (r.from_minute, r.until_minute % DAY_MINUTES)}
        dates = {date.min} | {d for r in rules for d in (r.valid_from, r.valid_until) if d}
        return cls(
            {matter.code: matter for matter in matters},
            frozenset(rule.place_path for rule in rules),
            frozenset({"*"}.union(*(rule.channels for rule in rules))),
            tuple(sorted(minutes)),
            tuple(sorted(dates)),
        )

    def box(self, rule: RoutingRule) -> Box:
        inside = rule.place_path + "."
        return (
            frozenset(c for c, matter in self.matters.items() if rule.takes_matter(matter)),
            frozenset(p for p in self.places if p == rule.place_path or p.startswith(inside)),
            rule.channels or self.channels,
            frozenset(d for d in (Days.WORKING, Days.OFF) if rule.days in (Days.EVERY, d)),
            frozenset(m for m in self.minutes if any(m in span for span in rule.minutes())),
            frozenset(
                d
                for d in self.dates
                if (not rule.valid_from or d >= rule.valid_from)
                and (not rule.valid_until or d < rule.valid_until)
            ),
        )


def minute_of(at: time | None, otherwise: int) -> int:
    """Give the minute of the day of a local time; `otherwise` where there is none."""
    return otherwise if at is None else at.hour * 60 + at.minute

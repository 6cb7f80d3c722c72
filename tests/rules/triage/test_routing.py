"""Routing rules: the first match decides, a broken one hides nothing, and what rules say of each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.cases.rules import MatterInfo
from anlan.places.rules import DESK, Gazetteer, JurisdictionInfo, Level, PlaceInfo, UnitInfo
from anlan.triage.rules import (
    Days,
    Facts,
    RoutingRule,
    RuleSet,
    Target,
    analyse,
    holds,
    route_by_rules,
)

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # Tuesday 10:00


def matter(code: str, matter_class: str = "SAFETY", level: str = "ORDINARY") -> MatterInfo:
    return MatterInfo(1, "J", code, matter_class, "", code, code, (), "FIRE", level)


FIRE, LAMP, QUARREL = matter("FIRE"), matter("LAMP", "SERVICE"), matter("QUARREL", "DISPUTE")
MATTERS = [FIRE, LAMP, QUARREL]


def place(number: int, path: str, parent: int | None) -> PlaceInfo:
    return PlaceInfo(number, path, "X", path.count("."), path, path, path, parent, "J")


PLACES = [place(1, "a", None), place(2, "a.b", 1), place(3, "a.b.c", 2), place(4, "a.d", 1)]
UNITS = [
    UnitInfo(10, 1, DESK, "desk", "desk"),
    UnitInfo(11, 1, "FIRE", "fire", "fire"),
    UnitInfo(12, 2, "ROADS", "roads", "roads"),
    UnitInfo(14, 4, "ROADS", "roads d", "roads d"),
]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    levels = (Level("X", "X", "X"),)
    jurisdiction = JurisdictionInfo("J", "J", "J", "Asia/Shanghai", "CN", "zh-hans", levels)
    return Gazetteer(jurisdictions=[jurisdiction], places=PLACES, units=UNITS)


def facts(about: MatterInfo = FIRE, path: str = "a.b.c", text: str = "", **more: object) -> Facts:
    number = next(p.id for p in PLACES if p.path == path)
    given = {"channel": "WEB", "at": AT, "calendar": "CN", "time_zone": "Asia/Shanghai"} | more
    return Facts(about, number, path, text=text, **given)  # type: ignore[arg-type]


def rule(
    number: int, path: str = "a", target: Target = Target.PERSON, **more: object
) -> RoutingRule:
    return RoutingRule(number, number, path, target, **more)  # type: ignore[arg-type]


def test_without_a_rule_the_department_s_nearest_seat_is_climbed_to(gazetteer: Gazetteer) -> None:
    found = route_by_rules(gazetteer, RuleSet(), facts())
    assert (found.unit.id, found.by, found.rule_id, found.needs_person) == (11, "SEAT", 0, False)


def test_the_first_rule_that_matches_decides(gazetteer: Gazetteer) -> None:
    rules = RuleSet((
        rule(1, "a.d", Target.UNIT, unit_id=14),
        rule(2, "a", Target.UNIT, unit_id=12, matters=frozenset({"LAMP"})),
        rule(3, "a.b", Target.DEPARTMENT, department="ROADS"),
        rule(4, "a", Target.PERSON),
    ))  # fmt: skip
    here = route_by_rules(gazetteer, rules, facts())
    assert (here.unit.id, here.by, here.rule_id, here.position) == (12, "RULE", 3, 3)
    assert route_by_rules(gazetteer, rules, facts(path="a.d")).rule_id == 1
    left = route_by_rules(gazetteer, rules, facts(path="a"))
    assert (left.by, left.unit.id, left.needs_person) == ("RULE_PERSON", 10, True)
    assert left.as_reason() == {
        "by": "RULE_PERSON", "department": DESK, "rule": 4, "position": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (rule(1, "a", Target.UNIT, unit_id=99), "gone"),
        (rule(1, "a", Target.UNIT, unit_id=14), "does not serve"),
        (rule(1, "a", Target.DEPARTMENT, department="NONE"), "no seat"),
        (rule(1, "a", words=(3,)), "TypeError"),  # type: ignore[arg-type]
    ],
)
def test_a_rule_that_cannot_be_followed_is_seen_and_loses_nothing(
    gazetteer: Gazetteer, broken: RoutingRule, problem: str
) -> None:
    found = route_by_rules(gazetteer, RuleSet((broken,)), facts(text="x"))
    assert found.unit.id == 11
    assert found.needs_person
    ((number, said),) = found.errors
    assert number == 1
    assert problem in said
    assert found.as_reason()["errors"] == [[1, said]]


@pytest.mark.parametrize(
    ("condition", "more", "is_met"),
    [
        ({"channels": frozenset({"WEB"})}, {}, True),
        ({"channels": frozenset({"FIELD"})}, {}, False),
        ({"words": ("烟", "火")}, {"text": "着火了"}, True),
        ({"words": ("烟",)}, {"text": "着火了"}, False),
        ({"days": Days.WORKING}, {}, True),
        ({"days": Days.OFF}, {}, False),
        ({"days": Days.WORKING}, {"at": datetime(2026, 2, 14, 2, tzinfo=UTC)}, True),  # make-up
        ({"days": Days.OFF}, {"at": datetime(2026, 2, 17, 2, tzinfo=UTC)}, True),  # festival
        ({"from_minute": 600, "until_minute": 601}, {}, True),
        ({"from_minute": 601, "until_minute": 700}, {}, False),
        ({"from_minute": 1320, "until_minute": 360}, {}, False),  # 22:00 to 6:00
        ({"from_minute": 1320, "until_minute": 360}, {"at": AT + timedelta(hours=13)}, True),
        ({"from_minute": 1320, "until_minute": 360}, {"at": AT + timedelta(hours=19)}, True),
        ({"valid_from": date(2026, 3, 10)}, {}, True),
        ({"valid_from": date(2026, 3, 11)}, {}, False),
        ({"valid_until": date(2026, 3, 10)}, {}, False),
    ],
)
def test_conditions(condition: dict, more: dict, is_met: bool) -> None:
    assert holds(rule(1, **condition), facts(**more)) is is_met


def findings(*rules: RoutingRule) -> list[tuple[int, str, tuple[int, ...]]]:
    return [(f.rule_id, f.kind, f.by) for f in analyse(rules, MATTERS)]


def test_what_earlier_rules_take_together_is_unreachable() -> None:
    one = rule(1, "a", matters=frozenset({"FIRE"}), days=Days.WORKING)
    two = rule(2, "a", classes=frozenset({"SAFETY"}), days=Days.OFF)
    three = rule(3, "a.b", matters=frozenset({"FIRE"}))
    assert findings(one, two, three) == [(3, "UNREACHABLE", (1, 2))]
    assert findings(one, three) == []
    assert findings(replace(one, from_minute=0, until_minute=720), two, three) == []


def test_words_shadow_only_what_holds_them() -> None:
    smoke = rule(1, "a", words=("烟",))
    assert findings(smoke, rule(2, "a", words=("冒烟", "浓烟"))) == [(2, "UNREACHABLE", (1,))]
    assert findings(smoke, rule(2, "a", words=("冒烟", "火"))) == []
    assert findings(smoke, rule(2, "a")) == []


def test_overlap_with_another_target_is_told_as_a_conflict() -> None:
    one = rule(1, "a.b", Target.UNIT, unit_id=12)
    two = rule(2, "a", Target.DEPARTMENT, department="ROADS")
    assert findings(one, two) == [(2, "CONFLICT", (1,))]
    assert findings(rule(1, "a.d", Target.UNIT, unit_id=14), rule(2, "a.b")) == []


def test_a_rule_about_no_matter_of_the_catalogue_is_unreachable() -> None:
    assert findings(rule(1, "a", matters=frozenset({"GONE"}))) == [(1, "UNREACHABLE", ())]


paths = st.sampled_from(["a", "a.b", "a.b.c", "a.d"])
codes = st.frozensets(st.sampled_from(["FIRE", "LAMP", "QUARREL"]))
minutes = st.sampled_from([0, 360, 720, 1080])


@st.composite
def rule_lists(draw: st.DrawFn) -> list[RoutingRule]:
    return [
        rule(
            number, draw(paths), draw(st.sampled_from([Target.PERSON, Target.DEPARTMENT])),
            matters=draw(codes), days=draw(st.sampled_from(Days)), from_minute=draw(minutes),
            until_minute=draw(minutes) or 1440,
            channels=draw(st.frozensets(st.sampled_from(["WEB", "FIELD"]))),
            valid_from=draw(st.sampled_from([None, date(2026, 3, 11)])),
            department="ROADS",
        )
        for number in range(1, draw(st.integers(2, 5)) + 1)
    ]  # fmt: skip


WHENS = [
    datetime(2026, month_day[0], month_day[1], hour, tzinfo=UTC)
    for month_day, hour in product([(3, 7), (3, 9), (3, 14), (3, 16)], [1, 7, 13, 19])
]


@settings(max_examples=40, deadline=None)
@given(rule_lists())
def test_the_analysis_agrees_with_trying_everything(rules: list[RoutingRule]) -> None:
    every = [
        facts(about, path, at=at, channel=channel)
        for about in MATTERS
        for path in ("a", "a.b", "a.b.c", "a.d")
        for at in WHENS
        for channel in ("WEB", "FIELD", "EMAIL")
    ]
    found = RuleSet(tuple(rules))
    reached, clashes = set(), set()
    for one in every:
        match = [r for r in found.candidates(one.matter, one.place_path) if holds(r, one)]
        reached |= {r.id for r in match[:1]}
        clashes |= {
            later.id for i, later in enumerate(match) for earlier in match[:i]
            if earlier.target != later.target
        }  # fmt: skip
    told = {f.rule_id: f.kind for f in analyse(rules, MATTERS)}
    unreachable = {r.id for r in rules} - reached
    assert {number for number, kind in told.items() if kind == "UNREACHABLE"} == unreachable
    assert {n for n, kind in told.items() if kind == "CONFLICT"} == clashes - unreachable


@given(st.lists(st.tuples(paths, codes), max_size=30), st.sampled_from(MATTERS), paths)
def test_the_index_finds_what_trying_each_finds(
    drawn: list[tuple[str, frozenset[str]]], about: MatterInfo, path: str
) -> None:
    rules = tuple(rule(n, p, matters=c) for n, (p, c) in enumerate(drawn, start=1))
    wanted = [
        r.id for r in rules
        if r.takes_matter(about) and (path == r.place_path or path.startswith(r.place_path + "."))
    ]  # fmt: skip
    assert [r.id for r in RuleSet(rules).candidates(about, path)] == wanted

"""One report routed in memory: 200 rules in force ÷ none, over the demo county's grids and matters.

The rules are drawn at random like those that desks write: a matter or a class, a village or the county, hours,
words, channels. Two kinds of reports: any of the county's, and those of the matters that most rules ask for.
Synthetic.
"""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench import world

if TYPE_CHECKING:
    from anlan.places.rules import Gazetteer
    from anlan.triage.rules import Facts, RuleSet

RULES, REPORTS, SEED = 200, 20_000, 20260101
WORDS = ("学校", "夜间", "工地", "燃气", "医院门口", "河道", "古树", "电梯")


def run() -> dict[str, Any]:
    """Measure the microseconds a report."""
    with world.instance():
        world.load_county(train=False)
        from anlan.places.queries import get_gazetteer
        from anlan.triage.rules import RuleSet

        gazetteer = get_gazetteer()
        chance = random.Random(SEED)
        rules = _draw_rules(chance, gazetteer)
        plain, routed = RuleSet(), RuleSet(rules=rules, number=1)
        anything = _draw_reports(chance, gazetteer, [])
        asked_for = _draw_reports(chance, gazetteer, [code for r in rules for code in r.matters])
        without_us, _ = _time(gazetteer, plain, anything)
        with_us, by_rule = _time(gazetteer, routed, anything)
        worst_us, worst_by_rule = _time(gazetteer, routed, asked_for)
    return {
        "bench": "routing",
        "ratio": round(worst_us / without_us, 2),
        "rules": RULES,
        "no_rules_us": round(without_us, 2),
        "any_report_us": round(with_us, 2),
        "any_report_by_rule": round(by_rule / REPORTS, 3),
        "asked_for_us": round(worst_us, 2),
        "asked_for_by_rule": round(worst_by_rule / REPORTS, 3),
        "data": "synthetic",
    }


def _draw_rules(chance: random.Random, gazetteer: Gazetteer) -> tuple[Any, ...]:
    from anlan.cases.queries import get_catalogue
    from anlan.demo.world import COUNTY, TOWN
    from anlan.triage.rules import Days, RoutingRule, Target

    matters = sorted({matter.code for matter in get_catalogue().offered})
    towns = gazetteer.children(gazetteer.place_by_code(COUNTY).id)
    villages = gazetteer.children(gazetteer.place_by_code(TOWN).id)
    often = chance.sample(matters, 30)
    found = []
    for position in range(1, RULES + 1):
        place = chance.choices([gazetteer.place_by_code(COUNTY), *towns, *villages],
                               [30, *[1] * len(towns), *[1] * len(villages)])[0]  # fmt: skip
        hours = chance.random() < 0.3
        found.append(RoutingRule(
            id=position, position=position, place_path=place.path, target=Target.PERSON,
            matters=frozenset(chance.sample(often, chance.choice((1, 1, 1, 3)))),
            channels=frozenset({"WEB"}) if chance.random() < 0.2 else frozenset(),
            days=Days.OFF if chance.random() < 0.2 else Days.EVERY,
            from_minute=22 * 60 if hours else 0, until_minute=6 * 60 if hours else 24 * 60,
            words=(chance.choice(WORDS),) if chance.random() < 0.4 else (), why="合成",
        ))  # fmt: skip
    return tuple(found)


def _draw_reports(chance: random.Random, gazetteer: Gazetteer, codes: list[str]) -> list[Facts]:
    from anlan.cases.queries import get_catalogue
    from anlan.demo.world import COUNTY
    from anlan.kernel import clock
    from anlan.triage.rules import Facts

    county = gazetteer.place_by_code(COUNTY)
    grids = [
        p
        for p in gazetteer.descendants(county.id)
        if p.level == gazetteer.jurisdiction(p.id).leaf_level
    ]
    matters = [m for m in get_catalogue().offered if not codes or m.code in codes]
    now: datetime = clock.now()
    calendar, zone = gazetteer.calendar(county.id), gazetteer.time_zone(county.id)
    return [
        Facts(
            matter=chance.choice(matters), place_id=grid.id, place_path=grid.path,
            channel=chance.choice(("WEB", "FIELD", "API")),
            text=f"{chance.choice(WORDS)}旁边{chance.choice(WORDS)}的事情,请管一管", calendar=calendar,
            at=now - timedelta(minutes=chance.randrange(30 * 24 * 60)), time_zone=zone,
        )
        for grid in chance.choices(grids, k=REPORTS)
    ]  # fmt: skip


def _time(gazetteer: Gazetteer, rules: RuleSet, reports: list[Facts]) -> tuple[float, int]:
    """(microseconds a report in the best of five rounds, how many a rule decided)."""
    from anlan.triage.rules import route_by_rules

    best, by_rule = float("inf"), 0
    for _ in range(5):
        began = time.perf_counter()
        routes = [route_by_rules(gazetteer, rules, facts) for facts in reports]
        best = min(best, time.perf_counter() - began)
        by_rule = sum(route.rule_id > 0 for route in routes)
    return best / len(reports) * 1e6, by_rule

"""A few routing rules of the demo county, so that a case can say by which it came where it is."""

from __future__ import annotations

from datetime import date, datetime, time

from anlan.kernel.actor import Actor
from anlan.triage import actions
from anlan.triage.queries.drafts import RuleDraft
from anlan.triage.rules import Days, Target


def write_rules(*, actor: Actor, county: str, town: str, at: datetime) -> None:
    """Write the rules as the county's centre; invented, as all of the demo is."""
    for draft in (
        RuleDraft(
            place_code=county, matters=("NOISE_SQUARE",), from_time=time(19), until_time=time(23),
            target=Target.DEPARTMENT, department="ENFORCEMENT", is_active=True,
            why="晚间由综合行政执法夜巡队处置，警力留给警情",
        ),
        RuleDraft(
            place_code=town, words=("学校", "幼儿园", "校门口"), target=Target.PERSON,
            is_active=True, why="涉校园周边的事项由指挥室当面核派",
        ),
        RuleDraft(
            place_code=town, matters=("STREET_LAMP_TIME",), days=Days.OFF, target=Target.PERSON,
            is_active=True, why="休息日路灯所不办公，由指挥室先看",
        ),
        RuleDraft(
            place_code=county, matters=("NOISE_SITE",), from_time=time(22), until_time=time(6),
            valid_from=date(at.year, 6, 5), valid_until=date(at.year, 6, 11),
            target=Target.DEPARTMENT, department="POLICE", is_active=False,
            why="高考中考期间夜间施工由公安会同处置",
        ),
    ):  # fmt: skip
        actions.save_rule(actor=actor, draft=draft, at=at)

"""What the weekly watch found in the demo's past weeks, and what the leaders made of it.

The watch is the product's own and is told nothing; only the decisions about what it found are made up.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.demo.past import RISES
from anlan.indicators.rules import months
from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer
from anlan.situation import actions, queries
from anlan.situation.models import Finding
from anlan.situation.rules.findings import Given
from anlan.situation.rules.watching import WEEK, monday_of

WEEKS = 5
DUTY_DAYS = 12
DUTY = "组织楼道充电专项排查,三周内补齐集中充电棚,逐幢上门告知(演示数据)"
SAME = "与已交办任务同一原因,并入该任务一并督办(演示数据)"
CHANCE = "经核实为偶发增多,未见共同原因,继续观察(演示数据)"
PRESENT = "值班领导、县社会治理中心、消防、综合执法、各镇街负责人(演示数据)"
DECIDED = "一、店口镇楼道充电问题由消防牵头、属地落实,按交办时限销号;二、次坞镇、店口镇对超期件逐件说明原因;三、下月例会复盘。(演示数据)"


def fill(*, county: str, leader: Actor, at: datetime) -> None:
    """Judge the last weeks, each at its end, decide what was found but in the newest, and meet over the paper."""
    gazetteer = get_gazetteer()
    home = gazetteer.place_by_code(county)
    zone = gazetteer.time_zone(home.id)
    today = local_date(at, zone)
    for weeks_ago in reversed(range(WEEKS)):
        monday = monday_of(today) - weeks_ago * WEEK
        night = datetime.combine(monday, time(3), ZoneInfo(zone)).astimezone(at.tzinfo)
        actions.review_week(at=min(night, at))
        if weeks_ago:
            _decide(leader, home.path, until=night + timedelta(days=2), at=at)
    actions.note_meeting(
        actor=leader, place_code=county, month=months.newest_over(today), held=today, present=PRESENT, decided=DECIDED, at=at
    )  # fmt: skip


def _decide(leader: Actor, path: str, *, until: datetime, at: datetime) -> None:
    """Make the first finding of the rise a duty, and dismiss the others with what came of looking closer."""
    found = Finding.objects.visible_to(leader).filter(
        state="PROPOSED", place_path__gte=path, place_path__lt=path + "0"
    )
    risen = {(rise.town, rise.matter) for rise in RISES}
    for finding in found.order_by("week_date", "adjusted", "id"):
        key = _name(finding)
        has_duty = Finding.objects.filter(
            place_id=finding.place_id, matter_id=finding.matter_id, state="ACCEPTED"
        ).exists()
        if key in risen and not has_duty:
            unit = queries.list_owners(finding=finding)[0]
            due = (at + timedelta(days=DUTY_DAYS)).date()
            move, given = "accept", Given(note=DUTY, unit_id=unit.id, due_date=due)
        else:
            move, given = "dismiss", Given(note=SAME if key in risen else CHANCE)
        actions.move_finding(
            actor=leader, finding_id=finding.id, move=move, given=given, at=min(until, at)
        )


def _name(finding: Finding) -> tuple[str, str]:
    return (
        get_gazetteer().place(finding.place_id).code,
        get_catalogue().matters[finding.matter_id].code,
    )

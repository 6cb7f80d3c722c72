"""A county with a town and a village, half the world away from a second jurisdiction."""

from dataclasses import dataclass
from datetime import UTC, datetime

from anlan.kernel.actor import SYSTEM
from anlan.people import actions
from anlan.people.models import Person
from anlan.places.models import Department, Jurisdiction, Place

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai
PASSWORD = "枫桥经验 一九六三 2026"


@dataclass(frozen=True)
class World:
    county: Place
    town: Place
    village: Place
    office: Place
    """A place in New York."""
    person: Person


def make_place(jurisdiction: Jurisdiction, code: str, parent: Place | None) -> Place:
    return Place.objects.create(
        code=code,
        jurisdiction=jurisdiction,
        parent=parent,
        level="LEVEL",
        depth=parent.depth + 1 if parent else 0,
        name=code,
        path=f"{parent.path}.{code}" if parent else code,
    )


def make_jurisdiction(code: str, time_zone: str) -> Jurisdiction:
    return Jurisdiction.objects.create(
        code=code,
        name=code,
        name_en=code,
        time_zone=time_zone,
        calendar="WEEKDAYS",
        locale="zh-hans",
        source="synthetic",
        licence="none",
    )


def build_world() -> World:
    """Lay out both jurisdictions and open one account at the town desk."""
    china = make_jurisdiction("test-cn", "Asia/Shanghai")
    Department.objects.create(jurisdiction=china, code="WATER", name="水利", name_en="Water")
    county = make_place(china, "330681", None)
    town = make_place(china, "330681001", county)
    person = actions.create_person(
        actor=SYSTEM,
        login="Desk.One",
        name="王芳",
        password=PASSWORD,
        email="wang.fang@example.cn",
        is_demo=True,
        at=NOW,
    )
    return World(
        county=county,
        town=town,
        village=make_place(china, "330681001002", town),
        office=make_place(make_jurisdiction("test-us", "America/New_York"), "us1", None),
        person=person,
    )

"""Building the content of reports: a family of peers at a time, whatever their number a handful of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.indicators.models import Value
from anlan.indicators.queries import get_register, list_reported_levels, read_cube
from anlan.indicators.rules import months
from anlan.indicators.rules.register import Register, Side
from anlan.kernel import sql
from anlan.places.queries import get_gazetteer
from anlan.places.rules import DESK, Gazetteer, PlaceInfo
from anlan.reports.rules.content import MONTHS_READ, Content, Name, make_lines
from anlan.reports.rules.decisions import LateUnit, OpenFinding, choose


@dataclass(frozen=True, slots=True)
class Open:
    """What is open now, by path: late cases by unit, open and late cases by matter, undecided findings."""

    late: Mapping[str, list[LateUnit]] = field(default_factory=dict)
    matters: Mapping[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    findings: Mapping[str, list[OpenFinding]] = field(default_factory=dict)


def list_reported_places(*, under: PlaceInfo) -> list[PlaceInfo]:
    """List a place and all below it that have reports, the upper ones first."""
    gazetteer = get_gazetteer()
    depth = len(list_reported_levels(under.jurisdiction))
    found, row = [], [under]
    while row and row[0].depth < depth:
        found += row
        row = [child for place in row for child in gazetteer.children(place.id)]
    return found


def list_counted_places(*, under: PlaceInfo, month: str) -> list[PlaceInfo]:
    """List a place and all below it of which something is known for a month: in a county's instance no other county."""
    known = set(
        Value.objects.filter(month_date=months.first_of(month), value__isnull=False)
        .values_list("place_id", flat=True)
        .distinct()
    )
    return [one for one in list_reported_places(under=under) if one.id in known]


def last_due_day(*, jurisdiction: str, month: str) -> int:
    """Give the day of the next month by whose end the month's last return is due; 0 where none is. What others are divided by is not waited for."""
    days = (
        one.due_day
        for one in get_register(jurisdiction).indicators
        if not one.formula.is_spine and one.is_due_in(month) and one.side is not Side.BASE
    )
    return max(days, default=0)


def read_open(*, under: PlaceInfo, places: Sequence[PlaceInfo], at: datetime) -> Open:
    """Read what is open now inside a place, for itself and all below it down to the lowest of some places: three statements."""
    gazetteer = get_gazetteer()
    given = {
        "path": under.path, "path_end": under.path + "0", "at": at, "zone": gazetteer.time_zone(under.id),
        "labels": 1 + max((one.depth for one in places), default=under.depth),
    }  # fmt: skip
    late: dict[str, list[LateUnit]] = defaultdict(list)
    for path, unit_id, count, oldest in _run("late_units", given):
        unit = gazetteer.unit(unit_id)
        if unit is not None:
            late[path].append(LateUnit(_name(unit.department, unit), count, oldest))
    matters: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for path, matter_id, count, over in _run("open_matters", given):
        matters[path][matter_id] = (count, over)
    findings: dict[str, list[OpenFinding]] = defaultdict(list)
    catalogue = get_catalogue().matters
    for path, finding_id, place_id, matter_id, observed, due in _run("open_findings", given):
        matter, place = catalogue.get(matter_id), gazetteer.place(place_id)
        unit = gazetteer.nearest_unit(place_id, matter.department) if matter else None
        findings[path].append(
            OpenFinding(
                str(finding_id), _name(matter.code, matter) if matter else Name("", "", ""),
                _name(place.code, place), observed, due, _name(unit.department, unit) if unit else None,
            )
        )  # fmt: skip
    return Open(dict(late), dict(matters), dict(findings))


def _run(name: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.reports", name), given)
        return list(cursor.fetchall())


def build_contents(
    *, places: Sequence[PlaceInfo], month: str, open_now: Open, at: datetime
) -> Iterator[Content]:
    """Build the contents of places for a month, those of one parent together. Raises MonthMalformed, MonthNotOver."""
    gazetteer = get_gazetteer()
    families: dict[int | None, list[PlaceInfo]] = defaultdict(list)
    for place in places:
        families[place.parent_id].append(place)
    for parent_id, wanted in families.items():
        today = local_date(at, gazetteer.time_zone(wanted[0].id))
        months.check_over(month, today=today)
        register = get_register(wanted[0].jurisdiction)
        peers = list(gazetteer.children(parent_id)) if parent_id is not None else wanted
        cube = read_cube(
            indicators=register.indicators, place_ids=[one.id for one in peers],
            wanted=months.run_of(month, MONTHS_READ),
        )  # fmt: skip
        lines = make_lines(
            register=register, month=month, places=[one.id for one in peers],
            wanted=[one.id for one in wanted], find=cube.find,
        )  # fmt: skip
        names = tuple(_name(one.code, one) for one in peers)
        matter_ids = matters_by_indicator(register)
        for place in wanted:
            yield _content(
                place, month, names, lines[place.id], matter_ids, open_now, register, today, at
            )


def _content(
    place: PlaceInfo, month: str, peers: tuple[Name, ...], lines: list[Any], matter_ids: Mapping[str, frozenset[int]],
    open_now: Open, register: Register, today: date, at: datetime,
) -> Content:  # fmt: skip
    gazetteer = get_gazetteer()
    open_here = open_now.matters.get(place.path, {})
    behind = {}
    for line in lines:
        pairs = [pair for matter, pair in open_here.items() if matter in matter_ids[line.code]]
        behind[line.code] = (sum(one for one, _ in pairs), sum(late for _, late in pairs))
    desk = gazetteer.nearest_unit(place.id, DESK)
    here = at.astimezone(ZoneInfo(gazetteer.time_zone(place.id)))
    return Content(
        place=_name(place.code, place), level=place.level, month=month, made_at=here.isoformat(timespec="seconds"), peers=peers,
        lines=tuple(lines), behind=behind, lights=register.lights, lights_source=register.lights_source,
        office=_name(desk.department, desk) if desk else _name(place.code, place),
        decisions=tuple(
            choose(
                lines=lines, late=open_now.late.get(place.path, ()), findings=open_now.findings.get(place.path, ()),
                owners=_owners(place, gazetteer, {line.department for line in lines}),
                usual_owner=_name(desk.department, desk) if desk else None, today=today,
                decide_days=int(register.lights["decide_days"]),
            )
        ),
    )  # fmt: skip


def _owners(place: PlaceInfo, gazetteer: Gazetteer, departments: set[str]) -> dict[str, Name]:
    found = {}
    for department in departments - {""}:
        unit = gazetteer.nearest_unit(place.id, department)
        if unit is not None:
            found[department] = _name(unit.department, unit)
    return found


def matters_by_indicator(register: Register) -> dict[str, frozenset[int]]:
    """Give the matters that each indicator counts; none for one that a department returns."""
    matters = [
        m for m in get_catalogue().matters.values() if m.jurisdiction == register.jurisdiction
    ]
    return {
        one.code: frozenset(
            m.id for m in matters
            if one.formula.is_spine and (not one.formula.matters or {m.code, m.family, m.matter_class} & set(one.formula.matters))
        )
        for one in register.indicators
    }  # fmt: skip


def matters_of(*, jurisdiction: str, code: str) -> frozenset[int]:
    """Give the matters that an indicator counts."""
    return matters_by_indicator(get_register(jurisdiction)).get(code, frozenset())


def _name(code: str, of: Any) -> Name:
    return Name(code, of.name, of.name_en or of.name)

"""The analysis paper of a place and month from the figures as they are, and the minutes that stand with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.kernel.actor import Actor
from anlan.places.queries import find_read_place, get_gazetteer
from anlan.places.rules import DESK, PlaceInfo
from anlan.rollup.queries import count_weeks_of, sum_months
from anlan.rollup.rules import read_month
from anlan.situation.models import Finding, Minute, Resolution
from anlan.situation.rules.findings import READERS, FindingUnknown, finding_procedure
from anlan.situation.rules.papers import (
    NOBODY,
    Duty,
    Line,
    Name,
    PaperContent,
    Told,
    add_up,
    make_lines,
    months_around,
)
from anlan.situation.rules.resolutions import STATE
from anlan.situation.rules.watching import WEEK, monday_of

LIST_LIMIT = 100
WEEKS_SHOWN = 52


def find_paper_place(*, actor: Actor, place_code: str) -> PlaceInfo:
    """Find a place whose papers an actor reads. Raises FindingUnknown."""
    place = find_read_place(actor=actor, readers=READERS, place_code=place_code)
    if place is None:
        raise FindingUnknown()
    return place


def build_paper(*, place: PlaceInfo, month: str, at: datetime) -> PaperContent:
    """Put a month's analysis of a place together: four statements, whatever its size. Whoever calls has checked that it may be read.

    A month that is not over is told as such. Raises MonthMalformed, MonthAhead.
    """
    gazetteer = get_gazetteer()
    zone = gazetteer.time_zone(place.id)
    today = local_date(at, zone)
    now, before, year_before, is_over = months_around(month, today=today)
    sums = sum_months(place_code=place.code, months=[now, before, year_before])
    figures = [sums[one] for one in (now, before, year_before)]
    matters = make_lines(*(one.matters for one in figures), key_of=lambda row: row.matter_code)
    places = make_lines(*(one.places for one in figures), key_of=lambda row: row.place_code)
    first, until = read_month(month)
    last_week = monday_of(min(until, today) - timedelta(days=1))
    begin = last_week - (WEEKS_SHOWN - 1) * WEEK
    counted = count_weeks_of(place_code=place.code, first_date=begin, until_date=last_week + WEEK)
    # One statement for both: those of the month, and open duties of any month
    found = (
        Finding.objects.filter(
            Q(week_date__gte=monday_of(first), week_date__lt=until) | Q(state="ACCEPTED"),
            place_path__gte=place.path, place_path__lt=place.path + "0",
        ).order_by("week_date", "adjusted", "id")[: 2 * LIST_LIMIT]
    )  # fmt: skip
    findings = [one for one in found if monday_of(first) <= one.week_date < until]
    agreed = Resolution.objects.filter(
        state=STATE, place_path__gte=place.path, place_path__lt=place.path + "0"
    )
    duties = [_tell_duty(one, zone, at) for one in found if one.state == "ACCEPTED"]
    duties += [_tell_agreed(one, zone, at) for one in agreed.order_by("due_at", "id")[:LIST_LIMIT]]
    desk = gazetteer.nearest_unit(place.id, DESK)
    return PaperContent(
        place=_name(place.code, place), month=month, made_at=at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"), is_over=is_over,
        total=add_up(matters), matters=tuple(matters), places=tuple(places), names=_names(place, matters, places),
        weeks=tuple(counted.get(begin + number * WEEK, 0) for number in range(WEEKS_SHOWN)), last_week=str(last_week),
        findings=tuple(_tell(one, zone, at) for one in findings[:LIST_LIMIT]),
        duties=tuple(sorted(duties, key=lambda one: (not one.due, one.due, one.id))[:LIST_LIMIT]),
        office=_name(desk.department, desk) if desk else _name(place.code, place),
    )  # fmt: skip


def list_minutes(*, actor: Actor, place: PlaceInfo, month: str) -> list[Minute]:
    """List the minutes of meetings over a paper with what they decided, the oldest first."""
    found = Minute.objects.visible_to(actor).filter(
        place_id=place.id, month_date=read_month(month)[0]
    )
    return list(found.prefetch_related("resolutions").order_by("held_date", "id")[:LIST_LIMIT])


def _names(
    place: PlaceInfo, matters: Sequence[Line], places: Sequence[Line]
) -> dict[str, tuple[str, str]]:
    gazetteer = get_gazetteer()
    by_code = {
        m.code: m for m in get_catalogue().matters.values() if m.jurisdiction == place.jurisdiction
    }
    found = {}
    for line in matters:
        matter = by_code.get(line.key)
        found[f"MATTER:{line.key}"] = _pair(matter) if matter else (line.key, line.key)
    for line in places:
        found[f"PLACE:{line.key}"] = _pair(gazetteer.place_by_code(line.key))
    return found


def _pair(of: Any) -> tuple[str, str]:
    return of.name, of.name_en or of.name


def _name(code: str, of: Any) -> Name:
    return Name(code, *_pair(of))


def _about(finding: Finding) -> dict[str, Any]:
    """What a finding has in common with its duty."""
    gazetteer = get_gazetteer()
    place = gazetteer.place(finding.place_id)
    matter = get_catalogue().matters.get(finding.matter_id)
    unit = gazetteer.unit(finding.unit_id) if finding.unit_id else None
    state = finding_procedure(finding.procedure_version).states[finding.state]
    return {
        "id": str(finding.id), "place": _name(place.code, place), "note": finding.note,
        "matter": _name(matter.code, matter) if matter else NOBODY,
        "unit": _name(unit.department, unit) if unit else NOBODY,
        "state": Name(finding.state, state.zh, state.en),
    }  # fmt: skip


def _last_day(due_at: datetime | None, zone: str) -> str:
    """The local date by whose end something is due."""
    if due_at is None:
        return ""
    last: date = (due_at - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).date()
    return str(last)


def _tell(finding: Finding, zone: str, at: datetime) -> Told:
    return Told(
        week=str(finding.week_date), observed=finding.observed, expected=round(finding.expected, 2),
        bound=round(finding.bound, 2), closing_note=finding.closing_note, due=_last_day(finding.due_at, zone),
        is_late=finding.due_at is not None and at >= finding.due_at, **_about(finding),
    )  # fmt: skip


def _tell_duty(finding: Finding, zone: str, at: datetime) -> Duty:
    return Duty(
        held="", due=_last_day(finding.due_at, zone), is_late=finding.due_at is not None and at >= finding.due_at, **_about(finding)
    )  # fmt: skip


def _tell_agreed(one: Resolution, zone: str, at: datetime) -> Duty:
    gazetteer = get_gazetteer()
    place, unit = gazetteer.place(one.place_id), gazetteer.unit(one.unit_id)
    state = finding_procedure(one.procedure_version).states[one.state]
    return Duty(
        id=str(one.id), place=_name(place.code, place), matter=NOBODY, held=str(one.held_date), note=one.text,
        unit=_name(unit.department, unit) if unit else NOBODY, state=Name(one.state, state.zh, state.en),
        due=_last_day(one.due_at, zone), is_late=one.due_at is not None and at >= one.due_at,
    )  # fmt: skip

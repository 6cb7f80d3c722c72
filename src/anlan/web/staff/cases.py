"""A case as desk and field show it: names instead of numbers, time left in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.kernel import codes
from anlan.kernel.actor import Actor, Role
from anlan.places.queries import get_gazetteer
from anlan.places.rules import DESK, GRID_TEAM, Gazetteer, PlaceInfo, UnitInfo
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case

_OWN_DEPARTMENT = {
    Role.TOWN_DESK: DESK,
    Role.COUNTY_CENTRE: DESK,
    Role.DUTY_LEADER: DESK,
    Role.GRID_LEAD: GRID_TEAM,
    Role.VILLAGE_CADRE: GRID_TEAM,
}


@dataclass(frozen=True, slots=True)
class Card:
    """One case in a list. `light` and `card` are stored codes; everything else is for reading."""

    id: UUID
    code: str
    title: str
    light: str
    light_words: str
    remaining: str
    due: words.Instant | None
    state: str
    state_words: str
    matter: str
    matter_class: str
    level: str
    level_words: str
    place: str
    place_full: str
    unit: str
    opened: words.Instant
    card: str
    needs_person: bool
    reopen_count: int
    is_closed: bool
    lon: float | None
    lat: float | None
    merged_into: UUID | None
    seq: int
    sort: str
    """Where it stands in a list by deadline, as text that sorts: a page puts new rows in their place."""
    due_ms: int | None
    """When its clock runs out, in milliseconds since 1970, while it runs: a page goes on counting."""
    lead_code: str
    """Of the case that this one was merged into, where it was asked for and may be seen."""


def show_light(light: str) -> str:
    """Say what a light means."""
    return {
        case_rules.Light.GREEN: gettext("In time"),
        case_rules.Light.AMBER: gettext("Due soon"),
        case_rules.Light.RED: gettext("Overdue"),
        case_rules.Light.PAUSED: gettext("Clocks paused"),
    }.get(case_rules.Light(light), gettext("Clock stopped"))


def show_ms(instant: datetime) -> int:
    """Give an instant as scripts count: milliseconds since 1970."""
    return round(instant.timestamp() * 1000)


def show_class(matter_class: str) -> str:
    """Name one of the four classes of matters."""
    return words.from_pair(case_rules.MATTER_CLASS_LABELS[case_rules.MatterClass(matter_class)])


def lineage_of(gazetteer: Gazetteer, place_id: int) -> tuple[PlaceInfo, ...]:
    """List the places that tell people here where something is: itself and the three above."""
    return gazetteer.lineage(place_id)[-4:]


def show_card(
    case: Case, *, at: datetime, lead_codes: Mapping[UUID, str] = MappingProxyType({})
) -> Card:
    """Put a case into words. No statement: names come from memory."""
    gazetteer = get_gazetteer()
    matter = cases.get_catalogue().matters.get(case.matter_id)
    zone = gazetteer.time_zone(case.place_id)
    light = case_rules.light(case.due_at, case.amber_at, at, paused_at=case.paused_at)
    lineage = lineage_of(gazetteer, case.place_id)
    state = cases.get_procedure(case).states[case.state]
    return Card(
        id=case.id,
        code=codes.show(case.code),
        # Erased: the matter stands for it
        title=case.title or (words.name(matter) if matter else codes.show(case.code)),
        light=light.value or "NONE",
        light_words=show_light(light),
        remaining=show_light(light)
        if light is case_rules.Light.PAUSED
        else words.show_remaining(case.due_at, at),
        due=words.show_instant(case.due_at, zone=zone, at=at) if case.due_at else None,
        state=case.state,
        state_words=words.label(state),
        matter=words.name(matter) if matter else gettext("No longer in the catalogue"),
        matter_class=show_class(matter.matter_class) if matter else "",
        level=case.level,
        level_words=words.from_pair(case_rules.LEVEL_LABELS[case_rules.Level(case.level)]),
        place=words.name(lineage[-1]),
        place_full=" / ".join(words.name(place) for place in lineage),
        unit=words.name(gazetteer.units[case.unit_id]),
        opened=words.show_instant(case.opened_at, zone=zone, at=at),
        card=case.card,
        needs_person=case.needs_person,
        reopen_count=case.reopen_count,
        is_closed=case.due_at is None,
        lon=case.lon,
        lat=case.lat,
        merged_into=case.merged_into_id,
        seq=case.seq,
        sort=f"{show_ms(case.due_at):015d}~{case.id}" if case.due_at else "",
        due_ms=show_ms(case.due_at) if case.due_at and case.paused_at is None else None,
        lead_code=codes.show(lead_codes.get(case.merged_into_id, ""))
        if case.merged_into_id
        else "",
    )


def units_of(actor: Actor) -> list[UnitInfo]:
    """List the units that an actor's seats speak for, in the order of the seats."""
    gazetteer = get_gazetteer()
    found: list[UnitInfo] = []
    for seat in actor.watching_seats:
        place = gazetteer.find_place_by_path(seat.place_path)
        if place is None:
            continue
        department = seat.department or _OWN_DEPARTMENT.get(seat.role, "")
        unit = gazetteer.unit_at(place.id, department) if department else None
        if unit is not None and unit not in found:
            found.append(unit)
    return found


def zone_of(actor: Actor) -> str:
    """Tell the time zone of the places that an actor serves."""
    gazetteer = get_gazetteer()
    for seat in actor.seats:
        place = gazetteer.find_place_by_path(seat.place_path)
        if place is not None:
            return gazetteer.time_zone(place.id)
    return gazetteer.time_zone(gazetteer.roots[0].id) if gazetteer.roots else "UTC"

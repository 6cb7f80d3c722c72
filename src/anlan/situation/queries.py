"""Reads of the room: reviews and findings, as far as an actor sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from anlan.cases.queries import get_catalogue
from anlan.kernel.actor import Actor, Role
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo, UnitInfo
from anlan.rollup.queries import count_weeks_of, list_month_parts
from anlan.rollup.rules import read_month
from anlan.situation.models import Finding, Minute, Review
from anlan.situation.rules.findings import READERS, FindingUnknown, finding_procedure
from anlan.situation.rules.papers import Line, add_up, make_lines, months_around
from anlan.situation.rules.watching import WEEK, monday_of

LIST_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest review of an actor's places. None: nothing was judged yet."""

    week_date: date | None
    series_count: int
    judged_at: datetime | None


def find_overview(*, actor: Actor) -> Overview:
    """Tell which week was judged last where the actor has a seat."""
    gazetteer = get_gazetteer()
    jurisdictions = {
        root.jurisdiction
        for root in gazetteer.roots
        for seat in actor.seats
        if (seat.place_path + ".").startswith(root.path + ".")
    }
    newest = Review.objects.filter(jurisdiction_id__in=jurisdictions).order_by("-week_date").first()
    if newest is None:
        return Overview(None, 0, None)
    return Overview(newest.week_date, newest.series_count, newest.judged_at)


def list_findings(
    *, actor: Actor, states: tuple[str, ...], is_newest_first: bool = True
) -> list[Finding]:
    """List an actor's findings in some states: the surest of the newest week first, or those due first."""
    found = Finding.objects.visible_to(actor).filter(state__in=states)
    order = ("-week_date", "adjusted", "p_value", "id") if is_newest_first else ("due_at", "id")
    return list(found.order_by(*order)[:LIST_LIMIT])


@dataclass(frozen=True, slots=True)
class Paper:
    """A month's analysis of a place. weeks: cases opened a week, oldest first, the last one begins before the month's end.

    duties: open ones of any month, due first. minutes: of meetings over this paper.
    """

    place: PlaceInfo
    month: str
    is_over: bool
    matters: list[Line]
    places: list[Line]
    total: Line
    weeks: list[int]
    last_week: date
    findings: list[Finding]
    duties: list[Finding]
    minutes: list[Minute]


def list_own_places(*, actor: Actor) -> list[PlaceInfo]:
    """List the places that an actor reads findings of, the widest first."""
    gazetteer = get_gazetteer()
    paths = {
        seat.place_path for seat in actor.seats
        if seat.role in READERS and not seat.department and seat.case_id is None
    }  # fmt: skip
    found = [place for place in gazetteer.places.values() if place.path in paths]
    return sorted(found, key=lambda place: (place.depth, place.code))


def read_paper(*, actor: Actor, place_code: str, month: str, today: date) -> Paper:
    """Put a month's analysis of a place together: six statements, whatever its size.

    today: local date; a month that is not over is told as such. Raises FindingUnknown (not one's place), MonthMalformed, MonthAhead.
    """
    gazetteer = get_gazetteer()
    place = gazetteer.find_place_by_code(place_code)
    own = list_own_places(actor=actor)
    if place is None or not any((place.path + ".").startswith(one.path + ".") for one in own):
        raise FindingUnknown()
    now, before, year_before, is_over = months_around(month, today=today)
    figures = [
        list_month_parts(place_code=place.code, month=one) for one in (now, before, year_before)
    ]
    matters = make_lines(*figures, key_of=lambda row: row.matter_code)
    parts = make_lines(*figures, key_of=lambda row: row.place_code)
    first, until = read_month(month)
    last_week = monday_of(min(until, today) - timedelta(days=1))
    begin = last_week - 51 * WEEK
    counted = count_weeks_of(place_code=place.code, first_date=begin, until_date=last_week + WEEK)
    weeks = [counted.get(begin + number * WEEK, 0) for number in range(52)]
    # One statement for both: those of the month, and open duties of any month
    either = Q(week_date__gte=monday_of(first), week_date__lt=until) | Q(state="ACCEPTED")
    found = (
        Finding.objects.visible_to(actor)
        .filter(either, place_path__gte=place.path, place_path__lt=place.path + "0")
        .order_by("week_date", "adjusted", "id")[: 2 * LIST_LIMIT]
    )
    findings = [one for one in found if monday_of(first) <= one.week_date < until]
    duties = [one for one in found if one.state == "ACCEPTED"]
    minutes = Minute.objects.visible_to(actor).filter(place_id=place.id, month_date=first)
    return Paper(
        place, month, is_over, matters, parts, add_up(matters), weeks, last_week,
        findings[:LIST_LIMIT], sorted(duties, key=lambda one: (one.due_at is None, one.due_at))[:LIST_LIMIT],
        list(minutes.order_by("held_date", "id")[:LIST_LIMIT]),
    )  # fmt: skip


def count_states(*, actor: Actor) -> dict[str, int]:
    """Count an actor's findings by state."""
    counts: dict[str, int] = {}
    for state in Finding.objects.visible_to(actor).values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts


def access_finding(*, actor: Actor, finding_id: UUID, lock: bool = False) -> Finding:
    """Fetch a finding that an actor may see. Raises FindingUnknown."""
    found = Finding.objects.visible_to(actor)
    if lock:
        found = found.select_for_update(of=("self",))
    finding = found.filter(pk=finding_id).first()
    if finding is None:
        raise FindingUnknown()
    return finding


def roles_over(*, actor: Actor, finding: Finding) -> frozenset[Role]:
    """Tell the roles that an actor holds over a finding."""
    return frozenset(
        seat.role
        for seat in actor.seats
        if seat.role in READERS and not seat.department and seat.covers(finding.place_path, ())
    )


def list_moves(*, actor: Actor, finding: Finding) -> list[str]:
    """List the moves that an actor may make with a finding."""
    roles = roles_over(actor=actor, finding=finding)
    moves = finding_procedure(finding.procedure_version).moves_from(finding.state)
    return [move.code for move in moves if move.roles & roles]


def list_owners(*, finding: Finding) -> list[UnitInfo]:
    """List the units that can see to a finding: those at its place, then above it; the matter's department first."""
    gazetteer = get_gazetteer()
    matter = get_catalogue().matters.get(finding.matter_id)
    above = [place.id for place in reversed(gazetteer.lineage(finding.place_id))]
    units = [unit for unit in gazetteer.units.values() if unit.place_id in above]
    wanted = matter.department if matter else ""
    return sorted(
        units, key=lambda unit: (unit.department != wanted, above.index(unit.place_id), unit.id)
    )

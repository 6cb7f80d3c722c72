"""One report as an actor sees it: its newest version, or the figures as they are where none was drafted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from anlan.cases.rules import local_date
from anlan.indicators.queries import get_register, list_reported_levels
from anlan.indicators.rules import months
from anlan.kernel.actor import Actor, ActorKind, Role
from anlan.people.queries import get_person_names
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.reports.models import Receipt, Report
from anlan.reports.queries.building import build_contents, read_open
from anlan.reports.rules.content import Content, list_changes, read_content
from anlan.reports.rules.signing import (
    READERS,
    LevelWithoutReport,
    RegisterEmpty,
    ReportUnknown,
    report_procedure,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown for a place and month. report: the version shown; None: figures as they are, no version was drafted."""

    place: PlaceInfo
    month: str
    content: Content
    report: Report | None
    versions: list[Report]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who was sent a report."""

    person_id: UUID
    name: str
    sent_at: datetime
    read_at: datetime | None


def list_own_places(*, actor: Actor) -> list[PlaceInfo]:
    """List the places that an actor reads reports of, the widest first."""
    gazetteer = get_gazetteer()
    if actor.kind is ActorKind.SYSTEM:
        return list(gazetteer.roots)
    paths = {
        seat.place_path for seat in actor.seats
        if seat.role in READERS and not seat.department and seat.case_id is None
    }  # fmt: skip
    found = [place for place in gazetteer.places.values() if place.path in paths]
    return sorted(found, key=lambda place: (place.depth, place.code))


def find_place(*, actor: Actor, place_code: str) -> PlaceInfo:
    """Find a place whose reports an actor reads. Raises ReportUnknown, LevelWithoutReport, RegisterEmpty."""
    place = get_gazetteer().find_place_by_code(place_code)
    own = list_own_places(actor=actor)
    if place is None or not any((place.path + ".").startswith(one.path + ".") for one in own):
        raise ReportUnknown()
    if place.level not in list_reported_levels(place.jurisdiction):
        raise LevelWithoutReport(place=place.name)
    if not get_register(place.jurisdiction).indicators:
        raise RegisterEmpty(place=place.name)
    return place


def build_now(*, place: PlaceInfo, month: str, at: datetime) -> Content:
    """Build a place's content from the figures as they are. Raises MonthMalformed, MonthNotOver."""
    months.check_over(month, today=local_date(at, get_gazetteer().time_zone(place.id)))
    return next(
        build_contents(places=[place], month=month, open_now=read_open(under=place, at=at), at=at)
    )


def list_versions(*, actor: Actor, place: PlaceInfo, month: str) -> list[Report]:
    """List the versions of a month that were drafted, the newest first."""
    return list(
        Report.objects.visible_to(actor)
        .filter(place_id=place.id, month_date=months.first_of(month))
        .exclude(state="DISCARDED")
        .order_by("-version")
    )


def read_standing(
    *, actor: Actor, place_code: str, month: str, version: int | None = None, at: datetime
) -> Standing:
    """Read what stands for a place and month: a version, the signed one, else the newest, else the figures as they are.

    Raises ReportUnknown (not one's place, or no such version), LevelWithoutReport, RegisterEmpty, MonthMalformed, MonthNotOver.
    """
    place = find_place(actor=actor, place_code=place_code)
    months.check_over(month, today=local_date(at, get_gazetteer().time_zone(place.id)))
    versions = list_versions(actor=actor, place=place, month=month)
    shown = next((one for one in versions if one.version == version), None)
    if version is not None and shown is None:
        raise ReportUnknown()
    if shown is None and versions:
        shown = next((one for one in versions if one.state == "SIGNED"), versions[0])
    content = read_content(shown.content) if shown else build_now(place=place, month=month, at=at)
    return Standing(place, month, content, shown, versions)


def access_report(*, actor: Actor, report_id: UUID, lock: bool = False) -> Report:
    """Fetch a report that an actor may see. Raises ReportUnknown."""
    found = Report.objects.visible_to(actor)
    if lock:
        found = found.select_for_update(of=("self",))
    report = found.filter(pk=report_id).first()
    if report is None:
        raise ReportUnknown()
    return report


def roles_over(*, actor: Actor, report: Report) -> frozenset[Role]:
    """Tell the roles that an actor holds over a report."""
    return frozenset(
        seat.role for seat in actor.seats
        if seat.role in READERS and not seat.department and seat.covers(report.place_path, ())
    )  # fmt: skip


def list_moves(*, actor: Actor, report: Report) -> list[str]:
    """List the moves that an actor may make with a report: whoever handed it in does not sign it."""
    roles = roles_over(actor=actor, report=report)
    moves = report_procedure(report.procedure_version).moves_from(report.state)
    own = actor.id is not None and report.submitted_by == actor.id
    return [move.code for move in moves if move.roles & roles and not (own and move.code == "sign")]


def list_readers(*, report: Report) -> list[Reader]:
    """List who was sent a report, and who has read it."""
    rows = list(Receipt.objects.filter(report_id=report.pk).order_by("sent_at", "id"))
    names = get_person_names([row.person_id for row in rows])
    return [
        Reader(row.person_id, names.get(row.person_id, ""), row.sent_at, row.read_at)
        for row in rows
    ]


def find_drift(
    *, report: Report, at: datetime
) -> list[tuple[str, float | None, float | None, str, str]]:
    """List what late figures have changed since a version was made: code, values, lights; old first."""
    place = get_gazetteer().place(report.place_id)
    now = build_now(place=place, month=months.name_of(report.month_date), at=at)
    return list_changes(read_content(report.content), now)


def newest_month(*, place: PlaceInfo, at: datetime) -> str:
    """Name the newest month of a place that is over."""
    today: date = local_date(at, get_gazetteer().time_zone(place.id))
    return months.newest_over(today)

"""One report as an actor sees it: its newest version, or the figures as they are where none was drafted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from anlan.cases.rules import local_date
from anlan.indicators.rules import months
from anlan.kernel.actor import Actor, Role
from anlan.people.queries import get_person_names
from anlan.places.queries import get_gazetteer, list_read_places
from anlan.places.rules import PlaceInfo
from anlan.reports.models import Receipt, Report
from anlan.reports.queries.building import build_contents, list_reported_places, read_open
from anlan.reports.queries.kinds import AnyContent, build_all, find_place, list_changes, read_kept
from anlan.reports.rules.content import Content
from anlan.reports.rules.signing import READERS, Kind, ReportUnknown, report_procedure
from anlan.rollup.rules import read_month
from anlan.situation.queries import build_paper, find_paper_place
from anlan.situation.rules.papers import PaperContent

AT_ONCE = 100
"""Versions read at once, where all of a month are wanted: each is some fifty kilobytes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown for a place and month. report: the version shown; None: figures as they are, no version was drafted."""

    place: PlaceInfo
    month: str
    content: Content
    report: Report | None
    versions: list[Report]


@dataclass(frozen=True, slots=True)
class StandingPaper:
    """The analysis paper that is shown for a place and month, as `Standing`."""

    place: PlaceInfo
    month: str
    content: PaperContent
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
    return list_read_places(actor=actor, readers=READERS)


def build_now(*, place: PlaceInfo, month: str, kind: Kind = Kind.TWO, at: datetime) -> AnyContent:
    """Build a place's content from the figures as they are. Raises MonthMalformed, MonthNotOver."""
    months.check_over(month, today=local_date(at, get_gazetteer().time_zone(place.id)))
    return next(build_all(kind=kind, under=place, places=[place], month=month, at=at))


def list_versions(
    *, actor: Actor, place: PlaceInfo, month: str, kind: Kind = Kind.TWO
) -> list[Report]:
    """List the versions of a month that were drafted, the newest first."""
    return list(
        Report.objects.visible_to(actor)
        .filter(kind=kind, place_id=place.id, month_date=months.first_of(month))
        .exclude(state="DISCARDED")
        .order_by("-version")
    )


def _pick(versions: list[Report], version: int | None) -> Report | None:
    """Pick the version asked for; else the signed one, else the newest. Raises ReportUnknown."""
    if version is None:
        signed = next((one for one in versions if one.state == "SIGNED"), None)
        return signed or next(iter(versions), None)
    shown = next((one for one in versions if one.version == version), None)
    if shown is None:
        raise ReportUnknown()
    return shown


def read_standing(
    *, actor: Actor, place_code: str, month: str, version: int | None = None, at: datetime
) -> Standing:
    """Read what stands for a place and month: a version, the signed one, else the newest, else the figures as they are.

    Raises ReportUnknown (not one's place, or no such version), LevelWithoutReport, RegisterEmpty, MonthMalformed, MonthNotOver.
    """
    place = find_place(actor=actor, place_code=place_code)
    months.check_over(month, today=local_date(at, get_gazetteer().time_zone(place.id)))
    versions = list_versions(actor=actor, place=place, month=month)
    shown = _pick(versions, version)
    content = read_kept(shown) if shown else build_now(place=place, month=month, at=at)
    assert isinstance(content, Content)
    return Standing(place, month, content, shown, versions)


def list_standing(
    *, under: PlaceInfo, month: str, at: datetime
) -> Iterator[tuple[Content, Report | None]]:
    """Give what stands for a place and all below it that have reports, as `read_standing`; the drafted and signed ones first.

    Whoever calls reads everything. Raises MonthMalformed, MonthNotOver.
    """
    places = list_reported_places(under=under)
    months.check_over(month, today=local_date(at, get_gazetteer().time_zone(under.id)))
    versions: dict[int, list[Report]] = defaultdict(list)
    drafted = Report.objects.filter(
        kind=Kind.TWO, month_date=months.first_of(month), place_id__in=[one.id for one in places]
    ).exclude(state="DISCARDED")
    for one in drafted.defer("content", "changes").order_by("-version"):
        versions[one.place_id].append(one)
    shown = [found.pk for those in versions.values() if (found := _pick(those, None))]
    for start in range(0, len(shown), AT_ONCE):
        for report in Report.objects.filter(pk__in=shown[start : start + AT_ONCE]).order_by("id"):
            content = read_kept(report)
            assert isinstance(content, Content)
            yield content, report
    left = [one for one in places if one.id not in versions]
    open_now = read_open(under=under, places=left, at=at)
    for content in build_contents(places=left, month=month, open_now=open_now, at=at):
        yield content, None


def read_standing_paper(
    *, actor: Actor, place_code: str, month: str, version: int | None = None, at: datetime
) -> StandingPaper:
    """Read the analysis paper that stands for a place and month, as `read_standing`.

    A place below those with reports, and a month that is not over, have figures as they are. Raises FindingUnknown (not one's place),
    ReportUnknown (no such version), MonthMalformed, MonthAhead.
    """
    place = find_paper_place(actor=actor, place_code=place_code)
    read_month(month)
    versions = list_versions(actor=actor, place=place, month=month, kind=Kind.PAPER)
    shown = _pick(versions, version)
    content = read_kept(shown) if shown else build_paper(place=place, month=month, at=at)
    assert isinstance(content, PaperContent)
    return StandingPaper(place, month, content, shown, versions)


def access_report(*, actor: Actor, report_id: UUID, lock: bool = False) -> Report:
    """Fetch a report that an actor may see. Raises ReportUnknown."""
    report = Report.objects.find_seen(actor=actor, key=report_id, lock=lock)
    if report is None:
        raise ReportUnknown()
    return report


def roles_over(*, actor: Actor, report: Report) -> frozenset[Role]:
    """Tell the roles that an actor holds over a report."""
    return actor.reader_roles_over(report.place_path, READERS)


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


def find_drift(*, report: Report, at: datetime) -> list[Any]:
    """List what late figures have changed since a version was made, as `list_changes` of its kind tells it."""
    place = get_gazetteer().place(report.place_id)
    month = months.name_of(report.month_date)
    now = build_now(place=place, month=month, kind=Kind(report.kind), at=at)
    return list_changes(read_kept(report), now)


def newest_month(*, place: PlaceInfo, at: datetime) -> str:
    """Name the newest month of a place that is over."""
    today: date = local_date(at, get_gazetteer().time_zone(place.id))
    return months.newest_over(today)

"""The two kinds of what is signed: how each is made from the figures, read again, and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from anlan.indicators.queries import get_register, list_reported_levels
from anlan.kernel.actor import Actor
from anlan.places.queries import find_read_place, get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.reports.models import Report
from anlan.reports.queries.building import (
    build_contents,
    list_counted_places,
    list_reported_places,
    read_open,
)
from anlan.reports.rules import content as two
from anlan.reports.rules.signing import (
    READERS,
    Kind,
    LevelWithoutReport,
    RegisterEmpty,
    ReportUnknown,
)
from anlan.rollup.queries import list_places_of_month
from anlan.situation.queries import build_paper
from anlan.situation.rules import papers

AnyContent = two.Content | papers.PaperContent


def find_place(*, actor: Actor, place_code: str, kind: Kind = Kind.TWO) -> PlaceInfo:
    """Find a place whose reports an actor reads. Raises ReportUnknown, LevelWithoutReport, RegisterEmpty."""
    place = find_read_place(actor=actor, readers=READERS, place_code=place_code)
    if place is None:
        raise ReportUnknown()
    if place.level not in list_reported_levels(place.jurisdiction):
        raise LevelWithoutReport(place=place.name)
    if kind is Kind.TWO and not get_register(place.jurisdiction).indicators:
        raise RegisterEmpty(place=place.name)
    return place


def build_all(
    *, kind: Kind, under: PlaceInfo, places: Sequence[PlaceInfo], month: str, at: datetime
) -> Iterator[AnyContent]:
    """Build the contents of places inside one from the figures as they are; the month is over."""
    if kind is Kind.PAPER:
        return (build_paper(place=place, month=month, at=at) for place in places)
    open_now = read_open(under=under, places=places, at=at)
    return build_contents(places=places, month=month, open_now=open_now, at=at)


def list_known_places(*, kind: Kind, under: PlaceInfo, month: str) -> list[PlaceInfo]:
    """List a place and all below it of which a month has figures. Raises MonthMalformed."""
    if kind is Kind.TWO:
        return list_counted_places(under=under, month=month)
    gazetteer = get_gazetteer()
    counted = {
        above.id
        for place_id in list_places_of_month(month=month)
        for above in gazetteer.lineage(place_id)
    }
    return [one for one in list_reported_places(under=under) if one.id in counted]


def read_kept(report: Report) -> AnyContent:
    """Read the content of a version as it was made."""
    if report.kind == Kind.PAPER:
        return papers.read_paper(report.content)
    return two.read_content(report.content)


def list_changes(old: AnyContent, new: AnyContent) -> list[Any]:
    """List in what two contents of one kind differ."""
    if isinstance(old, papers.PaperContent) and isinstance(new, papers.PaperContent):
        return list(papers.list_changes(old, new))
    assert isinstance(old, two.Content)
    assert isinstance(new, two.Content)
    return list(two.list_changes(old, new))

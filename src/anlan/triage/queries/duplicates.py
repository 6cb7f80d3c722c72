"""Cases near one in place and time that may be about the same thing.

For a desk, among what it may see; for a reporter, among what anybody may be told of, and with nothing of it
that a public list does not tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from anlan.cases.models import Case, subtree
from anlan.cases.queries import PUBLIC_CLASSES, get_catalogue
from anlan.intake.rules import Report
from anlan.kernel import scope
from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer
from anlan.places.rules import blur
from anlan.triage.queries import get_trained
from anlan.triage.rules import NoMatters
from anlan.triage.rules.duplicates import Likeness, Reported, find_alike

WITHIN = timedelta(days=14)
COMPARED = 200
SHOWN = 3
SHORTEST = 6
"""Characters a report has before anything is looked for."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A case that may be about the same thing, and why."""

    case_id: UUID
    code: str
    title: str
    state: str
    procedure_version: int
    likeness: Likeness


def find_duplicates(*, actor: Actor, case: Case, text: str) -> list[Alike]:
    """Find up to three cases alike that the actor may see, the likest first. One statement.

    Compared are the newest 200 reports of the same family of matters, opened within 14 days of the
    case in the place above its own: a village's grids for a grid. text: the case's report.
    """
    gazetteer = get_gazetteer()
    parent_id = gazetteer.place(case.place_id).parent_id
    around = gazetteer.place(parent_id).path if parent_id is not None else case.place_path
    rows = (
        Case.objects.visible_to(actor)
        .filter(
            subtree(around), matter_id__in=_family(case.matter_id),
            opened_at__gte=case.opened_at - WITHIN, opened_at__lte=case.opened_at + WITHIN,
        )
        .filter(merged_into__isnull=True)
        .exclude(pk=case.pk)
        .order_by("-opened_at", "-id")
        .values_list(
            "id", "code", "title", "state", "procedure_version", "place_path", "lon", "lat",
            "opened_at", "signals__signal__text",
        )[:COMPARED]
    )  # fmt: skip
    own = Reported(case.id, case.place_path, case.lon, case.lat, case.opened_at, text)
    known: dict[UUID, tuple[str, str, str, int]] = {}
    others = []
    for case_id, code, title, state, version, path, lon, lat, opened_at, said in rows:
        known[case_id] = (code, title, state, version)
        others.append(Reported(case_id, path, lon, lat, opened_at, said or ""))
    return [
        Alike(case_id, *known[case_id], likeness)
        for case_id, likeness in find_alike(own, others, limit=SHOWN)
    ]


@dataclass(frozen=True, slots=True)
class PublicAlike:
    """A case alike, as a public list tells of it: no words, no point, no more than a blurred place.

    case_id is for the action that joins, never for a page.
    """

    case_id: UUID
    code: str
    matter_id: int
    place_id: int
    """The blurred place."""
    state: str
    procedure_version: int
    opened_at: datetime


@scope.under(scope.EVERYTHING)
def find_public_duplicates(
    *,
    text: str,
    place_id: int,
    at: datetime,
    matter_id: int | None = None,
    but: UUID | None = None,
) -> list[PublicAlike]:
    """Find up to three open cases that a report may be about, of those that a public list shows. One statement.

    Compared by blurred place, not by point: moving a pin tells nobody where another one stands.
    matter_id: as stated or decided; None: as triage reads the text. but: the report's own case.
    """
    gazetteer, matters = get_gazetteer(), get_catalogue().matters
    own_place = gazetteer.place(place_id)
    if matter_id is None:
        matter_id = get_trained(own_place.jurisdiction).choose(text).matter.id
    family = [m for m in _family(matter_id) if matters[m].matter_class in PUBLIC_CLASSES]
    if len(text) < SHORTEST or not family:
        return []
    around = gazetteer.place(own_place.parent_id).path if own_place.parent_id else own_place.path
    found = (
        Case.objects.open()
        .filter(
            subtree(around), matter_id__in=family, merged_into__isnull=True,
            opened_at__gte=at - WITHIN, opened_at__lte=at,
        )
        .exclude(pk=but or UUID(int=0))
        .order_by("-opened_at", "-id")
        .values_list(
            "id", "code", "matter_id", "place_id", "state", "procedure_version", "opened_at",
            "signals__signal__text",
        )[:COMPARED]
    )  # fmt: skip
    own = Reported(UUID(int=0), blur(gazetteer, place_id).place.path, None, None, at, text)
    known: dict[UUID, PublicAlike] = {}
    others = []
    for case_id, code, matter, place, state, version, opened_at, said in found:
        public = blur(gazetteer, place).place
        known[case_id] = PublicAlike(case_id, code, matter, public.id, state, version, opened_at)
        others.append(Reported(case_id, public.path, None, None, opened_at, said or ""))
    return [known[case_id] for case_id, _ in find_alike(own, others, limit=SHOWN)]


def find_known(*, report: Report, at: datetime) -> list[PublicAlike]:
    """Find what a report that is still being written may be about; nothing while it does not say where.

    The same for everybody who asks, on whatever way: nobody's seats widen it.
    """
    gazetteer = get_gazetteer()
    place_id = _find_place(report)
    if place_id is None or not report.text:
        return []
    jurisdiction = gazetteer.place(place_id).jurisdiction
    stated = get_catalogue().by_code.get((jurisdiction, report.stated_matter))
    try:
        return find_public_duplicates(
            text=report.text, place_id=place_id, at=at, matter_id=stated.id if stated else None
        )
    except NoMatters:
        return []


def _find_place(report: Report) -> int | None:
    gazetteer = get_gazetteer()
    if report.lon is not None and report.lat is not None:
        located = gazetteer.locate(report.lon, report.lat)
        if located is not None:
            return located.place_id
    place = gazetteer.find_place_by_code(report.place_code) if report.place_code else None
    return place.id if place else None


def _family(matter_id: int) -> list[int]:
    matters = get_catalogue().matters
    own = matters[matter_id]
    if not own.family:
        return [matter_id]
    return [
        matter.id
        for matter in matters.values()
        if (matter.jurisdiction, matter.family) == (own.jurisdiction, own.family)
    ]

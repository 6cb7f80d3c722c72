"""Cases near one in place and time that may be about the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from anlan.cases.models import Case, subtree
from anlan.cases.queries import get_catalogue
from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer
from anlan.triage.rules.duplicates import Likeness, Reported, find_alike

WITHIN = timedelta(days=14)
COMPARED = 200
SHOWN = 3


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

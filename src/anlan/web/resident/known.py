"""What a report may be about that others have reported: nothing of it but what a public list shows.

Matter, blurred place, state, how long ago. Never words, photos, contact, point or score.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.intake.rules import PointMalformed
from anlan.kernel import codes
from anlan.places.queries import get_gazetteer
from anlan.triage.actions import JOIN_WITHIN
from anlan.triage.queries.duplicates import PublicAlike, find_known, find_public_duplicates
from anlan.web.resident import draft as drafts
from anlan.web.resident import places
from anlan.web.resident.draft import Draft
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case
    from anlan.intake.models import Signal

NEW = "new"
"""Chosen by those whose report is about something else than what was shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody else's case, as anybody may know of it."""

    code: str
    matter: str
    place: str
    state: str
    ago: str


def find_alike(draft: Draft, *, at: datetime) -> list[Shown]:
    """Find what a draft may be about; nothing while it does not say where."""
    try:
        report = drafts.make_report(draft)
    except PointMalformed:
        return []
    return [_show(each, at=at) for each in find_known(report=report, at=at)]


def find_alike_after(signal: Signal, case: Case, *, at: datetime) -> list[Shown]:
    """Find what a report that was just sent may be about, as long as it can join."""
    if case.code != signal.code or case.seq > 1 or at - case.opened_at > JOIN_WITHIN:
        return []
    found = find_public_duplicates(
        text=signal.text, place_id=case.place_id, at=at, matter_id=case.matter_id, but=case.id
    )
    return [_show(each, at=at) for each in found]


def _show(found: PublicAlike, *, at: datetime) -> Shown:
    matter = cases.get_catalogue().matters[found.matter_id]
    state = case_rules.case_procedure(found.procedure_version).states[found.state]
    return Shown(
        code=codes.show(found.code),
        matter=words.name(matter),
        place=places.show_place(get_gazetteer().place(found.place_id)),
        state=words.label(state),
        ago=words.show_ago(found.opened_at, at),
    )

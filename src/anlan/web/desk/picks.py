"""Where triage was in doubt: the candidates as buttons, what was picked there before first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from anlan.cases import queries as cases
from anlan.cases.rules import CaseNotVisible
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.triage import actions as triage
from anlan.triage.queries.picking import find_question, route_at
from anlan.triage.rules.picking import DoubtKind
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words

if TYPE_CHECKING:
    from anlan.cases.models import Case


@dataclass(frozen=True, slots=True)
class Candidate:
    """One button: a place or a unit, and who would have the case then."""

    pick: str
    name: str
    leads_to: str
    times: int
    is_present: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The question above the buttons."""

    words: str
    candidates: list[Candidate]


def show_question(*, actor: Actor, case: Case, text: str, channel: str) -> Asked | None:
    """Show what a person is to pick, to those who may."""
    procedure = cases.get_procedure(case)
    roles = cases.get_roles(actor=actor, case=case)
    question = find_question(case=case) if roles & procedure.moves["relocate"].roles else None
    if question is None:
        return None
    gazetteer = get_gazetteer()
    candidates = []
    for each in question.candidates:
        if question.doubt.kind is DoubtKind.BORDER:
            place = gazetteer.place_by_code(each.pick)
            route = route_at(case=case, place_code=each.pick, text=text, channel=channel)
            name, leads_to = words.name(place), words.name(route.unit)
            is_present = place.id == case.place_id
        else:
            unit = gazetteer.units[int(each.pick)]
            name, leads_to = words.name(unit), words.name(gazetteer.place(unit.place_id))
            is_present = unit.id == case.unit_id
        candidates.append(Candidate(each.pick, name, leads_to, each.times, is_present))
    asked = (
        gettext("On which side of the border does it lie?")
        if question.doubt.kind is DoubtKind.BORDER
        else gettext("Who is to have it?")
    )
    return Asked(asked, candidates)


@policies.seated(*PLACE_ROLES)
@require_POST
def pick(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Take a click on a candidate; a case that has left one's places leads back to the queue."""
    seq = request.POST.get("seq", "")
    case = triage.pick(
        actor=request.actor,
        case_id=case_id,
        picked=request.POST.get("pick", "").replace("\0", ""),
        at=now(),
        expected_seq=int(seq) if seq.isdecimal() and len(seq) < 9 else 0,
    )
    unit = get_gazetteer().units[case.unit_id]
    onward = redirect("desk:case", case_id=case_id)
    try:
        cases.access_case(actor=request.actor, case_id=case_id)
    except CaseNotVisible:
        onward = redirect("desk:queue")
    told = gettext("It goes to %(unit)s. Next time this is proposed first.")
    return flash.tell(onward, told % {"unit": words.name(unit)})

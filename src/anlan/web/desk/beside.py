"""Two cases side by side: are they the same? Then one goes on, and can be separated again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.kernel import codes
from anlan.kernel.actor import Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.web.desk import alike, sketch
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words
from anlan.web.staff.cases import lineage_of, show_card

if TYPE_CHECKING:
    from anlan.cases.models import Case, Step


@dataclass(frozen=True, slots=True)
class Other:
    """A case that this one went into or that was merged into it."""

    id: UUID
    code: str
    by_reporter: bool
    may_separate: bool


@dataclass(frozen=True, slots=True)
class Together:
    """What a case has to do with others. lead: the one that goes on in its place."""

    lead: Other | None
    is_lead_hidden: bool
    others: list[Other]
    parts: list[Other]
    """What was split off it, or what it was split off."""
    may_merge: bool
    reporters: int


def show_together(*, actor: Actor, case: Case, steps: list[Step], signals: int) -> Together:
    """Tell what a case went into, what it holds, and whether the reader may change that."""
    lead, desk = cases.find_lead(actor=actor, case=case), _merging_roles(case)
    over = bool(cases.get_roles(actor=actor, case=case) & desk)
    may_both = over and lead is not None and bool(cases.get_roles(actor=actor, case=lead) & desk)
    return Together(
        lead=None
        if lead is None
        else Other(lead.id, codes.show(lead.code), by_reporter=False, may_separate=may_both),
        is_lead_hidden=case.merged_into_id is not None and lead is None,
        others=[
            Other(one.case_id, codes.show(one.code), one.by_reporter, may_separate=over)
            for one in cases.list_merged(steps)
        ],
        parts=[
            Other(seen.id, codes.show(seen.code), by_reporter=False, may_separate=False)
            for seen in cases.list_parts(actor=actor, steps=steps)
        ],
        may_merge=over and case.state in case_rules.STAGES,
        reporters=signals,
    )


def _merging_roles(case: Case) -> frozenset[Any]:
    return cases.get_procedure(case).moves["merge"].roles


@policies.seated()
@require_safe
def show_beside(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Show a case beside another one, given by its code, and offer to merge them."""
    actor, at = request.actor, now()
    case = cases.access_case(actor=actor, case_id=case_id)
    try:
        other = cases.get_case_by_code(actor=actor, code=request.GET.get("code", "")[:40])
    except AnlanError as wrong:
        return flash.tell(redirect("desk:case", case_id=case_id), wrong.message)
    for each in (case, other):
        privacy.record_look(actor=actor, case=each, what=Looked.CASE, at=at)
    one, two = cases.standing_of(case), cases.standing_of(other)
    lead, goes = (case, other) if case_rules.leads(one, two) else (other, case)
    obstacle = _obstacle(actor, goes, lead, *((two, one) if lead is case else (one, two)))
    sides = [
        _show_side(each, beside, at=at, leads=each is lead)
        for each, beside in ((lead, goes), (goes, lead))
    ]
    context = {
        "case": case,
        "card": show_card(case, at=at),
        "sides": sides,
        "lead": lead,
        "goes": goes,
        "lead_code": codes.show(lead.code),
        "like": alike.compare_cases(lead, goes, *(side["texts"] for side in sides)),
        "obstacle": obstacle,
        "earlier": goes.close_due_at < lead.close_due_at,
    }
    return render(request, "desk/beside.html", context)


def _obstacle(
    actor: Actor, goes: Case, lead: Case, going: case_rules.Standing, leading: case_rules.Standing
) -> str:
    """Say why the two cannot be merged now; empty when they can."""
    for each in (goes, lead):
        if not cases.get_roles(actor=actor, case=each) & _merging_roles(each):
            return gettext("Merging is for a desk that is in charge of both.")
    if goes.state not in cases.get_procedure(goes).moves["merge"].sources:
        state = words.label(cases.get_procedure(goes).states[goes.state])
        return gettext("A case that is “%(state)s” cannot be merged.") % {"state": state}
    try:
        case_rules.check_merge(going, leading)
    except AnlanError as wrong:
        return wrong.message
    return ""


def _show_side(case: Case, beside: Case, *, at: datetime, leads: bool) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    return {
        "card": show_card(case, at=at),
        "texts": [signal.text for signal in cases.list_signals(case_id=case.id)],
        "place": " › ".join(words.name(p) for p in lineage_of(gazetteer, case.place_id)),
        "leads": leads,
        "unit": words.name(gazetteer.units[case.unit_id]),
        "where": sketch.draw(case, beside=beside),
        "photos": cases.list_photo_ids(case_id=case.id),
    }

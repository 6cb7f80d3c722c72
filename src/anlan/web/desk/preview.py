"""A case beside the list: what it says and until when, without leaving the queue.

What is shown of a case here is shown of it on its page, too, and the look is written down alike.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from anlan.cases import queries as cases
from anlan.kernel.actor import PLACE_ROLES, ActorKind
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.people import queries as people
from anlan.places.queries import get_gazetteer
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.web.desk import story
from anlan.web.desk.clock_lines import show_clocks
from anlan.web.middleware import StaffRequest
from anlan.web.staff import moves, words
from anlan.web.staff.cases import lineage_of, show_card

TEXTS_SHOWN, PHOTOS_SHOWN, STEPS_SHOWN = 3, 4, 3


@policies.seated(*PLACE_ROLES)
@require_safe
def show_preview(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Show the preview of a case, a part of a page; for the script of the queue."""
    at, actor = now(), request.actor
    case = cases.access_case(actor=actor, case_id=case_id)
    privacy.record_look(actor=actor, case=case, what=Looked.CASE, at=at)
    gazetteer = get_gazetteer()
    steps = cases.list_steps(case_id=case.id)[-STEPS_SHOWN:]
    persons = {step.actor_id for step in steps if step.actor_kind == ActorKind.PERSON}
    names = people.get_person_names({person for person in persons if person is not None})
    offers = [offer for offer in moves.list_offers(actor=actor, case=case) if offer.is_main]
    raised = cases.list_signals(case_id=case.id)
    context = {
        "case": case,
        "card": show_card(case, at=at),
        "texts": [signal.text for signal in raised[:TEXTS_SHOWN]],
        "reporters": len(raised),
        "photos_limit": moves.PHOTOS_LIMIT,
        "photos": cases.list_photo_ids(case_id=case.id)[:PHOTOS_SHOWN],
        "lineage": [words.name(place) for place in lineage_of(gazetteer, case.place_id)],
        "clocks": show_clocks(case, at=at),
        "events": story.tell_steps(case, steps, names, at=at),
        "offers": offers,
        "units": moves.list_serving_units(case) if any("unit" in o.needs for o in offers) else [],
        "outcomes": moves.list_outcomes() if any("outcome" in o.needs for o in offers) else [],
    }
    return render(request, "desk/_preview.html", context)

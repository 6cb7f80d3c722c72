"""A case on the phone: where to go, what to do next, done with a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.dispatch import actions as dispatch_actions
from anlan.dispatch import queries as dispatch
from anlan.dispatch.rules import DispatchNotVisible
from anlan.intake import queries as intake
from anlan.kernel.actor import PLACE_ROLES, ActorKind
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.people import queries as people
from anlan.places.queries import get_gazetteer
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.web.desk import sketch, story
from anlan.web.field import access, position
from anlan.web.field.today import show_errand
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, moves, words
from anlan.web.staff.cases import lineage_of, show_card

if TYPE_CHECKING:
    from anlan.cases.models import Case

OWN_MOVES = frozenset(
    {"sign_for", "handle", "report_back", "return", "escalate_up", "ask_extension", "verify"}
)
STAYS = frozenset({"sign_for", "report_back", "ask_extension"})
"""Moves after which the case is still in one's hands."""


@policies.seated(*PLACE_ROLES)
@require_safe
def show_case(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Show a case to whoever may see it."""
    case = access.access_case(actor=request.actor, case_id=case_id)
    privacy.record_look(actor=request.actor, case=case, what=Looked.CASE, at=now())
    return render_case(request, case)


def render_case(request: StaffRequest, case: Case, **extra: object) -> HttpResponse:
    """Make the page of a case, with what an act on it has found."""
    at, actor = now(), request.actor
    gazetteer = get_gazetteer()
    mine = [d for d in dispatch.list_running_for(actor=actor) if d.case_id == case.id]
    errand = show_errand(mine[0], actor=actor, at=at) if mine else None
    offers = moves.list_offers(actor=actor, case=case)
    steps = cases.list_steps(case_id=case.id)
    person_ids = {s.actor_id for s in steps if s.actor_kind == ActorKind.PERSON and s.actor_id}
    signals = [
        intake.get_signal(signal_id=signal_id)
        for signal_id in cases.list_signal_ids(case_id=case.id)
    ]
    photos = cases.list_photo_ids(case_id=case.id)
    can_finish = errand is not None and "finish" in errand.moves
    # Signing for and finishing a dispatch moves the case too: one button, not two.
    covered = {"sign_for"} if errand is not None and errand.state == "OFFERED" else set()
    covered |= {"handle"} if can_finish else set()
    shown = [o for o in offers if o.code in OWN_MOVES - covered]
    context = {
        "case": case,
        "card": show_card(case, at=at),
        "errand": errand,
        "switch": position.show_switch(actor=actor, zone=gazetteer.time_zone(case.place_id), at=at),
        "can_finish": can_finish,
        "expected": [offer for offer in shown if offer.is_main],
        "stays": STAYS,
        "other": [offer for offer in shown if not offer.is_main],
        "signals": [
            {
                "id": signal.id,
                "text": signal.text,
                "ago": words.show_ago(signal.received_at, at),
                "place_text": signal.place_text,
                "has_contact": intake.has_contact(signal_id=signal.id),
            }
            for signal in signals
        ],
        "photos": photos,
        "photos_limit": moves.PHOTOS_LIMIT,
        "where": sketch.draw(case),
        "point": sketch.show_point(case),
        "lineage": [words.name(place) for place in lineage_of(gazetteer, case.place_id)],
        "events": story.tell_steps(
            case, steps, people.get_person_names(person_ids), at=at, photos=photos
        ),
        "may_open_contact": cases.may_open_contact(actor=actor, case=case),
        "reasons": [
            (reason.value, words.from_pair(label))
            for reason, label in case_rules.CONTACT_REASON_LABELS.items()
        ],
        "may_call": bool(settings.CALL_RELAY_URL)
        and (cases.may_open_contact(actor=actor, case=case) or actor.id in case.responders),
        **extra,
    }
    return render(request, "field/case.html", context)


@policies.seated(*PLACE_ROLES)
@require_POST
def move_case(request: StaffRequest, case_id: UUID, move: str) -> HttpResponse:
    """Make a move and come back to the case, or to the list when the case has left one's hands."""
    case = moves.take_move(request, actor=request.actor, case_id=case_id, move=move)
    made = words.label(cases.get_procedure(case).moves[move])
    onward = redirect("field:case", case_id=case_id) if move in STAYS else redirect("field:today")
    return flash.tell(onward, gettext("Done: %(move)s.") % {"move": made})


@policies.seated(*PLACE_ROLES)
@require_POST
def move_dispatch(request: StaffRequest, dispatch_id: UUID, move: str) -> HttpResponse:
    """Answer a dispatch: sign for it, arrive, decline."""
    moved = dispatch_actions.move_dispatch(
        actor=request.actor,
        dispatch_id=dispatch_id,
        move=move,
        at=now(),
        note=request.POST.get("note", "").replace("\0", "")[: moves.NOTE_LIMIT],
    )
    if moved.ended_at is not None:
        return flash.tell(redirect("field:today"), gettext("Taken off your list."))
    return redirect("field:case", case_id=moved.case_id)


@policies.seated(*PLACE_ROLES)
@require_POST
def finish(request: StaffRequest, dispatch_id: UUID) -> HttpResponse:
    """Finish one's dispatch; the case is handled with it when that is still to do.

    Both happen or neither: a case that has moved on meanwhile leaves the dispatch as it was.
    """
    actor = request.actor
    mine = {d.id: d for d in dispatch.list_running_for(actor=actor)}
    if dispatch_id not in mine:
        raise DispatchNotVisible(dispatch=dispatch_id)
    given = moves.read_form(request)
    handles = any(
        m.code == "handle" for m in cases.list_moves(actor=actor, case=mine[dispatch_id].case)
    )
    photos = moves.keep_photos(actor=actor, files=given["photos"]) if handles else ()
    dispatch_actions.finish_dispatch(
        actor=actor,
        dispatch_id=dispatch_id,
        given=case_rules.Given(note=given["note"], photos=photos),
        at=now(),
        expected_seq=given["seq"],
    )
    return flash.tell(redirect("field:today"), gettext("Done. The desk will check it."))

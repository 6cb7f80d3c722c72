"""The case page: what was reported, why it lies where it lies, what happened, what can be done now."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from anlan.cases import actions as case_actions
from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.dispatch import actions as dispatch_actions
from anlan.intake import queries as intake
from anlan.intake.rules import CHANNEL_LABELS, Channel
from anlan.kernel import codes
from anlan.kernel.actor import PLACE_ROLES, ActorKind
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.people import queries as people
from anlan.places.queries import get_gazetteer
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.ratings import queries as ratings
from anlan.triage import actions as triage_actions
from anlan.triage import queries as triage
from anlan.web.command import addresses
from anlan.web.desk import alike, beside, picks, responders, sketch, story
from anlan.web.desk.clock_lines import show_clocks
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, moves, words
from anlan.web.staff.cases import lineage_of, show_card, show_ms

if TYPE_CHECKING:
    from anlan.cases.models import Case
    from anlan.intake.models import Signal

MATTERS_SHOWN = 12


@policies.seated(*PLACE_ROLES)
@require_safe
def show_case(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Show a case to whoever may see it; to everybody else it does not exist."""
    case = cases.access_case(actor=request.actor, case_id=case_id)
    privacy.record_look(actor=request.actor, case=case, what=Looked.CASE, at=now())
    return _render_case(request, case)


def _render_case(request: StaffRequest, case: Case, **extra: Any) -> HttpResponse:
    at, actor = now(), request.actor
    gazetteer = get_gazetteer()
    steps = cases.list_steps(case_id=case.id)
    person_ids = {step.actor_id for step in steps if step.actor_kind == ActorKind.PERSON}
    names = people.get_person_names({person for person in person_ids if person is not None})
    photos = cases.list_photo_ids(case_id=case.id)
    unit, desk = gazetteer.units[case.unit_id], gazetteer.units[case.desk_id]
    offers = moves.list_offers(actor=actor, case=case)
    raised = cases.list_signals(case_id=case.id)
    reachable = intake.list_with_contact(signal_ids=[signal.id for signal in raised])
    signals = [
        _show_signal(signal, case=case, at=at, has_contact=signal.id in reachable)
        for signal in raised
    ]
    panel = responders.show_panel(
        actor=actor, case=case, channel=raised[0].channel if raised else "", at=at
    )
    context = {
        "case": case,
        "card": show_card(case, at=at),
        "now_ms": show_ms(at),
        "made": words.show_instant(at, zone=gazetteer.time_zone(case.place_id), at=at),
        "span_words": json.dumps(words.list_span_words(), ensure_ascii=False),
        "signals": signals,
        "photos": photos,
        "photos_limit": moves.PHOTOS_LIMIT,
        "where": sketch.draw(case),
        "point": sketch.show_point(case),
        "lineage": [words.name(place) for place in lineage_of(gazetteer, case.place_id)],
        "unit": words.name(unit),
        "desk": words.name(desk),
        "co_handlers": _co_handlers(case),
        "clocks": show_clocks(case, at=at),
        "why": story.tell_why(
            case,
            text=signals[0]["text"] if signals else "",
            may_correct=any(offer.code == "reclassify" for offer in offers),
        ),
        "alike": alike.show_alike(
            actor=actor, case=case, text=signals[0]["text"] if signals else "", at=at
        ),
        "asked": picks.show_question(
            actor=actor,
            case=case,
            text=raised[0].text if raised else "",
            channel=raised[0].channel if raised else "",
        ),
        "together": beside.show_together(actor=actor, case=case, steps=steps, signals=len(raised)),
        "events": story.tell_steps(case, steps, names, at=at, photos=photos),
        "offers": offers,
        "expected": [offer for offer in offers if offer.is_main],
        "other": [offer for offer in offers if not offer.is_main],
        "units": moves.list_serving_units(case) if _wants(offers, "unit") else [],
        "outcomes": moves.list_outcomes() if _wants(offers, "outcome") else [],
        "matters": _suggest(case, signals) if _wants(offers, "matter") else [],
        "panel": panel,
        "ratings": ratings.list_ratings(case_id=case.id),
        "outcome": _outcome_words(case),
        "may_open_contact": cases.may_open_contact(actor=actor, case=case),
        "stream": (stream := addresses.get_desk_stream(request, case.id)),
        **extra,
    }
    return addresses.let_listen(render(request, "desk/case.html", context), stream)


def _wants(offers: list[moves.Offer], field: str) -> bool:
    return any(field in offer.needs for offer in offers)


def _show_signal(signal: Signal, *, case: Case, at: datetime, has_contact: bool) -> dict[str, Any]:
    zone = get_gazetteer().time_zone(case.place_id)
    return {
        "id": signal.id,
        "text": signal.text,
        "channel": words.from_pair(CHANNEL_LABELS[Channel(signal.channel)]),
        "received": words.show_instant(signal.received_at, zone=zone, at=at),
        "ago": words.show_ago(signal.received_at, at),
        "place_text": signal.place_text,
        "external_ref": signal.external_ref,
        "has_contact": has_contact,
    }


def _co_handlers(case: Case) -> list[str]:
    gazetteer = get_gazetteer()
    own = gazetteer.units[case.unit_id].department
    found = (
        gazetteer.nearest_unit(case.place_id, department)
        for department in case.departments
        if department != own
    )
    return [words.name(unit) for unit in found if unit is not None]


def _outcome_words(case: Case) -> str:
    if not case.outcome:
        return ""
    return words.from_pair(case_rules.OUTCOME_LABELS[case_rules.Outcome(case.outcome)])


def _suggest(case: Case, signals: list[dict[str, Any]]) -> list[case_rules.MatterInfo]:
    """Suggest matters for a correction: what triage thought of, without the present one."""
    jurisdiction = get_gazetteer().place(case.place_id).jurisdiction
    text = signals[0]["text"] if signals else case.title
    found = triage.suggest(jurisdiction=jurisdiction, text=text)
    return [matter for matter, _share in found if matter.id != case.matter_id]


@policies.seated(*PLACE_ROLES)
@require_safe
def find_matters(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Show the matters whose name or keyword contains what is typed; for htmx."""
    case = cases.access_case(actor=request.actor, case_id=case_id)
    jurisdiction = get_gazetteer().place(case.place_id).jurisdiction
    wanted = request.GET.get("q", "").strip().casefold()
    found = [
        matter
        for matter in cases.get_catalogue().offered
        if matter.jurisdiction == jurisdiction
        and matter.id != case.matter_id
        and wanted
        and any(
            wanted in text.casefold() for text in (matter.name, matter.name_en, *matter.keywords)
        )
    ]
    return render(
        request, "desk/_matters.html", {"matters": found[:MATTERS_SHOWN], "asked": wanted}
    )


@policies.seated(*PLACE_ROLES)
@require_POST
def move_case(request: StaffRequest, case_id: UUID, move: str) -> HttpResponse:
    """Make a move and come back to the page."""
    if move == "split":
        return _split_case(request, case_id)
    case = moves.take_move(request, actor=request.actor, case_id=case_id, move=move)
    made = cases.get_procedure(case).moves[move]
    # What was merged is gone on with in the other one.
    return flash.tell(
        redirect("desk:case", case_id=case.merged_into_id or case_id),
        gettext("Done: %(move)s.") % {"move": words.label(made)},
    )


def _read_ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts[: moves.PHOTOS_CHOSEN_LIMIT]]
    except ValueError:
        raise case_rules.PhotoElsewhere() from None


def _split_case(request: StaffRequest, case_id: UUID) -> HttpResponse:
    given = moves.read_form(request)
    part = triage_actions.split_case(
        actor=request.actor,
        case_id=case_id,
        matter=given["matter"],
        note=given["note"],
        at=now(),
        photos=_read_ids(request.POST.getlist("with_part")),
        signal_id=given["signal"],
        expected_seq=given["seq"],
    )
    return flash.tell(
        redirect("desk:case", case_id=case_id),
        gettext("Split: the second matter goes on as %(code)s. Its reporter is told.")
        % {"code": codes.show(part.code)},
    )


@policies.seated(*PLACE_ROLES)
@require_POST
def dispatch_case(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Send the chosen responders, all at once."""
    duty_ids = [int(text) for text in request.POST.getlist("duty") if text.isdecimal()]
    sent = dispatch_actions.dispatch_case(
        actor=request.actor,
        case_id=case_id,
        duty_ids=duty_ids,
        at=now(),
        note=request.POST.get("note", "").replace("\0", "")[: moves.NOTE_LIMIT],
    )
    return flash.tell(
        redirect("desk:case", case_id=case_id),
        gettext("Sent to %(count)d people. Each has to sign for it.") % {"count": len(sent)},
    )


@policies.seated(*PLACE_ROLES)
@require_POST
def move_dispatch(
    request: StaffRequest, case_id: UUID, dispatch_id: UUID, move: str
) -> HttpResponse:
    """Recall somebody who was sent, or note that it was arranged offline."""
    cases.access_case(actor=request.actor, case_id=case_id)
    dispatch_actions.move_dispatch(
        actor=request.actor,
        dispatch_id=dispatch_id,
        move=move,
        at=now(),
        note=request.POST.get("note", "").replace("\0", "")[: moves.NOTE_LIMIT],
    )
    return redirect("desk:case", case_id=case_id)


@policies.seated(*PLACE_ROLES)
@require_POST
def open_contact(request: StaffRequest, case_id: UUID, signal_id: UUID) -> HttpResponse:
    """Show who reported, to somebody who handles the case; the look is written down."""
    contact = case_actions.open_contact(
        actor=request.actor, case_id=case_id, signal_id=signal_id, at=now()
    )
    if contact is not None:
        case = cases.access_case(actor=request.actor, case_id=case_id)
        privacy.record_look(actor=request.actor, case=case, what=Looked.CONTACT, at=now())
    if "HX-Request" in request.headers:
        response = render(request, "desk/_contact.html", {"contact": contact})
    else:
        case = cases.access_case(actor=request.actor, case_id=case_id)
        response = _render_case(request, case, contact=contact, contact_of=signal_id)
    response["Cache-Control"] = "no-store"
    return response

"""Emergency access: ask, decide, see who is looking now, review what was looked at."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.kernel import codes
from anlan.kernel.actor import PLACE_ROLES
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.people import queries as people
from anlan.places.queries import get_gazetteer
from anlan.privacy import actions, queries, rules
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words

if TYPE_CHECKING:
    from anlan.privacy.models import Access


@policies.seated(*PLACE_ROLES)
@never_cache
@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show what concerns whoever asks: own requests, and those for the own places."""
    return _show(request)


@policies.seated(*PLACE_ROLES)
@require_POST
def ask(request: StaffRequest) -> HttpResponse:
    """Ask for access to a case or a place."""
    typed = {name: request.POST.get(name, "").replace("\0", "").strip() for name in FIELDS}
    hours = int(typed["hours"]) if typed["hours"].isdecimal() and len(typed["hours"]) < 4 else 0
    try:
        actions.ask_access(
            actor=request.actor,
            target=rules.Target(case_code=typed["case"], place_code=typed["place"]),
            reason=typed["reason"],
            hours=hours,
            at=now(),
        )
    except AnlanError as wrong:
        if wrong.status not in (404, 409, 422):
            raise
        return _show(request, fault=wrong, typed=typed)
    told = gettext(
        "Asked. Somebody in charge of that place has been told and decides within an hour."
    )
    return flash.tell(redirect("desk:emergency"), told)


@policies.proved
@policies.seated(*PLACE_ROLES)
@require_POST
def move(request: StaffRequest, access_id: UUID, move: str) -> HttpResponse:
    """Confirm, refuse, end, review."""
    access = actions.move_access(
        actor=request.actor,
        access_id=access_id,
        move=move,
        note=request.POST.get("note", "").replace("\0", ""),
        verdict=request.POST.get("verdict", ""),
        at=now(),
    )
    made = rules.access_procedure(access.procedure_version).moves[move]
    return flash.tell(
        redirect("desk:emergency"), gettext("Done: %(move)s.") % {"move": words.label(made)}
    )


FIELDS = ("case", "place", "reason", "hours")


def _show(
    request: StaffRequest, *, fault: AnlanError | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    at, actor = now(), request.actor
    concerning = queries.list_access_over(actor=actor)
    own = queries.list_own_access(actor=actor)
    deciders = {a.decided_by for a in (*concerning, *own) if a.decided_by}
    names = people.get_person_names(deciders)
    context = {
        "own": [_tell(request, a, names, at) for a in own],
        "waiting": [
            told
            for a in concerning
            if a.state == "ASKED" and "confirm" in (told := _tell(request, a, names, at))["moves"]
        ],
        "running": [_tell(request, a, names, at) for a in concerning if a.state == "GRANTED"],
        "review": [
            _tell(request, a, names, at) | {"looks": _looks(a, at)}
            for a in concerning
            if a.state == "ENDED"
        ],
        "past": [
            _tell(request, a, names, at)
            for a in concerning
            if a.state not in ("ASKED", "GRANTED", "ENDED")
        ],
        "verdicts": [
            (v.value, words.from_pair(label)) for v, label in rules.VERDICT_LABELS.items()
        ],
        "hours": [1, 2, 4, rules.HOURS_LIMIT],
        "reason_limit": rules.REASON_CHARACTERS[1],
        "typed": typed or {"hours": "2"},
        "fault": fault.message if fault else "",
    }
    status = fault.status if fault else 200
    return render(request, "desk/emergency.html", context, status=status)


def _tell(
    request: StaffRequest, access: Access, names: dict[UUID, str], at: datetime
) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    zone = gazetteer.time_zone(access.place_id)
    procedure = rules.access_procedure(access.procedure_version)
    roles = queries.get_access_roles(actor=request.actor, access=access)
    is_own = access.person_id == request.actor.id

    def when(instant: datetime | None) -> words.Instant | None:
        return words.show_instant(instant, zone=zone, at=at) if instant else None

    moves = {
        m.code: words.label(m)
        for m in procedure.moves_from(access.state)
        if m.roles & roles and (not is_own or m.code == "end_early")
    }
    return {
        "id": access.id,
        "who": access.person.name,
        "place": words.name(gazetteer.place(access.place_id)),
        "case_id": access.case_id,
        "case": codes.show(access.case.code) if access.case else "",
        "is_open_to_me": is_own and access.state == "GRANTED",
        "hours": access.hours,
        "reason": access.reason,
        "note": access.note,
        "verdict": words.from_pair(rules.VERDICT_LABELS[rules.Verdict(access.verdict)])
        if access.verdict
        else "",
        "state": access.state,
        "state_words": words.label(procedure.states[access.state]),
        "asked": when(access.asked_at),
        "due": when(access.due_at),
        "remaining": words.show_remaining(access.due_at, at) if access.due_at else "",
        "decided_by": names.get(access.decided_by, "") if access.decided_by else "",
        "moves": moves,
    }


def _looks(access: Access, at: datetime) -> list[dict[str, Any]]:
    zone = get_gazetteer().time_zone(access.place_id)
    return [
        {
            "case_id": look.case_id,
            "case": codes.show(look.case.code),
            "what": words.from_pair(rules.LOOKED_LABELS[rules.Looked(look.what)]),
            "when": words.show_instant(look.first_at, zone=zone, at=at),
        }
        for look in queries.list_looks_under(access=access, until_at=at)
    ]

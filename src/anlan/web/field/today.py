"""Today's list: what this person was sent to, then what else is open in his places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from anlan.cases import queries as cases
from anlan.dispatch import queries as dispatch
from anlan.dispatch import rules as dispatch_rules
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.web.field import position
from anlan.web.middleware import StaffRequest
from anlan.web.staff import words
from anlan.web.staff.cases import Card, show_card, zone_of

if TYPE_CHECKING:
    from anlan.dispatch.models import Dispatch

OTHERS_SHOWN = 30
NEXT_MOVES = {
    "OFFERED": ("sign_for",),
    "SIGNED": ("set_out", "arrive"),
    "ON_THE_WAY": ("arrive",),
    "ARRIVED": ("finish",),
}
"""What comes next in each state; the first that the procedure of the dispatch knows."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One dispatch as its person sees it. `next_move`: the one thing to do now."""

    id: UUID
    card: Card
    state: str
    state_words: str
    asked: words.Instant
    note: str
    light: str
    remaining: str
    next_move: str
    next_words: str
    moves: frozenset[str]


def show_errand(found: Dispatch, *, actor: Actor, at: datetime) -> Errand:
    """Put a dispatch into words."""
    table = dispatch_rules.dispatch_procedure(found.procedure_version)
    zone = get_gazetteer().time_zone(found.case.place_id)
    allowed = frozenset(dispatch.list_moves(actor=actor, dispatch=found))
    next_move = next((m for m in NEXT_MOVES.get(found.state, ()) if m in allowed), "")
    card = show_card(found.case, at=at)
    is_late = found.due_at is not None and at >= found.due_at
    return Errand(
        id=found.id,
        card=card,
        state=found.state,
        state_words=words.label(table.states[found.state]),
        asked=words.show_instant(found.asked_at, zone=zone, at=at),
        note=found.note,
        light="RED" if is_late else "GREEN",
        remaining=words.show_remaining(found.due_at, at),
        next_move=next_move,
        next_words=words.label(table.moves[next_move]) if next_move else "",
        moves=allowed,
    )


@policies.seated(*PLACE_ROLES)
@require_safe
def today(request: StaffRequest) -> HttpResponse:
    """Show the list, the nearest deadline first."""
    at, actor = now(), request.actor
    errands = [show_errand(d, actor=actor, at=at) for d in dispatch.list_running_for(actor=actor)]
    sent_to = {errand.card.id for errand in errands}
    page = cases.list_cases(
        actor=actor, wanted=cases.Filter(), at=at, limit=OTHERS_SHOWN + len(sent_to)
    )
    others = [show_card(case, at=at) for case in page.cases if case.id not in sent_to]
    context = {
        "waiting": [e for e in errands if e.state == "OFFERED"],
        "running": [e for e in errands if e.state != "OFFERED"],
        "others": others[:OTHERS_SHOWN],
        "has_more": bool(page.after),
        "at": at,
        "switch": position.show_switch(actor=actor, zone=zone_of(actor), at=at),
    }
    return render(request, "field/today.html", context)

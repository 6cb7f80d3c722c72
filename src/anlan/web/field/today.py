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
from anlan.kernel.actor import PLACE_ROLES, Actor, Role
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
class Way:
    """One thing to do in one state of a dispatch, and the state it leads to."""

    state: str
    move: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class Errand:
    """One dispatch as its person sees it.

    ways: the one thing to do in each state, also in those to come, because a phone without a network goes on
    by itself; shortcuts: what may be done instead. urgency: the light of the dispatch, or of its case.
    """

    id: UUID
    card: Card
    state: str
    state_words: str
    asked: words.Instant
    note: str
    light: str
    remaining: str
    moves: frozenset[str]
    ways: tuple[Way, ...]
    shortcuts: tuple[Way, ...]
    may_finish: bool
    may_decline: bool
    seq: int
    urgency: str


def show_errand(found: Dispatch, *, actor: Actor, at: datetime) -> Errand:
    """Put a dispatch into words."""
    table = dispatch_rules.dispatch_procedure(found.procedure_version)
    zone = get_gazetteer().time_zone(found.case.place_id)
    allowed = frozenset(dispatch.list_moves(actor=actor, dispatch=found))
    role = Role(found.role)

    def may(move: str, state: str = "") -> bool:
        one = table.moves.get(move)
        return one is not None and role in one.roles and (not state or state in one.sources)

    possible = [
        Way(state, move, words.label(table.moves[move]), table.moves[move].to or state)
        for state, moves in NEXT_MOVES.items()
        for move in moves
        if may(move, state)
    ]
    first = {way.state: way for way in reversed(possible)}
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
        moves=allowed,
        ways=tuple(way for way in possible if first[way.state] is way),
        shortcuts=tuple(way for way in possible if first[way.state] is not way),
        may_finish=may("finish"),
        may_decline=may("decline"),
        seq=found.case.seq,
        urgency="RED" if is_late else card.light,
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

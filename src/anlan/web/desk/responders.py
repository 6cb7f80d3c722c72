"""The dispatch panel: who could be sent, nearest first, and who has been sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from anlan.dispatch import queries as dispatch
from anlan.dispatch import rules as dispatch_rules
from anlan.kernel.actor import ROLE_LABELS, Actor, Role
from anlan.places.queries import get_gazetteer
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case

OPEN_STATES = frozenset({"RECEIVED", "ACCEPTED", "ASSIGNED", "HANDLING"})
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who can be sent."""

    duty_id: int
    name: str
    role: str
    place: str
    is_on_duty: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody who has been sent. `light` is that of his own clock."""

    id: UUID
    name: str
    role: str
    state: str
    state_words: str
    asked: words.Instant
    light: str
    remaining: str
    note: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """The whole panel; `may_send` False shows only who has been sent."""

    may_send: bool
    nearest: list[Choice]
    further: list[Choice]
    sent: list[Sent]


def show_panel(*, actor: Actor, case: Case, at: datetime) -> Panel:
    """Put together who was sent and, for a desk, who could be."""
    sent = dispatch.list_dispatches(case_id=case.id)
    zone = get_gazetteer().time_zone(case.place_id)
    may_send = dispatch.may_send(actor=actor, case=case) and case.state in OPEN_STATES
    running = {d.person_id for d in sent if d.ended_at is None}
    found = dispatch.list_responders(case=case, at=at) if may_send else []
    choices = [
        Choice(
            duty_id=responder.duty_id,
            name=responder.name,
            role=words.from_pair(ROLE_LABELS[responder.role]),
            place=words.name(get_gazetteer().place(responder.place_id)),
            is_on_duty=responder.is_on_duty,
        )
        for responder in found
        if responder.person_id not in running
    ]
    return Panel(
        may_send=may_send,
        nearest=choices[:SHOWN],
        further=choices[SHOWN:],
        sent=[
            Sent(
                id=d.id,
                name=d.person.name,
                role=words.from_pair(ROLE_LABELS[Role(d.role)]),
                state=d.state,
                state_words=words.label(
                    dispatch_rules.dispatch_procedure(d.procedure_version).states[d.state]
                ),
                asked=words.show_instant(d.asked_at, zone=zone, at=at),
                light=_light(d.due_at, at),
                remaining=words.show_remaining(d.due_at, at),
                note=d.note,
                is_running=d.ended_at is None,
            )
            for d in sent
        ],
    )


def _light(due_at: datetime | None, at: datetime) -> str:
    if due_at is None:
        return "NONE"
    return "RED" if at >= due_at else "GREEN"

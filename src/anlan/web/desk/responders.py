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
from anlan.web.desk import proposals
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
    is_busy: bool
    distance: str


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
    proposal: proposals.Proposal | None
    nearest: list[Choice]
    further: list[Choice]
    sent: list[Sent]


def show_panel(*, actor: Actor, case: Case, channel: str, at: datetime) -> Panel:
    """Put together who was sent and, for a desk, who could be. channel: of the first signal."""
    sent = dispatch.list_dispatches(case_id=case.id)
    zone = get_gazetteer().time_zone(case.place_id)
    may_send = dispatch.may_send(actor=actor, case=case) and case.state in OPEN_STATES
    found = (
        dispatch.recommend_for(case=case, at=at, sent=sent, channel=channel) if may_send else None
    )
    choices = [] if found is None else _list_choices(found)
    return Panel(
        may_send=may_send,
        proposal=proposals.show_proposal(found, place_id=case.place_id, at=at) if found else None,
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


def _list_choices(found: dispatch.Recommendation) -> list[Choice]:
    """List everybody who can be chosen by hand: on duty first, then the nearest."""

    def order(candidate: dispatch_rules.Candidate) -> tuple[bool, bool, float]:
        minutes = candidate.travel_minutes(found.card.minutes_per_km)
        far = float("inf") if minutes is None else float(minutes)
        return not candidate.is_on_duty, bool(candidate.elsewhere), far

    return [
        Choice(
            duty_id=candidate.duty_id,
            name=candidate.name,
            role=words.from_pair(ROLE_LABELS[candidate.role]),
            place=words.name(get_gazetteer().place(candidate.place_id)),
            is_on_duty=candidate.is_on_duty,
            is_busy=bool(candidate.elsewhere),
            distance=(
                ""
                if candidate.distance_m is None
                else proposals.show_distance(candidate.distance_m)
            ),
        )
        for candidate in sorted(found.candidates, key=order)
        if candidate.here not in dispatch_rules.RUNNING_STATES
    ]


def _light(due_at: datetime | None, at: datetime) -> str:
    if due_at is None:
        return "NONE"
    return "RED" if at >= due_at else "GREEN"

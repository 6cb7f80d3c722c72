"""The dispatch panel: who could be sent, nearest first, and who has been sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from anlan.dispatch import queries as dispatch
from anlan.dispatch import rules as dispatch_rules
from anlan.kernel.actor import ROLE_LABELS, Actor
from anlan.places.queries import get_gazetteer
from anlan.web.desk import chain, proposals
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case

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
class Panel:
    """The whole panel; `may_send` False shows only who has been sent."""

    may_send: bool
    proposal: proposals.Proposal | None
    nearest: list[Choice]
    further: list[Choice]
    sent: list[chain.Sent]
    centre: list[chain.Centre]


def show_panel(*, actor: Actor, case: Case, channel: str, at: datetime) -> Panel:
    """Put together who was sent and, for a desk, who could be. channel: of the first signal."""
    sent = dispatch.list_dispatches(case_id=case.id)
    zone = get_gazetteer().time_zone(case.place_id)
    may_send = (
        dispatch.may_send(actor=actor, case=case) and case.state in dispatch_rules.OPEN_STATES
    )
    found = (
        dispatch.recommend_for(case=case, at=at, sent=sent, channel=channel) if may_send else None
    )
    has_unanswered = any(each.state in ("LAPSED", "DECLINED") for each in sent)
    choices = [] if found is None else _list_choices(found)
    return Panel(
        may_send=may_send,
        proposal=proposals.show_proposal(found, place_id=case.place_id, at=at) if found else None,
        nearest=choices[:SHOWN],
        further=choices[SHOWN:],
        sent=chain.show_sent(sent, found, zone=zone, at=at),
        centre=chain.show_centre(
            dispatch.list_handovers(case_id=case.id) if has_unanswered else [], zone=zone, at=at
        ),
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

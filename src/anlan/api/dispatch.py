"""Sending people to a case, and their answers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from anlan.api import wire
from anlan.api.door import PolicyRouter, caller_of
from anlan.cases.queries import access_case
from anlan.dispatch import actions, queries
from anlan.dispatch.rules import Proposal, SendingNotYours
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.places.queries import get_gazetteer

router = PolicyRouter(tags=["dispatches"])

DutyId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class ResponderOut(Schema):
    duty_id: int
    name: str
    role: str
    department: str
    place_name: str
    is_on_duty: bool


class CandidateOut(Schema):
    """Somebody proposed.

    distance_m: in a straight line, rounded to 100 m. seen_minutes: age of the position that it is from,
    null where it is from the seat's place. waiting: open dispatches at other cases.
    """

    duty_id: int
    name: str
    place_name: str
    on_until: str | None
    distance_m: int | None
    travel_minutes: int | None
    seen_minutes: int | None
    waiting: int


class ProposalOut(Schema):
    """One need of the card. reasons: how many who hold the duty are not proposed, by obstacle."""

    role: str
    department: str
    wanted: int
    asked: int
    missing: int
    holders: int
    ack_minutes: int | None
    arrive_minutes: int | None
    chosen: list[CandidateOut]
    reasons: dict[str, int]


class RecommendationOut(Schema):
    """Whom a rule proposes; a person decides. card: empty when no run card fits."""

    card: str
    source: str
    confidence: float
    proposals: list[ProposalOut]


class DispatchIn(Schema):
    """Whom to send: duty_id of each, from the list of responders."""

    duty_ids: Annotated[list[DutyId], Field(max_length=20)]
    note: wire.Note = ""


class DispatchMoveIn(Schema):
    """An answer: sign_for, set_out, arrive, finish, decline, recall or go_offline."""

    move: wire.Code
    note: wire.Note = ""


class DispatchOut(Schema):
    id: UUID
    case_id: UUID
    duty_id: int
    role: str
    state: str
    asked_at: str
    due_at: str | None
    signed_at: str | None
    on_the_way_at: str | None
    arrived_at: str | None
    ended_at: str | None
    note: str
    rung: str
    follows: UUID | None
    follow_at: str | None


def _describe(dispatch: Any) -> dict[str, Any]:
    return {
        "id": str(dispatch.id),
        "case_id": str(dispatch.case_id),
        "duty_id": dispatch.duty_id,
        "role": str(dispatch.role),
        "state": dispatch.state,
        "asked_at": wire.instant(dispatch.asked_at),
        "due_at": wire.instant(dispatch.due_at),
        "signed_at": wire.instant(dispatch.signed_at),
        "on_the_way_at": wire.instant(dispatch.on_the_way_at),
        "arrived_at": wire.instant(dispatch.arrived_at),
        "ended_at": wire.instant(dispatch.ended_at),
        "note": dispatch.note,
        "rung": dispatch.rung,
        "follows": str(dispatch.follows_id) if dispatch.follows_id else None,
        "follow_at": wire.instant(dispatch.follow_at),
    }


@router.get("/cases/{uuid:case_id}/responders", response=list[ResponderOut])
@policies.seated()
def list_responders(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """List who may be sent to a case, on duty and nearest first; for the desk in charge."""
    actor = caller_of(request).actor
    case = access_case(actor=actor, case_id=case_id)
    if not queries.may_send(actor=actor, case=case):
        raise SendingNotYours()
    found = [
        {
            "duty_id": responder.duty_id,
            "name": responder.name,
            "role": str(responder.role),
            "department": responder.department,
            "place_name": responder.place_name,
            "is_on_duty": responder.is_on_duty,
        }
        for responder in queries.list_responders(case=case, at=now())
    ]
    return wire.reply(found)


@router.get("/cases/{uuid:case_id}/recommendation", response=RecommendationOut)
@policies.seated()
def recommend(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Propose whom to send, by the case's run card, with the reason for every shortfall."""
    actor = caller_of(request).actor
    case = access_case(actor=actor, case_id=case_id)
    if not queries.may_send(actor=actor, case=case):
        raise SendingNotYours()
    found = queries.recommend_for(case=case, at=now())
    return wire.reply(
        {
            "card": found.card.code,
            "source": found.card.source,
            "confidence": found.card.confidence,
            "proposals": [_propose(each, found.card.minutes_per_km) for each in found.proposals],
        }
    )


def _propose(proposal: Proposal, minutes_per_km: float) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    return {
        "role": str(proposal.need.role),
        "department": proposal.need.department,
        "wanted": proposal.need.count,
        "asked": proposal.asked,
        "missing": proposal.missing,
        "holders": proposal.holders,
        "ack_minutes": proposal.need.ack_minutes,
        "arrive_minutes": proposal.need.arrive_minutes,
        "chosen": [
            {
                "duty_id": each.duty_id,
                "name": each.name,
                "place_name": gazetteer.place(each.place_id).name,
                "on_until": wire.instant(each.on_until),
                "distance_m": each.distance_m,
                "travel_minutes": each.travel_minutes(minutes_per_km),
                "seen_minutes": each.seen_minutes if each.is_seen else None,
                "waiting": each.waiting,
            }
            for each in proposal.chosen
        ],
        "reasons": {reason.value: count for reason, count in proposal.reasons.items()},
    }


@router.get("/cases/{uuid:case_id}/dispatches", response=list[DispatchOut])
@policies.seated()
def list_dispatches(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """List everybody who was asked to come to a case."""
    case = access_case(actor=caller_of(request).actor, case_id=case_id)
    return wire.reply([_describe(each) for each in queries.list_dispatches(case_id=case.id)])


@router.post("/cases/{uuid:case_id}/dispatches", response={201: list[DispatchOut]})
@policies.seated()
def dispatch_case(request: HttpRequest, case_id: UUID, body: DispatchIn) -> HttpResponse:
    """Ask several responders at once to take a case."""
    asked = actions.dispatch_case(
        actor=caller_of(request).actor,
        case_id=case_id,
        duty_ids=body.duty_ids,
        note=body.note,
        at=now(),
    )
    return wire.reply([_describe(each) for each in asked], 201)


@router.post("/dispatches/{uuid:dispatch_id}/moves", response=DispatchOut)
@policies.signed_in
def move_dispatch(request: HttpRequest, dispatch_id: UUID, body: DispatchMoveIn) -> HttpResponse:
    """Answer a dispatch that you were sent, or recall it from the desk."""
    dispatch = actions.move_dispatch(
        actor=caller_of(request).actor,
        dispatch_id=dispatch_id,
        move=body.move,
        note=body.note,
        at=now(),
    )
    return wire.reply(_describe(dispatch))

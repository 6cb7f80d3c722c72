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
from anlan.dispatch.rules import SendingNotYours
from anlan.kernel.clock import now
from anlan.people import policies

router = PolicyRouter(tags=["dispatches"])

DutyId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class ResponderOut(Schema):
    duty_id: int
    name: str
    role: str
    department: str
    place_name: str
    is_on_duty: bool


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

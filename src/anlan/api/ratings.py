"""What the reporter may do with the tracking code alone: follow the matter, and rate it.

Open to everybody, so tries are counted by address and by code before anything is looked up.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Schema

from anlan.api import wire
from anlan.api.door import PolicyRouter
from anlan.cases.queries import (
    get_case_of_signal,
    get_procedure,
    list_told_steps,
    note_for_reporter,
)
from anlan.kernel import codes
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.people.actions import count_tracking_try
from anlan.places.queries import get_gazetteer
from anlan.ratings import actions, queries

router = PolicyRouter(tags=["tracking"])


class TrackedStep(Schema):
    at: str
    move: str
    name: str
    name_en: str
    note: str


class TrackedOut(Schema):
    """What the reporter sees: no names of staff, no inner steps."""

    code: str
    state: str
    state_name: str
    state_name_en: str
    matter: wire.MatterOut
    place: wire.PlaceOut
    unit: wire.UnitOut
    opened_at: str
    closed_at: str | None
    close_due_at: str
    steps: list[TrackedStep]
    may_rate: bool


class RatingIn(Schema):
    is_satisfied: bool
    comment: wire.Note = ""


class RatingOut(Schema):
    is_satisfied: bool
    comment: str
    rated_at: str


def _count(request: HttpRequest, tracking_code: str) -> None:
    address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
    count_tracking_try(address=address, code=codes.normalise(tracking_code), at=now())


@router.get("/track/{tracking_code}", response=TrackedOut)
@policies.public
def track(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """Follow a matter by its tracking code (three groups of five characters)."""
    _count(request, tracking_code)
    signal = queries.access_signal(tracking_code=tracking_code)
    case = get_case_of_signal(signal_id=signal.id)
    procedure, gazetteer = get_procedure(case), get_gazetteer()
    state = procedure.states[case.state]
    is_joined = signal.code != case.code
    place_id = signal.place_id if is_joined else case.place_id
    steps: list[dict[str, Any]] = []
    for step in list_told_steps(signal=signal, case=case):
        # The opening is no move of the table: it is called what it led to
        label = procedure.moves.get(step.move) or procedure.states[step.to_state]
        steps.append(
            {
                "at": wire.instant(step.at),
                "move": step.move,
                "name": label.zh,
                "name_en": label.en,
                "note": note_for_reporter(step, case=case),
            }
        )
    return wire.reply(
        {
            "code": codes.show(signal.code),
            "state": case.state,
            "state_name": state.zh,
            "state_name_en": state.en,
            "matter": wire.matter(case.matter_id),
            "place": wire.place(gazetteer.place(place_id)),
            "unit": wire.unit(gazetteer.units[case.unit_id]),
            "opened_at": wire.instant(signal.received_at if is_joined else case.opened_at),
            "closed_at": wire.instant(case.closed_at),
            "close_due_at": wire.instant(case.close_due_at),
            "steps": steps,
            "may_rate": queries.may_rate(case=case, signal=signal),
        }
    )


@router.post("/track/{tracking_code}/rating", response={201: RatingOut})
@policies.public
def rate(request: HttpRequest, tracking_code: str, body: RatingIn) -> HttpResponse:
    """Rate a closed matter; not satisfied sends it back to the unit, its clock running again."""
    _count(request, tracking_code)
    rating = actions.rate_case(
        tracking_code=tracking_code,
        is_satisfied=body.is_satisfied,
        comment=body.comment,
        at=now(),
    )
    return wire.reply(
        {
            "is_satisfied": rating.is_satisfied,
            "comment": rating.comment,
            "rated_at": wire.instant(rating.rated_at),
        },
        201,
    )

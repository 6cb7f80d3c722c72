"""One's own position: the switch, off by default, and what the open page sends while it is on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from anlan.dispatch import actions, queries, rules
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words


@dataclass(frozen=True, slots=True)
class Switch:
    """What the page shows: nothing for those who are not sent, else whether it is on, and until when."""

    is_on: bool
    until: words.Instant | None


def show_switch(*, actor: Actor, zone: str, at: datetime) -> Switch | None:
    """Give the switch of somebody who can be sent; None for all others."""
    if not any(seat.role in rules.RESPONDER_ROLES for seat in actor.seats):
        return None
    found = queries.find_switch(actor=actor, at=at)
    until = words.show_instant(found.ends_at, zone=zone, at=at) if found else None
    return Switch(found is not None, until)


@policies.seated(*PLACE_ROLES)
@require_POST
def switch_on(request: StaffRequest) -> HttpResponse:
    """Let one's position be used until the duty ends."""
    try:
        actions.switch_on_position(actor=request.actor, at=now())
    except rules.NotOnDuty as wrong:
        return flash.tell(redirect("field:today"), str(wrong.message))
    return redirect("field:today")


@policies.seated(*PLACE_ROLES)
@require_POST
def switch_off(request: StaffRequest) -> HttpResponse:
    """Let it be used no longer, and delete it."""
    actions.switch_off_position(actor=request.actor, at=now())
    return flash.tell(redirect("field:today"), gettext("Off. Your last position has been deleted."))


@policies.seated(*PLACE_ROLES)
@require_POST
def send(request: StaffRequest) -> HttpResponse:
    """Take the position that the open page sends."""
    actions.send_position(
        actor=request.actor,
        lon=_degrees(request.POST.get("lon", "")),
        lat=_degrees(request.POST.get("lat", "")),
        at=now(),
    )
    return HttpResponse(status=204)


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")

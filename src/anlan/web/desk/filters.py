"""Filters that somebody keeps under a name: beside the tabs of the queue, one click away."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from anlan.cases import actions as case_actions
from anlan.cases import queries as cases
from anlan.cases.rules import filters as rules
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash


@dataclass(frozen=True, slots=True)
class Kept:
    """A filter as it is shown. `is_here`: the queue on the page is just this one."""

    id: UUID
    name: str
    address: str
    is_own: bool
    is_lent: bool
    is_here: bool


def show_filters(actor: Actor, here: str) -> list[Kept]:
    """Show the filters that an actor keeps or has been lent. here: the address of the page."""
    return [
        Kept(
            id=one.id,
            name=one.name,
            address=(address := _address(one.fields)),
            is_own=one.person_id == actor.id,
            is_lent=bool(one.lent_to),
            is_here=address == here,
        )
        for one in cases.list_filters(actor=actor)
    ]


def may_lend(actor: Actor) -> bool:
    """Tell whether an actor sits at a desk, to whose people he may lend a filter."""
    return any(seat.role in rules.LENDING_ROLES for seat in actor.seats)


def _address(fields: dict[str, str]) -> str:
    kept = {name: fields[name] for name in rules.FIELDS if fields.get(name)}
    return reverse("desk:queue") + ("?" + urlencode(kept) if kept else "")


@policies.seated(*PLACE_ROLES)
@require_POST
def keep(request: StaffRequest) -> HttpResponse:
    """Keep the filter of the page under a name, and stay there."""
    sent = request.POST
    kept = case_actions.keep_filter(
        actor=request.actor,
        name=sent.get("name", ""),
        fields={name: sent.get(name, "").replace("\0", "") for name in rules.FIELDS},
        is_lent=bool(sent.get("lend")),
        at=now(),
    )
    said = gettext("Kept as “%(name)s”.") % {"name": kept.name}
    return flash.tell(redirect(_address(kept.fields)), said)


@policies.seated(*PLACE_ROLES)
@require_POST
def drop(request: StaffRequest, filter_id: UUID) -> HttpResponse:
    """Drop a filter of one's own."""
    case_actions.drop_filter(actor=request.actor, filter_id=filter_id, at=now())
    return flash.tell(redirect("desk:queue"), gettext("The filter is dropped."))

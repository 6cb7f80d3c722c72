"""Returns as far as an actor sees them, and who is late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from anlan.indicators.models import Return, Value
from anlan.indicators.queries.register import get_register
from anlan.indicators.rules import months
from anlan.indicators.rules.register import Indicator, Side
from anlan.indicators.rules.returns import (
    HANDLERS,
    OPEN_STATES,
    ReturnUnknown,
    due_at,
    return_procedure,
)
from anlan.kernel.actor import Actor, Role
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo

LIST_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Late:
    """What a department owes for a place and month. waiting: given, and not confirmed yet."""

    place: PlaceInfo
    department: str
    month: str
    missing: tuple[Indicator, ...]
    due_at: datetime
    is_waiting: bool


def access_return(*, actor: Actor, return_id: UUID, lock: bool = False) -> Return:
    """Fetch a return that an actor may see. Raises ReturnUnknown."""
    found = Return.objects.visible_to(actor)
    if lock:
        found = found.select_for_update(of=("self",))
    one = found.filter(pk=return_id).first()
    if one is None:
        raise ReturnUnknown()
    return one


def list_returns(*, actor: Actor, states: Sequence[str] = (), limit: int = LIST_LIMIT) -> list[Return]:  # fmt: skip
    """List an actor's returns, the newest first."""
    found = Return.objects.visible_to(actor)
    if states:
        found = found.filter(state__in=list(states))
    return list(found.order_by("-given_at", "-id")[:limit])


def roles_over(*, actor: Actor, one: Return) -> frozenset[Role]:
    """Tell the roles that an actor holds over a return."""
    departments = (one.department,) if one.department else ()
    return frozenset(
        seat.role for seat in actor.seats
        if seat.role in HANDLERS and seat.covers(one.place_path, departments)
    )  # fmt: skip


def list_moves(*, actor: Actor, one: Return) -> list[str]:
    """List the moves that an actor may make with a return: whoever gave it confirms nothing."""
    roles = roles_over(actor=actor, one=one)
    moves = return_procedure(one.procedure_version).moves_from(one.state)
    own = actor.id is not None and one.given_by == actor.id
    return [
        move.code for move in moves if move.roles & roles and not (own and move.code == "confirm")
    ]


def list_late(*, place: PlaceInfo, month: str, at: datetime, every: bool = False) -> list[Late]:
    """List what departments owe for a place's month after its due day (every: before it, too). Raises MonthMalformed."""
    gazetteer = get_gazetteer()
    zone = gazetteer.time_zone(place.id)
    register = get_register(place.jurisdiction)
    wanted = [
        one for one in register.indicators
        if not one.formula.is_spine and one.is_due_in(month) and one.side is not Side.BASE
    ]  # fmt: skip
    there = set(
        Value.objects.filter(
            place_id=place.id, month_date=months.first_of(month), value__isnull=False,
            indicator_id__in=[one.id for one in wanted],
        ).values_list("indicator_id", flat=True)
    )  # fmt: skip
    waiting = {
        one.department
        for one in Return.objects.filter(
            place_path__in=[place.path, *(above.path for above in gazetteer.ancestors(place.id))],
            month_date=months.first_of(month), state__in=OPEN_STATES,
        ).only("department", "cells")
        if any(cell[0] == place.code for cell in one.cells)
    }  # fmt: skip
    owed: dict[str, list[Indicator]] = defaultdict(list)
    for one in wanted:
        if one.id not in there and (every or due_at(month, day=one.due_day, zone=zone) <= at):
            owed[one.department].append(one)
    return [
        Late(
            place, department, month, tuple(missing), min(due_at(month, day=one.due_day, zone=zone) for one in missing),
            department in waiting or "" in waiting,
        )
        for department, missing in sorted(owed.items())
    ]  # fmt: skip

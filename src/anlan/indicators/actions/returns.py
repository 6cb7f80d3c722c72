"""Returns: taken in whole or not at all, confirmed by a second person, then they are values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from anlan.cases.rules import local_date
from anlan.indicators import queries
from anlan.indicators.actions.inheriting import inherit
from anlan.indicators.models import RegisterVersion, Return, Value
from anlan.indicators.rules import months
from anlan.indicators.rules import returns as rules
from anlan.indicators.rules.register import Register
from anlan.kernel import events, permits, scope
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.canonical import digest
from anlan.kernel.procedure import MoveIncomplete
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer
from anlan.places.rules import Gazetteer, PlaceInfo


@permits.scope
@transaction.atomic
def give_return(*, actor: Actor, data: bytes, reason: str = "", at: datetime) -> Return:
    """Take in a file of figures; they count once a second person has confirmed them.

    reason: why it corrects what was confirmed before; without one, a value that stands is not given again.
    Raises FileUnreadable, ColumnMissing, ReturnEmpty, ReturnTooLong, ReturnRefused (with all lines that are wrong), ReturnNotYours,
    CellReturnedBefore.
    """
    gazetteer = get_gazetteer()
    rows = rules.read_file(data)
    jurisdiction = _jurisdiction_of(actor, rows, gazetteer)
    register = queries.get_register(jurisdiction)
    department = _department_of(actor)
    _check_department(department, rows, register, gazetteer)
    cells = rules.read_cells(
        rows, register=register, department=department, heirs=queries.list_heirs(),
        find_place=lambda code: place.code if (place := gazetteer.find_place_by_code(code)) else None,
        today=local_date(at, gazetteer.jurisdictions[jurisdiction].time_zone),
    )  # fmt: skip
    place = _common_place([gazetteer.place_by_code(cell.place) for cell in cells], gazetteer)
    departments = {cell.indicator.department for cell in cells}
    if len(departments) == 1:
        department = department or departments.pop()
    _check_giver(actor, cells, gazetteer)
    month = months.first_of(cells[0].month)
    reason = rules.check_reason(reason)
    _wait_for_turn(jurisdiction)
    _check_not_given(cells, month, reason, gazetteer)
    body = [cell.as_row() for cell in cells]
    body = [
        [None if isinstance(part, float) and math.isnan(part) else part for part in row]
        for row in body
    ]
    given = Return.objects.create(
        place_id=place.id, place_path=place.path, department=department, month_date=month, cells=body,
        digest=digest({"cells": body}), reason=reason, procedure_version=rules.PROCEDURE_VERSION,
        state=rules.return_procedure().initial, due_at=at + rules.CONFIRM_WITHIN, given_by=actor.id, given_at=at,
    )  # fmt: skip
    ledger.write(
        actor=actor, what="return.given", about_kind="return", about_id=given.id, at=at,
        data={"place": place.code, "month": str(month), "cells": len(body), "digest": given.digest},
    )  # fmt: skip
    return given


@permits.scope
@transaction.atomic
def move_return(
    *, actor: Actor, return_id: UUID, move: str, note: str = "", at: datetime
) -> Return:
    """Confirm a return (a second person does), send it back, withdraw it, or say that it went another way.

    Raises ReturnUnknown, ReturnChanged, MoveNotYours, OwnReturn, MoveIncomplete.
    """
    one = queries.access_return(actor=actor, return_id=return_id, lock=True)
    procedure = rules.return_procedure(one.procedure_version)
    if move not in procedure.moves or one.state not in procedure.moves[move].sources:
        raise rules.ReturnChanged()
    note = rules.check_reason(note)
    if actor.kind is not ActorKind.SYSTEM:
        roles = queries.roles_over(actor=actor, one=one)
        procedure.check(one.state, move, roles=roles, given=["note"] if note else [])
        if move == "confirm" and actor.id == one.given_by:
            raise rules.OwnReturn()
    elif procedure.moves[move].needs and not note:
        raise MoveIncomplete(move=move, missing="note")
    before, one.state = one.state, procedure.moves[move].to or one.state
    one.decided_by, one.decided_at, one.note, one.due_at = actor.id, at, note, None
    one.save(update_fields=["state", "decided_by", "decided_at", "note", "due_at"])
    if move == "confirm":
        _hold(one)
    ledger.write(
        actor=actor, what=f"return.{move}", about_kind="return", about_id=one.id, at=at,
        data={"from": before, "to": one.state, "digest": one.digest, "note": digest({"note": note})},
    )  # fmt: skip
    return one


@permits.inside
@transaction.atomic
def notice_late(*, at: datetime) -> int:
    """Tell of every department of a place kept here that owes figures of the newest month; give of how many."""
    gazetteer = get_gazetteer()
    told = 0
    for root in gazetteer.roots:
        today = local_date(at, gazetteer.time_zone(root.id))
        month = months.newest_over(today)
        departments = {one.department for one in queries.get_register(root.jurisdiction).indicators}
        places = {
            unit.place_id for unit in gazetteer.units.values() if unit.department in departments
        }
        owed = [
            one
            for place in (gazetteer.place(place_id) for place_id in sorted(places))
            if place.jurisdiction == root.jurisdiction
            for one in queries.list_late(place=place, month=month, at=at)
        ]
        late = [
            one
            for one in owed
            if not one.is_waiting
            and (at - one.due_at).days in rules.REMIND_AFTER_DAYS
            and gazetteer.unit_at(one.place.id, one.department) is not None
        ]
        events.emit(
            *(rules.ReturnsLate(one.place.id, one.department, month, len(one.missing), str(today)) for one in late)
        )  # fmt: skip
        told += len(late)
    return told


def _jurisdiction_of(actor: Actor, rows: Sequence[dict[str, str]], gazetteer: Gazetteer) -> str:
    """The jurisdiction of the first place that is known; of the actor's seat, or the only one, where none is."""
    codes = [row.get("place", "") for row in rows]
    codes += [seat.place_path.rpartition(".")[2] for seat in actor.seats]
    for code in codes:
        place = gazetteer.find_place_by_code(code)
        if place is not None:
            return place.jurisdiction
    return gazetteer.roots[0].jurisdiction


def _department_of(actor: Actor) -> str:
    """The department that all of an actor's giving seats are of; empty for a desk or centre."""
    departments = {seat.department for seat in actor.seats if seat.role in rules.GIVERS}
    return departments.pop() if len(departments) == 1 else ""


def _check_department(
    department: str, rows: Sequence[dict[str, str]], register: Register, gazetteer: Gazetteer
) -> None:
    """Refuse a file of which nothing is the giver's: it is a stranger's, not a file with wrong lines."""
    of = {one.code: one.department for one in register.indicators}
    named = {of[code] for row in rows if (code := row.get("indicator", "")) in of}
    if department and named and department not in named:
        place = gazetteer.find_place_by_code(rows[0].get("place", ""))
        raise rules.ReturnNotYours(place=place.name if place else "-", department=min(named) or "-")


def _common_place(places: Sequence[PlaceInfo], gazetteer: Gazetteer) -> PlaceInfo:
    """The lowest place over all of them."""
    common = list(gazetteer.lineage(places[0].id))
    for place in places[1:]:
        inside = {one.id for one in gazetteer.lineage(place.id)}
        while common[-1].id not in inside:
            common.pop()
    return common[-1]


def _check_giver(actor: Actor, cells: Sequence[rules.Cell], gazetteer: Gazetteer) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    for cell in cells:
        place = gazetteer.place_by_code(cell.place)
        department = cell.indicator.department
        if not any(
            seat.role in rules.GIVERS and seat.covers(place.path, (department,))
            for seat in actor.seats
        ):
            raise rules.ReturnNotYours(place=place.name, department=department or "-")


def _wait_for_turn(jurisdiction: str) -> None:
    """Let the returns of a jurisdiction be taken one after another: no constraint knows that two files hold one cell."""
    list(RegisterVersion.objects.select_for_update().filter(pk=jurisdiction).values_list("pk"))


def _check_not_given(cells: Sequence[rules.Cell], month: date, reason: str, gazetteer: Gazetteer) -> None:  # fmt: skip
    """Refuse a cell that waits to be confirmed, and one that stands unless it is corrected with a reason."""
    wanted = {cell.key: cell for cell in cells}
    with scope.acting(scope.EVERYTHING):
        standing = list(
            Return.objects.filter(month_date=month, state__in=rules.STANDING_STATES).only(
                "cells", "state"
            )
        )
    for other in standing:
        for row in other.cells:
            cell = wanted.get((row[0], row[1]))
            if cell is not None and (other.state in rules.OPEN_STATES or not reason):
                label = rules.return_procedure().states[other.state]
                raise rules.CellReturnedBefore(
                    place=cell.place, indicator=cell.indicator.code, month=cell.month, state=label.zh + " / " + label.en
                )  # fmt: skip


def _hold(one: Return) -> None:
    """Write a return's cells as values, over whatever stood there; a return of which nothing is left is replaced."""
    gazetteer = get_gazetteer()
    register = queries.get_register(gazetteer.place(one.place_id).jurisdiction)
    values = [
        Value(
            indicator_id=register.get(code).id, place_id=gazetteer.place_by_code(place).id, month_date=one.month_date,
            value=value, numerator=numerator, denominator=denominator, is_returned=True, returned_in=one,
        )
        for place, code, value, numerator, denominator, _ in one.cells
    ]  # fmt: skip
    before = set(
        Value.objects.filter(
            month_date=one.month_date, place_id__in={value.place_id for value in values},
            indicator_id__in={value.indicator_id for value in values}, returned_in__isnull=False,
        ).values_list("returned_in_id", flat=True)
    )  # fmt: skip
    Value.objects.bulk_create(
        values, batch_size=5000, update_conflicts=True, unique_fields=["indicator", "place", "month_date"],
        update_fields=["value", "numerator", "denominator", "is_returned", "returned_in", "inherited"],
    )  # fmt: skip
    # A return that waited while its place's code ended goes on with the heirs.
    for code in {cell[0] for cell in one.cells} & set(queries.list_heirs()):
        inherit(code)
    left = set(
        Value.objects.filter(returned_in_id__in=before).values_list("returned_in_id", flat=True)
    )
    with scope.acting(scope.EVERYTHING):
        Return.objects.filter(pk__in=before - left - {one.pk}, state="CONFIRMED").update(
            state="REPLACED"
        )

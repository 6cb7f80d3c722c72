"""Figures handed in by programs; a person confirms them in the app."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from anlan.api import wire
from anlan.api.door import PolicyRouter, caller_of
from anlan.indicators import actions, queries
from anlan.indicators.rules import months
from anlan.indicators.rules.returns import COLUMNS, GIVERS, MORE_COLUMNS
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.places.queries import get_gazetteer

router = PolicyRouter(tags=["returns"])

ROWS_LIMIT = 5000
Number = float | wire.Code | None


class ReturnRowIn(Schema):
    """One figure. value for what is stated; numerator and denominator for what another instance counted."""

    place: wire.Code
    indicator: wire.Code
    month: wire.Code
    value: Number = None
    numerator: Number = None
    denominator: Number = None
    note: wire.Line = ""


class ReturnIn(Schema):
    """Figures of one month, taken whole or not at all. reason: why they correct what is in force."""

    rows: Annotated[list[ReturnRowIn], Field(max_length=ROWS_LIMIT)]
    reason: wire.Line = ""


class ReturnOut(Schema):
    id: UUID
    place: str
    department: str
    month: str
    state: str
    figures: int
    given_at: str | None
    confirm_due_at: str | None


@router.post("/returns", response={201: ReturnOut})
@policies.seated(*GIVERS)
def give_return(request: HttpRequest, body: ReturnIn) -> HttpResponse:
    """Hand figures in; they count once a person has confirmed them. Every row that is wrong is told in data.problems."""
    out = io.StringIO()
    names = [*COLUMNS, *MORE_COLUMNS]
    writer = csv.writer(out)
    writer.writerow(names)
    for row in body.rows:
        values = row.dict()
        writer.writerow(["" if values[name] is None else values[name] for name in names])
    given = actions.give_return(
        actor=caller_of(request).actor, data=out.getvalue().encode(), reason=body.reason, at=now()
    )
    return wire.reply(_describe(given), status=201)


@router.get("/returns", response=list[ReturnOut])
@policies.seated(*GIVERS)
def list_returns(request: HttpRequest) -> HttpResponse:
    """List the newest hundred returns of one's places, and how far each has come."""
    found = queries.list_returns(actor=caller_of(request).actor)
    return wire.reply([_describe(one) for one in found])


def _describe(one: Any) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "place": get_gazetteer().place(one.place_id).code,
        "department": one.department,
        "month": months.name_of(one.month_date),
        "state": one.state,
        "figures": len(one.cells),
        "given_at": wire.instant(one.given_at),
        "confirm_due_at": wire.instant(one.due_at),
    }

"""Returns of figures: hand a file in, confirm somebody else's, see who is late."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from anlan.cases.rules import local_date
from anlan.indicators import actions, queries
from anlan.indicators.rules import months
from anlan.indicators.rules.returns import GIVERS, HANDLERS, ReturnRefused, return_procedure
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.reports.printing.words import show_month
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words

FILE_BYTES = 4_000_000
CELLS_SHOWN = 60
PROBLEMS_SHOWN = 50
SAID = {
    "confirm": _("Confirmed; the figures count now."), "refuse": _("Sent back; the note is kept."),
    "withdraw": _("Withdrawn; the note is kept."), "go_offline": _("Arranged offline; the note is kept."),
}  # fmt: skip


@policies.seated(*HANDLERS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_returns(request: StaffRequest) -> HttpResponse:
    """List the returns of one's places; take a file in."""
    problems: list[str] = []
    problem, status = "", 200
    if request.method == "POST":
        try:
            return _take(request)
        except ReturnRefused as refused:
            problem, status = refused.message, 422
            problems = [line.message for line in refused.lines[:PROBLEMS_SHOWN]]
        except AnlanError as error:
            if error.status == 404:
                raise
            problem, status = error.message, error.status
    actor, at = request.actor, now()
    found = queries.list_returns(actor=actor)
    context = {
        "returns": [_show(one, request, at) for one in found],
        "late": _list_late(request, at),
        "endings": [_show_ending(one) for one in queries.list_endings(actor=actor)],
        "may_give": any(seat.role in GIVERS for seat in actor.seats),
        "problem": problem, "problems": problems, "reason": request.POST.get("reason", ""),
    }  # fmt: skip
    return render(request, "desk/returns.html", context, status=status)


def _take(request: StaffRequest) -> HttpResponse:
    file = request.FILES.get("file")
    back = redirect("desk:returns")
    if file is None:
        return flash.tell(back, gettext("Choose a file first."))
    if (file.size or 0) > FILE_BYTES:
        return flash.tell(back, gettext("The file is larger than 4 MB. Divide it."))
    given = actions.give_return(
        actor=request.actor, data=file.read(), reason=request.POST.get("reason", ""), at=now()
    )
    return flash.tell(
        back, gettext("%(count)s figures taken. A second person has to confirm them.") % {"count": len(given.cells)}
    )  # fmt: skip


def _show_ending(one: queries.Ending) -> dict[str, Any]:
    """Say what became of a code, and of what was returned under it."""
    name = words.name(one.old) if one.old is not None else one.old_code
    given = {"old": f"{name} ({one.old_code})", "heir": words.name(one.heir), "day": words.show_day(one.changed) + f" {one.changed.year}" if not words.is_chinese() else f"{one.changed.year}年{words.show_day(one.changed)}", "share": f"{100 * one.share:g} %"}  # fmt: skip
    said = gettext("%(old)s has been part of %(heir)s since %(day)s.") % given
    if one.share < 1:
        said = gettext("%(share)s of %(old)s has been part of %(heir)s since %(day)s.") % given
    moved = ngettext(
        "%(count)s figure that was returned under the old code counts there now.",
        "%(count)s figures that were returned under the old code count there now.", one.moved,
    ) % {"count": one.moved}  # fmt: skip
    left = ngettext(
        "%(count)s figure could not go on: a percentage where the heir has its own, or a month after the change. Return it anew under the new code, with a reason.",
        "%(count)s figures could not go on: percentages where the heir has its own, or months after the change. Return them anew under the new code, with a reason.",
        one.left,
    ) % {"count": one.left}  # fmt: skip
    return {"said": said, "moved": moved, "left": left if one.left else ""}


def _show(one: Any, request: StaffRequest, at: Any) -> dict[str, Any]:
    gazetteer = get_gazetteer()
    place = gazetteer.place(one.place_id)
    register = {i.code: i for i in queries.get_register(place.jurisdiction).indicators}
    procedure = return_procedure(one.procedure_version)
    cells = []
    for code, indicator, value, numerator, denominator, note in one.cells[:CELLS_SHOWN]:
        known = register.get(indicator)
        where = gazetteer.find_place_by_code(code)
        digits = known.decimals if known else 2
        cells.append(
            {
                "place": words.name(where) if where else code, "indicator": words.name(known) if known else indicator,
                "value": "–" if value is None else f"{value:,.{digits}f}", "note": note,
                "parts": "" if numerator is None else f"{numerator:,.0f} / {denominator or 0:,.0f}",
                "unit": words.pick(known.unit, known.unit_en) if known else "",
            }
        )  # fmt: skip
    moves = queries.list_moves(actor=request.actor, one=one)
    unit = gazetteer.nearest_unit(place.id, one.department) if one.department else None
    zone = gazetteer.time_zone(place.id)
    return {
        "id": one.id, "place": words.name(place), "unit": words.name(unit) if unit else "",
        "month": show_month(months.name_of(one.month_date)), "count": len(one.cells), "cells": cells,
        "left": max(0, len(one.cells) - CELLS_SHOWN), "reason": one.reason, "note": one.note,
        "state": one.state, "state_words": words.label(procedure.states[one.state]),
        "given": words.show_instant(one.given_at, zone=zone, at=at), "remaining": words.show_remaining(one.due_at, at),
        "moves": [(code, words.label(procedure.moves[code]), bool(procedure.moves[code].needs)) for code in moves],
    }  # fmt: skip


def _list_late(request: StaffRequest, at: Any) -> list[dict[str, Any]]:
    """Who owes figures of the newest month at the places of one's seats."""
    gazetteer = get_gazetteer()
    rows = []
    for path, department in sorted(
        {
            (seat.place_path, seat.department)
            for seat in request.actor.seats
            if seat.role in HANDLERS
        }
    ):
        place = gazetteer.find_place_by_path(path)
        if place is None:
            continue
        month = months.newest_over(local_date(at, gazetteer.time_zone(place.id)))
        for one in queries.list_late(place=place, month=month, at=at):
            if department and one.department != department:
                continue
            unit = gazetteer.nearest_unit(place.id, one.department)
            rows.append(
                {
                    "unit": words.name(unit) if unit else one.department, "month": show_month(month),
                    "missing": [words.name(i) for i in one.missing], "is_waiting": one.is_waiting,
                    "over": words.show_remaining(one.due_at, at),
                }
            )  # fmt: skip
    return rows


@policies.seated(*HANDLERS)
@require_POST
def move_return(request: StaffRequest, return_id: UUID, move: str) -> HttpResponse:
    """Confirm a return, send it back, or withdraw it."""
    back = redirect("desk:returns")
    try:
        actions.move_return(
            actor=request.actor, return_id=return_id, move=move, note=request.POST.get("note", ""), at=now()
        )  # fmt: skip
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    return flash.tell(back, str(SAID.get(move, _("Done"))))

"""Several cases, one move with one reason: each goes through its own action and tells its own result.

The page works as a plain form: the queue's boxes lead here, here one move is chosen for all. Nothing
binds the cases together: each is moved in a transaction of its own, with the permission that its own
procedure asks for, and only as its reader saw it. What cannot be done says why and hinders no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.kernel import codes
from anlan.kernel.actor import PLACE_ROLES, Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError, Invalid, Unavailable
from anlan.kernel.procedure import Move
from anlan.people import policies
from anlan.web.middleware import StaffRequest
from anlan.web.staff import moves
from anlan.web.staff.cases import Card, show_card

if TYPE_CHECKING:
    from anlan.cases.models import Case

CHOSEN_LIMIT = 100
FIELDS = frozenset({"note", "unit", "outcome"})
"""What can be said once for many cases; a move that needs more is made on the case's own page."""
FIRST = ("accept", "assign_down", "sign_for", "verify", "close", "report_back")
BACK = {"close": "reopen", "verify": "send_back", "pause": "resume", "assign_down": "assign_down"}
"""Which move takes another one back, where the procedure lets it. The rest stands: a step once told
to a reporter is not made unsaid."""


class NothingChosen(Invalid):
    """No case is chosen. Choose some in the queue (key x), then a move for all of them."""


class TooManyChosen(Invalid):
    """{count} cases are chosen; {limit} at the most are moved at once."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case as the form names it. seq: the step that its reader saw; unit_id: where it goes back to."""

    case_id: UUID
    seq: int | None = None
    unit_id: int | None = None

    def __str__(self) -> str:
        parts = (self.case_id, self.seq, self.unit_id)
        return ":".join(str(part) for part in parts if part is not None)


@dataclass(frozen=True, slots=True)
class Common:
    """A move that some of the chosen cases offer: `count` of them."""

    offer: moves.Offer
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case. `why` is empty when it was done; `back` names it for the way back."""

    card: Card | None
    code: str
    why: str
    back: str


@policies.seated(*PLACE_ROLES)
@require_safe
def choose(request: StaffRequest) -> HttpResponse:
    """Show the chosen cases and the moves that they have in common."""
    chosen = _read(request.GET.getlist("chosen"))
    return _show(request, chosen, wanted=request.GET.get("move", "")[:32])


def _show(
    request: StaffRequest, chosen: list[Chosen], *, wanted: str = "", fault: str = ""
) -> HttpResponse:
    at, actor = now(), request.actor
    found = cases.list_chosen(actor=actor, case_ids=[one.case_id for one in chosen])
    if not found:
        raise case_rules.CaseNotVisible(case=chosen[0].case_id)
    common = list_common(actor, found)
    names = [each.offer.code for each in common]
    context = {
        "rows": [(show_card(case, at=at), str(Chosen(case.id, case.seq))) for case in found],
        "hidden": len(chosen) - len(found),
        "moves": common,
        "wanted": wanted if wanted in names else names[0] if names else "",
        "units": list_common_units(found),
        "outcomes": moves.list_outcomes(),
        "asks": frozenset(need for each in common for need in each.offer.needs),
        "note": request.POST.get("note", "")[: moves.NOTE_LIMIT],
        "fault": fault,
    }  # fmt: skip
    return render(request, "desk/bulk.html", context, status=422 if fault else 200)


def list_common(actor: Actor, found: Sequence[Case]) -> list[Common]:
    """List the moves that can be made on several cases at once, those most of them offer first."""
    offers: dict[str, moves.Offer] = {}
    counts: dict[str, int] = {}
    for case in found:
        for offer in moves.list_offers(actor=actor, case=case):
            if offer.needs <= FIELDS:
                offers.setdefault(offer.code, offer)
                counts[offer.code] = counts.get(offer.code, 0) + 1
    order = {code: number for number, code in enumerate(FIRST)}
    return [
        Common(offers[code], counts[code])
        for code in sorted(counts, key=lambda c: (-counts[c], order.get(c, len(order))))
    ]


def list_common_units(found: Sequence[Case]) -> list[tuple[str, list[tuple[int, str]]]]:
    """List the units that serve the places of all cases, nearest place of the first one first."""
    served = [moves.list_serving_units(case) for case in found]
    common = set.intersection(
        *({unit for _place, units in groups for unit, _name in units} for groups in served)
    )
    return [
        (place, kept)
        for place, units in served[0]
        if (kept := [(unit, name) for unit, name in units if unit in common])
    ]


@policies.seated(*PLACE_ROLES)
@require_POST
def move_all(request: StaffRequest) -> HttpResponse:
    """Make one move on every chosen case, and say of each what came of it."""
    chosen = _read(request.POST.getlist("chosen"))
    move = request.POST.get("move", "")[:32]
    given = moves.read_form(request)
    found = cases.list_chosen(actor=request.actor, case_ids=[one.case_id for one in chosen])
    if not found:
        raise case_rules.CaseNotVisible(case=chosen[0].case_id)
    common = {each.offer.code: each.offer for each in list_common(request.actor, found)}
    offer = common.get(move)
    if common and not move:
        return _show(request, chosen, fault=gettext("Choose what to do with them."))
    if offer is not None and "note" in offer.needs and not given["note"].strip():
        return _show(request, chosen, wanted=move, fault=gettext("This move needs a reason."))
    before = {case.id: case for case in found}
    results = [
        _move_one(request.actor, one, before.get(one.case_id), move, given, at=now())
        for one in chosen
    ]
    done = [result for result in results if not result.why]
    back = BACK.get(move, "")
    procedure_move = _find_move(found, back)
    context = {
        "results": sorted(results, key=lambda result: not result.why),
        "done": len(done),
        "refused": len(results) - len(done),
        "what": offer.words if offer else move,
        "back": moves.show_offer(procedure_move, is_main=False)
        if procedure_move and any(result.back for result in done)
        else None,
        "is_back_to_unit": move == "assign_down",
    }
    return render(request, "desk/bulk_done.html", context)


def _find_move(found: Sequence[Case], code: str) -> Move | None:
    return cases.get_procedure(found[0]).moves.get(code)


def _move_one(
    actor: Actor,
    one: Chosen,
    before: Case | None,
    move: str,
    given: dict[str, object],
    *,
    at: datetime,
) -> Result:
    if before is None:
        return Result(None, "", case_rules.CaseNotVisible(case=one.case_id).message, "")
    card, code = show_card(before, at=at), codes.show(before.code)
    asked = given | {"seq": one.seq, "unit": one.unit_id or given["unit"]}
    try:
        after = moves.make_move(
            actor=actor, case_id=one.case_id, move=move, given=asked, photos=(), at=at
        )
    except AnlanError as wrong:
        return Result(card, code, wrong.message, "")
    except (OperationalError, InterfaceError):
        return Result(card, code, Unavailable().message, "")
    back = BACK.get(move)
    may_go_back = back in {offer.code for offer in moves.list_offers(actor=actor, case=after)}
    to_unit = before.unit_id if move == "assign_down" else None
    return Result(
        show_card(after, at=at),
        code,
        "",
        str(Chosen(after.id, after.seq, to_unit)) if may_go_back else "",
    )


def _read(texts: list[str]) -> list[Chosen]:
    """Read what a form names, each case once. Raises NothingChosen, TooManyChosen."""
    found: dict[UUID, Chosen] = {}
    for text in texts:
        parts = text[:80].split(":")
        try:
            case_id, numbers = UUID(parts[0]), [int(part) for part in parts[1:3]]
        except ValueError:
            continue
        seq, unit_id = (*numbers, None, None)[:2]
        found.setdefault(case_id, Chosen(case_id, seq, unit_id))
    if not found:
        raise NothingChosen()
    if len(found) > CHOSEN_LIMIT:
        raise TooManyChosen(count=len(found), limit=CHOSEN_LIMIT)
    return list(found.values())

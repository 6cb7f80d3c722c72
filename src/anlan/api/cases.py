"""Cases: list, one with its steps, the moves that are possible, a move."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import Field

from anlan.api import wire
from anlan.api.door import PolicyRouter, caller_of
from anlan.api.intake import PHOTOS_LIMIT
from anlan.cases import actions, queries, rules
from anlan.intake.queries import find_signal_by_code
from anlan.kernel.clock import now
from anlan.kernel.errors import Invalid
from anlan.people import policies
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.triage import actions as triage

router = PolicyRouter(tags=["cases"])

PAGE_LIMIT = 100


class AfterMalformed(Invalid):
    """“after” is not what a page before gave. Use its value as it is, or start without."""


class CasesWanted(Schema):
    """What to list. Several states or classes: repeat the parameter.

    q: search by a code, or by words of two characters or more that stand in the reports; newest
    first. only_open: left out, a list holds open cases and a search holds all.
    """

    state: list[wire.Code] = []
    matter_class: list[wire.Code] = []
    light: Annotated[str, Field(pattern="^(GREEN|AMBER|RED)?$")] = ""
    needs_person: bool = False
    unit_id: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None
    text: wire.Name = ""
    q: wire.Name = ""
    only_open: bool | None = None
    after: wire.Name = ""
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = queries.PAGE_SIZE


class CasesOut(Schema):
    cases: list[wire.CaseOut]
    after: str


class MoveOut(Schema):
    """A move that is possible now; `needs`: note, unit, matter, outcome."""

    move: str
    name: str
    name_en: str
    to: str | None
    needs: list[str]


class StepOut(Schema):
    seq: int
    move: str
    from_state: str
    to_state: str
    at: str
    actor_kind: str
    actor_role: str
    note: str
    data: dict[str, Any]


class CaseWhole(wire.CaseOut):
    """A case with its report in full, its steps, photos and possible moves."""

    text: str
    place_text: str
    channel: str
    external_ref: str
    photos: list[UUID]
    steps: list[StepOut]
    moves: list[MoveOut]


class MoveIn(Schema):
    """One move. expected_seq: the last step you saw; if there is a later one, 409.

    photos: the reporter sees those of “report_back”, and of no other move.

    case_id, case_seq: for moves that need another case, which, and the last step of it that you saw.
    """

    move: wire.Code
    note: wire.Note = ""
    unit_id: Annotated[int | None, Field(ge=1, le=2**63 - 1)] = None
    matter: wire.Code = ""
    outcome: wire.Code = ""
    photos: Annotated[list[UUID], Field(max_length=PHOTOS_LIMIT)] = []
    case_id: UUID | None = None
    case_seq: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    place_code: wire.Code = ""
    expected_seq: int | None = None


@router.get("/cases", response=CasesOut)
@policies.seated()
def list_cases(request: HttpRequest, wanted: Query[CasesWanted]) -> HttpResponse:
    """List the cases within your places and departments, nearest deadline first."""
    only_open = not wanted.q if wanted.only_open is None else wanted.only_open
    narrowed = queries.Filter(
        states=wanted.state,
        matter_classes=wanted.matter_class,
        light=wanted.light,
        needs_person=wanted.needs_person,
        unit_id=wanted.unit_id,
        text=wanted.text,
        only_open=only_open,
    )
    asked: dict[str, Any] = {
        "actor": caller_of(request).actor, "wanted": narrowed, "at": now(),
        "after": wanted.after, "limit": wanted.limit,
    }  # fmt: skip
    if wanted.q:
        if wanted.after and not queries.is_search_key(wanted.after):
            raise AfterMalformed()
        page = queries.search_cases(text=wanted.q, **asked)
    else:
        _check_after(wanted.after)
        page = queries.list_cases(**asked)
    return wire.reply({"cases": [wire.case(case) for case in page.cases], "after": page.after})


def _check_after(after: str) -> None:
    if not after:
        return
    at, _, case_id = after.partition("~")
    try:
        is_usable = datetime.fromisoformat(at).tzinfo is not None and bool(UUID(case_id))
    except ValueError:
        is_usable = False
    if not is_usable:
        raise AfterMalformed()


@router.get("/cases/{uuid:case_id}", response=CaseWhole)
@policies.seated()
def get_case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give a case with its report, steps, photos and the moves you may make."""
    actor = caller_of(request).actor
    case = queries.access_case(actor=actor, case_id=case_id)
    privacy.record_look(actor=actor, case=case, what=Looked.CASE, at=now())
    # Of one that was merged into a case that the caller may not see, the report is not seen either.
    signal = find_signal_by_code(code=case.code)
    data = wire.case(case) | {
        "text": signal.text if signal else "",
        "place_text": signal.place_text if signal else "",
        "channel": signal.channel if signal else "",
        "external_ref": signal.external_ref if signal else "",
        "photos": [str(photo) for photo in queries.list_photo_ids(case_id=case.id)],
        "steps": [
            {
                "seq": step.seq,
                "move": step.move,
                "from_state": step.from_state,
                "to_state": step.to_state,
                "at": wire.instant(step.at),
                "actor_kind": step.actor_kind,
                "actor_role": step.actor_role,
                "note": step.note,
                "data": step.data,
            }
            for step in queries.list_steps(case_id=case.id)
        ],
        "moves": _describe_moves(queries.list_moves(actor=actor, case=case)),
    }
    return wire.reply(data)


@router.get("/cases/{uuid:case_id}/moves", response=list[MoveOut])
@policies.seated()
def list_moves(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """List the moves that you may make on a case as it stands."""
    actor = caller_of(request).actor
    case = queries.access_case(actor=actor, case_id=case_id)
    return wire.reply(_describe_moves(queries.list_moves(actor=actor, case=case)))


def _describe_moves(moves: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "move": move.code,
            "name": move.zh,
            "name_en": move.en,
            "to": move.to,
            # The part is made by the act itself.
            "needs": [need for need in move.needs if need != "part"],
        }
        for move in moves
    ]


@router.post("/cases/{uuid:case_id}/moves", response=wire.CaseOut)
@policies.seated()
def move_case(request: HttpRequest, case_id: UUID, body: MoveIn) -> HttpResponse:
    """Make one move; the answer is the case after it. “split” makes a second case; its code stands in the step."""
    caller = caller_of(request)
    if body.move == "split":
        triage.split_case(
            actor=caller.actor, case_id=case_id, matter=body.matter, note=body.note, at=now(),
            expected_seq=body.expected_seq,
        )  # fmt: skip
        return wire.reply(wire.case(queries.access_case(actor=caller.actor, case_id=case_id)))
    case = actions.move_case(
        actor=caller.actor,
        case_id=case_id,
        move=body.move,
        given=rules.Given(
            note=body.note,
            unit_id=body.unit_id,
            matter=body.matter,
            outcome=body.outcome,
            photos=tuple(body.photos),
            case_id=body.case_id,
            case_seq=body.case_seq,
            place_code=body.place_code,
        ),
        at=now(),
        expected_seq=body.expected_seq,
    )
    return wire.reply(wire.case(case))

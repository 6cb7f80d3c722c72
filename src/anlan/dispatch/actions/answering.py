"""Answers to a dispatch: signing, arriving, finishing, declining; recalling from the desk.

Locking order: the case first, then its dispatches.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases import rules as case_rules
from anlan.cases.models import Case
from anlan.cases.queries import access_case
from anlan.cases.queries import list_moves as list_case_moves
from anlan.dispatch import queries, rules
from anlan.dispatch.actions.following import stand_down_others
from anlan.dispatch.models import Dispatch
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM, Actor, Role
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger


@permits.scope
@transaction.atomic
def move_dispatch(
    *,
    actor: Actor,
    dispatch_id: UUID,
    move: str,
    at: datetime,
    note: str = "",
    said_at: datetime | None = None,
) -> Dispatch:
    """Answer a dispatch: sign for it, arrive, finish, decline; or recall it from the desk.

    Signing for a dispatch also signs for its case when that still waits for it and is this
    person's to sign for: it may have been given to another department since.
    said_at: when it is said to have happened, where it was done without a network.
    Raises DispatchNotVisible, MoveNotAllowed, MoveNotYours, MoveIncomplete.
    """
    case_id = queries.access_dispatch(actor=actor, dispatch_id=dispatch_id).case_id
    case = access_case(actor=SYSTEM, case_id=case_id, lock=True)
    dispatch = queries.access_dispatch(actor=actor, dispatch_id=dispatch_id, lock=True)
    over = case_rules.roles_over(actor, place_path=case.place_path, departments=case.departments)
    if dispatch.person_id == actor.id:
        over |= {Role(dispatch.role)}
    elif not over & rules.WATCHING_ROLES:
        raise rules.DispatchNotVisible(dispatch=dispatch_id)
    table = rules.dispatch_procedure(dispatch.procedure_version)
    found = table.check(dispatch.state, move, roles=over, given={"note"} if note.strip() else ())
    before = dispatch.state
    dispatch.state = found.to or before
    dispatch.note = note.strip() or dispatch.note
    dispatch.follow_at = None
    if move == "sign_for":
        dispatch.signed_at, dispatch.due_at = at, _arrive_due_at(case, dispatch, at)
    elif move == "set_out":
        dispatch.on_the_way_at = at
    elif move == "arrive":
        dispatch.arrived_at, dispatch.due_at = at, case.close_due_at
    elif move == "decline" and "lapse" in table.moves:
        dispatch.follow_at = at
        events.emit(rules.DispatchDeclined(dispatch_id=str(dispatch.id)))
    if table.states[dispatch.state].is_final:
        dispatch.ended_at, dispatch.due_at = at, None
        cases.set_responders(case=case, person_ids=set(case.responders) - {dispatch.person_id})
    dispatch.save()
    ledger.write(
        actor=actor, what=f"dispatch.{move}", about_kind="case", about_id=case.id,
        data={"dispatch": dispatch.id, "from": before, "to": dispatch.state,
              "note_digest": digest(note.strip()),
              **({"said_at": said_at.isoformat()} if said_at else {})},
        at=at,
    )  # fmt: skip
    if move == "sign_for" and dispatch.card and queries.is_one_enough(case, dispatch.card):
        stand_down_others(case=case, signed=dispatch, at=at)
    if move == "sign_for" and move in {m.code for m in list_case_moves(actor=actor, case=case)}:
        cases.move_case(
            actor=actor, case_id=case.id, move="sign_for", at=at,
            given=case_rules.Given(said_at=said_at),
        )  # fmt: skip
    return dispatch


@permits.scope
@transaction.atomic
def finish_dispatch(
    *,
    actor: Actor,
    dispatch_id: UUID,
    given: case_rules.Given,
    at: datetime,
    expected_seq: int | None = None,
) -> Dispatch:
    """Finish one's own dispatch; the case is handled with it when that is still to do.

    Both happen or neither: a case that has moved on meanwhile leaves the dispatch as it was.
    Raises DispatchNotVisible also for somebody else's, and what both moves raise.
    """
    found = queries.access_dispatch(actor=actor, dispatch_id=dispatch_id)
    if found.person_id != actor.id:
        raise rules.DispatchNotVisible(dispatch=dispatch_id)
    case = access_case(actor=SYSTEM, case_id=found.case_id, lock=True)
    if any(m.code == "handle" for m in list_case_moves(actor=actor, case=case)):
        cases.move_case(
            actor=actor, case_id=case.id, move="handle", given=given, at=at,
            expected_seq=expected_seq,
        )  # fmt: skip
    return move_dispatch(
        actor=actor, dispatch_id=dispatch_id, move="finish", at=at, note=given.note,
        said_at=given.said_at,
    )  # fmt: skip


def _arrive_due_at(case: Case, dispatch: Dispatch, at: datetime) -> datetime:
    """Work out by when to be on site: the card's minutes, but never after the case's own term."""
    if dispatch.arrive_minutes is None:
        return case.close_due_at
    return min(case.close_due_at, at + timedelta(minutes=dispatch.arrive_minutes))

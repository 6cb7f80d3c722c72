"""Moves of a case: one function checks, changes, writes to the ledger and tells.

What a move changes beyond the state stands in `effects.py`, how the step is made in `steps.py`, what
concerns two cases at once in `merging.py`. Statements of a move: lock, update, step, ledger, outbox.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import queries, rules
from anlan.cases.actions import merging
from anlan.cases.actions.search import take_words
from anlan.cases.actions.steps import make_step
from anlan.cases.models import Case
from anlan.documents.queries import check_own_photos
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor


@permits.scope
@transaction.atomic
def move_case(
    *,
    actor: Actor,
    case_id: UUID,
    move: str,
    given: rules.Given,
    at: datetime,
    expected_seq: int | None = None,
) -> Case:
    """Make one move of the case procedure.

    expected_seq: the last step the caller saw; a case that has moved on since raises CaseChanged.
    at: UTC instant of the decision; may not lie before the case's last step.
    Raises CaseNotVisible, CaseChanged, MoveNotAllowed, MoveNotYours, MoveIncomplete,
    PhotoNotYours, ClockRanBackwards and what the move itself checks. Source of the moves: domain page §4.
    """
    if given.case_id is not None:
        queries.lock_both(case_id, given.case_id)
    case = queries.access_case(actor=actor, case_id=case_id, lock=True)
    if expected_seq is not None and expected_seq != case.seq:
        raise rules.CaseChanged(step=case.seq)
    roles = queries.get_roles(actor=actor, case=case)
    found = queries.get_procedure(case).check(case.state, move, roles=roles, given=given.names())
    check_own_photos(actor=actor, ids=given.photos)
    acting = sorted(found.roles & roles)
    make = merging.PAIRED.get(move, make_step)
    case = make(case, actor, found, given, at, role=acting[0] if acting else "")
    if move == "relocate":
        take_words(case_ids=[case.id])  # the search knows each case's place
    return case


@permits.inside
@transaction.atomic
def move_automatically(
    *, actor: Actor, case_id: UUID, move: str, given: rules.Given, at: datetime
) -> Case:
    """Make a move that follows from something else and that no person chooses.

    actor: who caused it: the reporter by a rating, or the system. Raises MoveNotAllowed for a move
    that the table does not call automatic or that does not fit the state.
    """
    case = queries.access_case(actor=SYSTEM, case_id=case_id, lock=True)
    found = queries.get_procedure(case).check(case.state, move, roles=(), given=given.names())
    return make_step(case, actor, found, given, at, role="")


@permits.inside
def set_responders(*, case: Case, person_ids: Collection[UUID]) -> None:
    """Open a case to those who have been sent to it and have not finished.

    For `dispatch`, in the transaction of the sending, under the case's lock; the sending itself is
    what the ledger tells of.
    """
    case.responders = sorted(person_ids)
    case.save(update_fields=["responders"])


@permits.inside
def set_needs_person(*, case: Case, needs_person: bool) -> None:
    """Mark a case as one that a person has to look at, or as looked at; for `dispatch`, under the lock.

    What led to it is what the ledger tells of.
    """
    case.needs_person = needs_person
    case.save(update_fields=["needs_person"])

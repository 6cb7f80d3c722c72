"""Moves of a case: one function checks, changes, writes to the ledger and tells.

What a move changes beyond the state stands in `effects.py`, one small function a move. Statements of a
move: lock, update, step, ledger, outbox.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from anlan.cases import queries, rules
from anlan.cases.actions.clocks import tell_if_turned
from anlan.cases.actions.effects import EFFECTS, counting_of, profile_of, resume_clocks
from anlan.cases.models import Case, CasePhoto, Step
from anlan.documents.queries import check_own_photos
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM, Actor
from anlan.kernel.calendars import due
from anlan.kernel.canonical import digest
from anlan.kernel.procedure import Move
from anlan.ledger import actions as ledger


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
    case = queries.access_case(actor=actor, case_id=case_id, lock=True)
    if expected_seq is not None and expected_seq != case.seq:
        raise rules.CaseChanged(step=case.seq)
    roles = queries.get_roles(actor=actor, case=case)
    found = queries.get_procedure(case).check(case.state, move, roles=roles, given=given.names())
    check_own_photos(actor=actor, ids=given.photos)
    acting = sorted(found.roles & roles)
    return _make(case, actor, found, given, at, role=acting[0] if acting else "")


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
    return _make(case, actor, found, given, at, role="")


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


def _make(
    case: Case, actor: Actor, move: Move, given: rules.Given, at: datetime, *, role: str
) -> Case:
    at = _not_before(case, at)
    before, unit_before, clock_before = case.state, case.unit_id, (case.due_at, case.amber_at)
    # Who takes the case further does not wait any more: a pause ends with it.
    data = resume_clocks(case, at) if case.paused_at is not None and move.to else {}
    if move.code in EFFECTS:
        data |= EFFECTS[move.code](case, actor, given, at)
    if case.unit_id != unit_before:
        data |= {"from_unit": unit_before, "to_unit": case.unit_id}
    case.state = move.to or case.state
    case.seq += 1
    case.last_at = at
    if case.state != before:
        _wind_clock(case)
    if move.tells_reporter and case.due_at is not None:
        case.update_due_at = due(at, profile_of(case).update, **counting_of(case))
    case.save()
    Step.objects.create(
        case=case, seq=case.seq, move=move.code, from_state=before, to_state=case.state, at=at,
        actor_kind=actor.kind, actor_id=actor.id, actor_role=role, note=given.note.strip(),
        data=data, tells_reporter=move.tells_reporter,
    )  # fmt: skip
    if given.photos:
        CasePhoto.objects.bulk_create(
            CasePhoto(case=case, document_id=photo, seq=case.seq) for photo in given.photos
        )
    ledger.write(
        actor=actor, what=f"case.{move.code}", about_kind="case", about_id=case.id,
        data={"seq": case.seq, "from": before, "to": case.state, "role": role,
              "note_digest": digest(given.note.strip()), "photos": list(given.photos), **data},
        at=at,
    )  # fmt: skip
    events.emit(rules.CaseMoved(case_id=str(case.id), seq=case.seq, move=move.code))
    if (case.due_at, case.amber_at) != clock_before:
        tell_if_turned(case=case, at=at)
    return case


def _not_before(case: Case, at: datetime) -> datetime:
    if at >= case.last_at:
        return at
    if case.last_at - at <= timedelta(seconds=rules.CLOCK_SLACK_SECONDS):
        return case.last_at
    raise rules.ClockRanBackwards(at=at.isoformat(), last_at=case.last_at.isoformat())


def _wind_clock(case: Case) -> None:
    """Point the running clock at what the new state is measured by."""
    state = queries.get_procedure(case).states[case.state]
    if state.deadline == "CLOSE":
        case.due_at, case.amber_at = case.close_due_at, case.close_amber_at
    elif not state.deadline:
        case.due_at = case.amber_at = case.update_due_at = None

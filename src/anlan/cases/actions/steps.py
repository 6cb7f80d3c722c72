"""Making a step: what every move does, whoever chose it.

What a move changes beyond the state stands in `effects.py`, one small function a move.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from anlan.cases import queries, rules
from anlan.cases.actions.clocks import tell_if_turned
from anlan.cases.actions.effects import EFFECTS, Effect, counting_of, profile_of, resume_clocks
from anlan.cases.models import Case, CasePhoto, Step
from anlan.kernel import events
from anlan.kernel.actor import Actor
from anlan.kernel.calendars import due
from anlan.kernel.canonical import digest
from anlan.kernel.procedure import Move
from anlan.ledger import actions as ledger


def make_step(
    case: Case,
    actor: Actor,
    move: Move,
    given: rules.Given,
    at: datetime,
    *,
    role: str,
    effect: Effect | None = None,
) -> Case:
    """Make a move that has been checked, under the case's lock; effect: in place of the move's own."""
    at = _not_before(case, at)
    before, unit_before, clock_before = case.state, case.unit_id, (case.due_at, case.amber_at)
    # Who takes the case further does not wait any more: a pause ends with it.
    data = resume_clocks(case, at) if case.paused_at is not None and move.to else {}
    effect = effect or EFFECTS.get(move.code)
    if effect is not None:
        data |= effect(case, actor, given, at)
    if given.said_at is not None:
        data |= {"said_at": given.said_at.isoformat()}
    if given.photos and move.code in rules.SHOWN_WITH_PHOTOS:
        # Said here, because a photo may go on to another case, where its own number says another step.
        data |= {"photos": [str(photo) for photo in given.photos]}
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

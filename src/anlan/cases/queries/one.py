"""Reads of one case: letting an actor in, its steps, its photos, its moves."""

from __future__ import annotations

from uuid import UUID

from anlan.cases import rules
from anlan.cases.models import Case, CasePhoto, CaseSignal, Step
from anlan.intake.models import Signal
from anlan.intake.queries import find_signal_by_code
from anlan.intake.rules import SignalUnknown
from anlan.kernel import codes, procedure, scope
from anlan.kernel.actor import Actor, Role


def access_case(*, actor: Actor, case_id: UUID, lock: bool = False) -> Case:
    """Fetch a case that the actor may see, locked for a change when asked. One statement.

    Raises CaseNotVisible, alike for a case that does not exist and one out of the actor's sight.
    """
    found = Case.objects.open_to(actor).filter(pk=case_id)
    if lock:
        found = found.locked()
    case = found.first()
    if case is None:
        raise rules.CaseNotVisible(case=case_id)
    return case


def get_case_by_code(*, actor: Actor, code: str) -> Case:
    """Fetch a case that the actor may see by its code, however it was typed."""
    case = Case.objects.visible_to(actor).filter(code=codes.normalise(code)[:10]).first()
    if case is None:
        raise rules.CaseNotVisible(case=code)
    return case


def get_case_of_signal(*, signal_id: UUID) -> Case:
    """Fetch the case that a signal opened or joined; the caller has proved the tracking code."""
    return Case.objects.get(signals__signal_id=signal_id)


def access_sent_case(*, actor: Actor, code: str, lock: bool = False) -> Case:
    """Fetch the case of a signal that the actor has sent, locked for a change when asked.

    code: the signal's, however it was typed. Raises SignalUnknown, alike for a signal that does not
    exist and one that somebody else has sent.
    """
    signal = find_signal_by_code(code=codes.normalise(code)[: codes.CODE_LENGTH])
    if signal is None or signal.sender != actor.as_sender:
        raise SignalUnknown()
    scope.open_code(signal.code)
    found = Case.objects.filter(signals__signal_id=signal.id)
    return (found.select_for_update(of=("self",)) if lock else found).get()


def list_steps(*, case_id: UUID, for_reporter: bool = False) -> list[Step]:
    """List a case's steps in their order; for the reporter, those meant to be told."""
    steps = Step.objects.filter(case_id=case_id)
    if for_reporter:
        steps = steps.filter(tells_reporter=True)
    return list(steps.order_by("seq"))


def get_step(*, case_id: UUID, seq: int) -> Step:
    """Fetch one step."""
    return Step.objects.select_related("case").get(case_id=case_id, seq=seq)


def list_photo_ids(*, case_id: UUID) -> list[UUID]:
    """List the photos of a case, oldest first."""
    found = CasePhoto.objects.filter(case_id=case_id).order_by("seq", "document_id")
    return list(found.values_list("document_id", flat=True))


def find_case_of_photo(*, actor: Actor, document_id: UUID) -> Case | None:
    """Find the case that a photo belongs to, if the actor may see that case."""
    return Case.objects.open_to(actor).filter(photos__document_id=document_id).first()


def list_case_ids(*, first_id: UUID, last_id: UUID) -> list[UUID]:
    """List the cases with ids from the first to the last, which sort by the time of their making."""
    found = Case.objects.filter(pk__gte=first_id, pk__lte=last_id).order_by("opened_at", "pk")
    return list(found.values_list("pk", flat=True))


def list_signal_ids(*, case_id: UUID) -> list[UUID]:
    """List the signals of a case, the opening one first."""
    found = CaseSignal.objects.filter(case_id=case_id).order_by("joined_at", "signal_id")
    return list(found.values_list("signal_id", flat=True))


def list_signals(*, case_id: UUID) -> list[Signal]:
    """Fetch the signals of a case, the opening one first. One statement.

    None of a case that was merged: they lie with the one that goes on.
    """
    found = CaseSignal.objects.filter(case_id=case_id).select_related("signal")
    return [belongs.signal for belongs in found.order_by("joined_at", "signal_id")]


def get_procedure(case: Case) -> procedure.Procedure:
    """Give the procedure that a case started with."""
    return rules.case_procedure(case.procedure_version)


def get_roles(*, actor: Actor, case: Case) -> frozenset[Role]:
    """Tell the roles in which an actor may move a case."""
    return rules.roles_over(
        actor,
        place_path=case.place_path,
        departments=case.departments,
        responders=case.responders,
    )


def may_open_contact(*, actor: Actor, case: Case) -> bool:
    """Tell whether an actor handles a case or is in charge of it: he may ask the reporter back."""
    over = rules.roles_over(actor, place_path=case.place_path, departments=case.departments)
    return bool(over - rules.CONTACT_CLOSED_TO) or case.id in actor.opened_cases


def note_for_reporter(step: Step, *, case: Case) -> str:
    """Give a step's note if it was written for the reporter; notes of other moves are for colleagues."""
    move = get_procedure(case).moves.get(step.move)
    is_written_for_him = (
        move is not None and move.tells_reporter and ("note" in move.needs or move.is_automatic)
    )
    return step.note if is_written_for_him else ""


def note_told(step: Step, *, case: Case, signal: Signal) -> str:
    """Give the note of a step that the sender of a signal may read: written for him, or by him."""
    is_own = step.move == rules.HEAR and step.data.get("of_signal") == str(signal.id)
    return step.note if is_own else note_for_reporter(step, case=case)


def list_moves(*, actor: Actor, case: Case) -> list[procedure.Move]:
    """List the moves that an actor may make on a case as it stands."""
    roles = get_roles(actor=actor, case=case)
    return [m for m in get_procedure(case).moves_from(case.state) if m.roles & roles]

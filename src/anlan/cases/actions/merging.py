"""What concerns two cases at once: one goes into the other, and stands by itself again.

The lead's signals, photos and clocks are those of both from then on; the merged case keeps its code, its
steps and its due times, and stands still. Everything needed to undo it stands in the steps of the two.
Both are locked before (`queries.lock_both`). Algorithm page: docs/algorithms/merging.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from anlan.cases import queries, rules
from anlan.cases.actions.effects import counting_of, due_times, profile_of
from anlan.cases.actions.search import take_words
from anlan.cases.actions.steps import make_step
from anlan.cases.models import Case, CasePhoto, CaseSignal, Step
from anlan.kernel import events, permits, scope
from anlan.kernel.actor import SYSTEM, Actor
from anlan.kernel.procedure import Move, MoveNotYours
from anlan.places.queries import get_gazetteer

CLOCKS = ("close_due_at", "close_amber_at", "response_due_at", "amber_at")


def _merge(
    case: Case, actor: Actor, move: Move, given: rules.Given, at: datetime, *, role: str
) -> Case:
    lead = _access_other(actor, move, given)
    if given.case_seq != lead.seq:
        raise rules.CaseChanged(step=lead.seq)
    return put_into(case, lead, actor, move, given, at, role=role)


def _access_other(actor: Actor, move: Move, given: rules.Given) -> Case:
    """Fetch the other case: whoever acts on two must be able to act on both."""
    assert given.case_id is not None
    other = queries.access_case(actor=actor, case_id=given.case_id, lock=True)
    if not queries.get_roles(actor=actor, case=other) & move.roles:
        raise MoveNotYours(move=move.code, roles=", ".join(sorted(move.roles)))
    return other


def put_into(
    case: Case, lead: Case, actor: Actor, move: Move, given: rules.Given, at: datetime, *, role: str
) -> Case:
    """Let a case go into another. Raises what `rules.check_merge` raises."""
    rules.check_merge(queries.standing_of(case), queries.standing_of(lead))
    brought, own = dict[str, str](), _times(lead)
    signals = list(CaseSignal.objects.filter(case=case).order_by("joined_at", "signal_id"))
    photos = list(CasePhoto.objects.filter(case=case).values_list("document_id", "seq"))
    added = sorted(set(case.departments) - set(lead.departments)) if _is_out(case) else []

    def leave(case: Case, *_: Any) -> dict[str, Any]:
        # Only now: a pause has just ended with this step.
        brought.update(_times(case))
        data = {
            "into": str(lead.id), "into_code": lead.code, "signals": [str(s.signal_id) for s in signals],
            "photos": [[str(photo), seq] for photo, seq in photos], "had": brought,
            "needed_person": case.needs_person, "added": added,
        }  # fmt: skip
        case.merged_into, case.needs_person = lead, False
        return data

    def take_in(lead: Case, *_: Any) -> dict[str, Any]:
        _set_times(lead, rules.earlier(own, brought))
        lead.departments = [*lead.departments, *added]
        own_card, lead.card = lead.card, rules.stricter(lead.card, case.card)
        changed = due_times(lead) if _times(lead) != own else {}
        return {
            "case": str(case.id), "code": case.code, "by": move.code, "own": own, "brought": brought,
            "signals": [str(s.signal_id) for s in signals],
            "own_card": own_card, "brought_card": case.card,
        } | changed  # fmt: skip

    make_step(case, actor, move, given, at, role=role, effect=leave)
    table = queries.get_procedure(lead)
    found = table.check(lead.state, "take_in", roles=())
    make_step(lead, actor, found, rules.Given(), at, role=role, effect=take_in)
    CaseSignal.objects.filter(pk__in=[s.pk for s in signals]).update(case=lead, joined_at=at)
    CasePhoto.objects.filter(case=case).update(case=lead, seq=lead.seq)
    take_words(case_ids=[lead.id])
    events.emit(rules.CasesMerged(case_id=str(case.id), lead_id=str(lead.id)))
    return case


def _separate(
    case: Case, actor: Actor, move: Move, given: rules.Given, at: datetime, *, role: str
) -> Case:
    if given.case_id != case.merged_into_id:
        raise rules.NotMergedThere()
    lead = _access_other(actor, move, given)
    if given.case_seq != lead.seq:
        raise rules.CaseChanged(step=lead.seq)
    return take_out(case, lead, actor, move, given, at, role=role)


def take_out(
    case: Case, lead: Case, actor: Actor, move: Move, given: rules.Given, at: datetime, *, role: str
) -> Case:
    """Let a merged case stand by itself again, as it was: state, signals, photos, clocks."""
    left = Step.objects.filter(case=case, move__in=rules.LEAVES).order_by("seq").last()
    if left is None or case.merged_into_id != lead.id:
        raise rules.NotMergedThere()
    data, steps = left.data, queries.list_steps(case_id=lead.id)
    pauses = rules.list_pauses(steps, until_at=at)

    def come_back(case: Case, *_: Any) -> dict[str, Any]:
        case.state = left.from_state
        case.merged_into = case.closed_at = case.closed_date = None
        case.needs_person = data["needed_person"] or move.is_automatic
        _set_times(case, _put_off(case, data["had"], pauses, since=left.at))
        if case.state == "RECEIVED":
            case.due_at = case.response_due_at
        return {"out_of": str(lead.id), "out_of_code": lead.code, **due_times(case)}

    def give_back(lead: Case, *_: Any) -> dict[str, Any]:
        own = _times(lead)
        gone = set(data["added"]) - {get_gazetteer().units[lead.unit_id].department}
        lead.departments = [each for each in lead.departments if each not in gone]
        _set_times(lead, _left_to(lead, steps, pauses, without=case.id))
        held = rules.read_held(steps)
        if held.own_card is not None:
            cards = (card for other, card in held.cards.items() if other != case.id)
            lead.card = rules.stricter(held.own_card, *cards)
        changed = due_times(lead) if _times(lead) != own else {}
        return {"case": str(case.id), "code": case.code} | changed

    make_step(case, actor, move, given, at, role=role, effect=come_back)
    back = queries.get_procedure(lead).moves["give_back"]
    if lead.state in back.sources:
        make_step(lead, actor, back, rules.Given(), at, role=role, effect=give_back)
    mine = CaseSignal.objects.filter(signal_id__in=data["signals"], case=lead)
    mine.update(case=case, joined_at=case.opened_at)
    for document_id, seq in data["photos"]:
        CasePhoto.objects.filter(document_id=document_id, case=lead).update(case=case, seq=seq)
    take_words(case_ids=[lead.id, case.id])
    events.emit(rules.CasesSeparated(case_id=str(case.id), lead_id=str(lead.id)))
    return case


PAIRED: dict[str, Callable[..., Case]] = {"merge": _merge, "separate": _separate}
"""Moves of two cases, by their code."""


@permits.inside
def join_case(*, actor: Actor, case_id: UUID, lead_id: UUID, at: datetime) -> Case:
    """Let a reporter's new case go into one that is there; who may, and into which, `triage` has checked.

    Under the scope of both. Raises MoveNotAllowed and what `rules.check_merge` raises.
    """
    queries.lock_both(case_id, lead_id)
    case = queries.access_case(actor=SYSTEM, case_id=case_id, lock=True)
    lead = queries.access_case(actor=SYSTEM, case_id=lead_id, lock=True)
    given = rules.Given(case_id=lead_id, case_seq=lead.seq)
    move = queries.get_procedure(case).check(case.state, "join", roles=(), given=given.names())
    return put_into(case, lead, actor, move, given, max(at, lead.last_at, case.last_at), role="")


@permits.inside
def separate_unsatisfied(
    *, actor: Actor, merged: queries.Merged, lead: Case, note: str, at: datetime
) -> Case:
    """Give a reporter who joined by himself his own case again: what he says moves nobody else's.

    For `ratings`, under the lead's lock.
    """
    with scope.acting(scope.EVERYTHING):
        case = queries.access_case(actor=SYSTEM, case_id=merged.case_id, lock=True)
        given = rules.Given(note=note, case_id=lead.id, case_seq=lead.seq)
        table = queries.get_procedure(case)
        move = table.check(case.state, "separate_unsatisfied", roles=(), given=given.names())
        return take_out(case, lead, actor, move, given, at, role="")


def _is_out(case: Case) -> bool:
    return case.state in ("ASSIGNED", "HANDLING")


def _times(case: Case) -> dict[str, str]:
    """Give the due times of a case's clocks that run or will run."""
    names = CLOCKS if case.due_at == case.response_due_at else CLOCKS[:2]
    found = {name: getattr(case, name) for name in names}
    return {name: at.isoformat() for name, at in found.items() if at is not None}


def _set_times(case: Case, times: rules.Times) -> None:
    is_response = case.due_at is not None and case.due_at == case.response_due_at
    for name, at in times.items():
        setattr(case, name, datetime.fromisoformat(at))
    if case.due_at is None:
        return
    if is_response:
        case.due_at = case.response_due_at
    else:
        case.due_at, case.amber_at = case.close_due_at, case.close_amber_at


def _put_off(
    case: Case, times: rules.Times, pauses: list[tuple[datetime, datetime]], *, since: datetime
) -> dict[str, str]:
    """Put due times off by the pauses in which the clocks stood still after an instant."""
    put = {name: datetime.fromisoformat(at) for name, at in times.items()}
    profile = profile_of(case)
    for start, end in rules.together(pauses, since=since):
        pause = rules.Pause(start, end, **counting_of(case))
        for due, amber, term in (
            ("close_due_at", "close_amber_at", profile.close),
            ("response_due_at", "amber_at", profile.ack),
        ):
            if due in put:
                put[due] = pause.put_off(put[due], term)
                put[amber] = pause.put_off_amber(put[amber], put[due], term)
    return {name: at.isoformat() for name, at in put.items()}


def _left_to(
    lead: Case, steps: list[Step], pauses: list[tuple[datetime, datetime]], *, without: UUID
) -> dict[str, str]:
    """Work out a lead's clocks without one of the cases it holds; as they are where they were set anew."""
    held = rules.read_held(steps)
    if held.own is None or held.own_at is None or lead.closed_at is not None:
        return {}
    # A pause that lasts has not put anything off yet.
    over = [span for span in pauses if lead.paused_at is None or span[0] != lead.paused_at]
    times = _put_off(lead, held.own, over, since=held.own_at)
    for case_id, (brought, taken_at) in held.others.items():
        if case_id != without:
            times = rules.earlier(times, _put_off(lead, brought, over, since=taken_at))
    if "response_due_at" in times and lead.due_at != lead.response_due_at:
        times = {name: times[name] for name in CLOCKS[:2]}
    return times

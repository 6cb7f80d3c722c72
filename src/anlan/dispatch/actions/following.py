"""What follows when somebody does not sign or declines: the next in line, the lead, the centre.

One dispatch is followed once: under the case's lock its `follow_at` is taken away in the transaction that
asks the next, and `follows` is unique. So sweeps may run side by side, beside an answer, and again
after they were killed. Page: docs/algorithms/escalation.md.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.queries import access_case
from anlan.dispatch import queries, rules
from anlan.dispatch.actions.offering import Wanted, write_offers
from anlan.dispatch.models import Dispatch, Handover
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM, Role
from anlan.ledger import actions as ledger


@permits.inside
@transaction.atomic
def follow_up(*, dispatch_id: UUID, at: datetime) -> None:
    """Ask the next for a dispatch that was declined or that nobody signed for in time.

    Does nothing when it was signed for, recalled or followed meanwhile. at: UTC; duties must hold then.
    """
    case_id = queries.find_case_id(dispatch_id=dispatch_id)
    if case_id is None:
        return
    case = access_case(actor=SYSTEM, case_id=case_id, lock=True)
    dispatch = queries.find_due_follow_up(dispatch_id=dispatch_id, at=at)
    if dispatch is None:
        return
    dispatch.follow_at = None
    table = rules.dispatch_procedure(dispatch.procedure_version)
    if "lapse" not in table.moves:
        # One that began before there were followers keeps its procedure: the desk is told, once.
        dispatch.is_overdue_told = True
        dispatch.save(update_fields=["follow_at", "is_overdue_told"])
        _write(case, dispatch, "unsigned", {}, at)
        events.emit(rules.DispatchUnsigned(dispatch_id=str(dispatch.id)))
        return
    is_wanted = rules.is_still_wanted(
        state=case.state, departments=case.departments,
        wanted_role=Role(dispatch.wanted_role or dispatch.role),
        wanted_department=dispatch.wanted_department,
    )  # fmt: skip
    if dispatch.state == "OFFERED":
        _end(case, dispatch, "lapse" if is_wanted else "stand_down", at)
        if not is_wanted:
            events.emit(rules.DispatchStoodDown(dispatch_id=str(dispatch.id)))
    dispatch.save()
    if is_wanted:
        events.emit(rules.DispatchUnsigned(dispatch_id=str(dispatch.id)))
        _ask_next(case, dispatch, at)


def _end(case: Case, dispatch: Dispatch, move: str, at: datetime) -> None:
    table = rules.dispatch_procedure(dispatch.procedure_version)
    found = table.check(dispatch.state, move, roles=())
    before, dispatch.state = dispatch.state, found.to or dispatch.state
    dispatch.ended_at, dispatch.due_at, dispatch.follow_at = at, None, None
    cases.set_responders(case=case, person_ids=set(case.responders) - {dispatch.person_id})
    _write(case, dispatch, move, {"from": before, "to": dispatch.state}, at)


def _write(
    case: Case, dispatch: Dispatch, what: str, data: dict[str, object], at: datetime
) -> None:
    ledger.write(
        actor=SYSTEM, what=f"dispatch.{what}", about_kind="case", about_id=case.id,
        data={"dispatch": dispatch.id, **data}, at=at,
    )  # fmt: skip


def stand_down_others(*, case: Case, signed: Dispatch, at: datetime) -> None:
    """Let off those who have not signed, where the run card says that the first is enough."""
    for other in queries.list_offered(case_id=case.id, but=signed.id):
        table = rules.dispatch_procedure(other.procedure_version)
        if other.card == signed.card and "stand_down" in table.moves:
            _end(case, other, "stand_down", at)
            other.save()
            events.emit(rules.DispatchStoodDown(dispatch_id=str(other.id)))


def _ask_next(case: Case, dispatch: Dispatch, at: datetime) -> None:
    need = queries.get_need(dispatch)
    card = queries.get_run_card(case=case)
    roles = {need.role, rules.LEADS.get(need.role, need.role)}
    candidates = queries.list_candidates(case=case, roles=roles, at=at)
    ladder = rules.list_next(need, candidates, minutes_per_km=card.minutes_per_km)
    for rung, candidate in ladder:
        # The ladder is climbed, not descended: after the lead comes the centre.
        if dispatch.rung == rules.Rung.LEAD and rung is rules.Rung.NEXT:
            continue
        offers = write_offers(
            actor=SYSTEM, case=case, at=at, note=dispatch.note, card=dispatch.card,
            wanted=[Wanted(candidate, need, rung, follows=dispatch)],
        )  # fmt: skip
        if offers:
            return
    _hand_over(case, dispatch, need, candidates, at)


def _hand_over(
    case: Case,
    dispatch: Dispatch,
    need: rules.Need,
    candidates: list[rules.Candidate],
    at: datetime,
) -> None:
    """Give the shortfall to the county centre, with the reason; a person looks from here on."""
    (proposal,) = rules.recommend([need], candidates)
    reasons = {obstacle.value: count for obstacle, count in proposal.reasons.items()}
    handover = Handover.objects.create(
        case_id=case.id, follows=dispatch, role=need.role, department=need.department, at=at,
        holders=proposal.holders, reasons=reasons,
    )  # fmt: skip
    cases.set_needs_person(case=case, needs_person=True)
    ledger.write(
        actor=SYSTEM, what="dispatch.handed_over", about_kind="case", about_id=case.id,
        data={"follows": dispatch.id, "role": need.role, "department": need.department,
              "holders": proposal.holders, "reasons": reasons},
        at=at,
    )  # fmt: skip
    events.emit(rules.NobodyLeft(handover_id=handover.id))

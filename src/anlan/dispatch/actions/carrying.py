"""Whoever was sent to a case that is merged goes on with the one that leads, and comes back with it.

Jobs, a second after the merge; done again they change nothing. Locking order: `cases.queries.lock_both`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.queries import access_case, lock_both
from anlan.dispatch import queries
from anlan.dispatch.models import Dispatch
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM
from anlan.ledger import actions as ledger


@permits.inside
@transaction.atomic
def carry_over(*, case_id: UUID, lead_id: UUID, at: datetime) -> None:
    """Move the running dispatches of a merged case to its lead; one of a person who is there already ends."""
    lead, case = _lock(lead_id, case_id)
    if case.merged_into_id != lead.id:
        return
    there = queries.list_running_persons(case_id=lead.id)
    for dispatch in _running(case_id):
        if dispatch.person_id in there:
            before, dispatch.state = dispatch.state, "RECALLED"
            dispatch.ended_at, dispatch.due_at, dispatch.follow_at = at, None, None
            dispatch.save()
            _write("recall", case, dispatch, {"from": before, "to": "RECALLED"}, at)
            continue
        there.add(dispatch.person_id)
        dispatch.case, dispatch.carried_from = lead, case.id
        dispatch.save(update_fields=["case", "carried_from"])
        _write("carried_over", lead, dispatch, {"from_case": case.id}, at)
    cases.set_responders(case=case, person_ids=())
    cases.set_responders(case=lead, person_ids=there)


@permits.inside
@transaction.atomic
def carry_back(*, case_id: UUID, lead_id: UUID, at: datetime) -> None:
    """Move what a separated case brought along, and what still runs of it, back to that case."""
    lead, case = _lock(lead_id, case_id)
    if case.merged_into_id is not None:
        return
    for dispatch in _running(lead_id).filter(carried_from=case_id):
        dispatch.case, dispatch.carried_from = case, None
        dispatch.save(update_fields=["case", "carried_from"])
        _write("carried_back", case, dispatch, {"from_case": lead.id}, at)
    for each in (case, lead):
        persons = queries.list_running_persons(case_id=each.id)
        cases.set_responders(case=each, person_ids=persons)


def _lock(lead_id: UUID, case_id: UUID) -> tuple[Case, Case]:
    lock_both(lead_id, case_id)
    lead = access_case(actor=SYSTEM, case_id=lead_id, lock=True)
    return lead, access_case(actor=SYSTEM, case_id=case_id, lock=True)


def _running(case_id: UUID) -> QuerySet[Dispatch]:
    found = Dispatch.objects.filter(case_id=case_id, ended_at__isnull=True)
    return found.select_for_update().order_by("id")


def _write(
    what: str, case: Case, dispatch: Dispatch, data: dict[str, object], at: datetime
) -> None:
    ledger.write(
        actor=SYSTEM, what=f"dispatch.{what}", about_kind="case", about_id=case.id,
        data={"dispatch": dispatch.id, **data}, at=at,
    )  # fmt: skip

"""The transfer from 110: taken in and sent on in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases import rules as case_rules
from anlan.cases.queries import access_case
from anlan.dispatch import queries, rules
from anlan.dispatch.actions.sending import ask
from anlan.intake.rules import Report
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor, Role
from anlan.triage import actions as triage
from anlan.triage.actions import Taken


@permits.client
@transaction.atomic
def take_transfer(*, actor: Actor, report: Report, at: datetime, fallback_place_id: int) -> Taken:
    """Take a non-police matter handed over by 110 and send people in the same moment.

    It stands at the town desk at once, and the nearest grid worker and village cadre on duty are
    asked in parallel. With nobody of them on duty it waits at the desk. A transfer repeated under its
    key changes nothing. Source: domain page §0 scene 2 and §4.
    """
    taken = triage.take_signal(
        actor=actor, report=report, at=at, fallback_place_id=fallback_place_id
    )
    if not taken.is_new:
        return taken
    case = access_case(actor=SYSTEM, case_id=taken.case_id, lock=True)
    chosen: dict[Role, rules.Responder] = {}
    for responder in queries.list_responders(case=case, at=at, roles=rules.TRANSFER_ROLES):
        # Somebody who is both grid worker and cadre is asked once.
        if responder.is_on_duty and responder.person_id not in {
            r.person_id for r in chosen.values()
        }:
            chosen.setdefault(responder.role, responder)
    if chosen:
        case = cases.move_automatically(
            actor=SYSTEM, case_id=case.id, move="assign_transfer", at=at,
            given=case_rules.Given(unit_id=case.unit_id),
        )  # fmt: skip
        ask(SYSTEM, case, list(chosen.values()), at=at, note="")
    return replace(
        taken, state=case.state, unit_id=case.unit_id, due_at=case.due_at,
        needs_person=case.needs_person,
    )  # fmt: skip

"""The transfer from 110: taken in and sent on in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases import rules as case_rules
from anlan.cases.models import Case
from anlan.cases.queries import access_case, get_catalogue
from anlan.dispatch import queries, rules
from anlan.dispatch.actions.offering import Wanted, write_offers
from anlan.intake.rules import Report
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor
from anlan.places.queries import get_gazetteer
from anlan.triage import actions as triage
from anlan.triage.actions import Taken


@permits.client
@transaction.atomic
def take_transfer(*, actor: Actor, report: Report, at: datetime, fallback_place_id: int) -> Taken:
    """Take a non-police matter handed over by 110 and send people in the same moment.

    It stands at the town desk at once, and whom the run card of transfers names, the nearest on duty and
    free, are asked in parallel; without such a card a grid worker and a village cadre. With nobody of
    them it waits at the desk. A transfer repeated under its
    key changes nothing. Source: domain page §0 scene 2 and §4.
    """
    taken = triage.take_signal(
        actor=actor, report=report, at=at, fallback_place_id=fallback_place_id
    )
    if not taken.is_new:
        return taken
    case = access_case(actor=SYSTEM, case_id=taken.case_id, lock=True)
    card = queries.get_run_card(case=case, channel=report.channel)
    if not card.channel:
        card = rules.TRANSFER_CARD
    wanted = _choose(case, card, at=at)
    if wanted:
        case = cases.move_automatically(
            actor=SYSTEM, case_id=case.id, move="assign_transfer", at=at,
            given=case_rules.Given(unit_id=case.unit_id),
        )  # fmt: skip
        case = _join_units(case, wanted, at=at)
        write_offers(actor=SYSTEM, case=case, wanted=wanted, at=at, note="", card=card.code)
    return replace(
        taken, state=case.state, unit_id=case.unit_id, due_at=case.due_at,
        needs_person=case.needs_person,
    )  # fmt: skip


def _choose(case: Case, card: rules.RunCard, *, at: datetime) -> list[Wanted]:
    needs = rules.needs_for(card, get_catalogue().matters[case.matter_id])
    candidates = queries.list_candidates(case=case, roles={need.role for need in needs}, at=at)
    proposals = rules.recommend(needs, candidates, minutes_per_km=card.minutes_per_km)
    return [Wanted(who, proposal.need) for proposal in proposals for who in proposal.chosen]


def _join_units(case: Case, wanted: list[Wanted], *, at: datetime) -> Case:
    """Let the units of those who are sent co-handle, so that each may handle what he was sent for."""
    gazetteer = get_gazetteer()
    for each in wanted:
        department = rules.department_of(each.who.role, each.need.department)
        unit = gazetteer.nearest_unit(case.place_id, department) if department else None
        if unit is not None and unit.department not in case.departments:
            case = cases.move_automatically(
                actor=SYSTEM, case_id=case.id, move="join_transfer", at=at,
                given=case_rules.Given(unit_id=unit.id),
            )  # fmt: skip
    return case

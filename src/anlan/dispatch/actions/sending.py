"""Sending people to a case, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases import rules as case_rules
from anlan.cases.models import Case
from anlan.cases.queries import access_case, get_catalogue, get_procedure
from anlan.dispatch import queries, rules
from anlan.dispatch.actions.offering import Wanted, write_offers
from anlan.dispatch.models import Dispatch
from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer

UNASSIGNED = ("RECEIVED", "ACCEPTED")


@permits.scope
@transaction.atomic
def dispatch_case(
    *, actor: Actor, case_id: UUID, duty_ids: Sequence[int], at: datetime, note: str = ""
) -> list[Dispatch]:
    """Ask several responders at once to take a case.

    The case is assigned to the unit that the first of them stands for, unless it is assigned or
    being handled already; the units of the others co-handle. Each has to sign within the
    acceptance term of the case's profile.
    Who is chosen by hand may be anybody on duty, also somebody who declined this case before.
    Raises CaseNotVisible, MoveNotAllowed, MoveNotYours, NobodyChosen, ResponderNotFitting,
    ResponderOffDuty, AlreadySent.
    """
    if not duty_ids:
        raise rules.NobodyChosen()
    case = access_case(actor=actor, case_id=case_id, lock=True)
    _check_may_send(actor, case)
    found = {
        r.duty_id: r for r in queries.list_responders(case=case, at=at, duty_ids=list(duty_ids))
    }
    for duty_id in duty_ids:
        if duty_id not in found:
            raise rules.ResponderNotFitting(duty=duty_id)
    responders = [found[duty_id] for duty_id in dict.fromkeys(duty_ids)]
    case = _hand_to_units(actor, case, responders, at=at, note=note)
    queries.list_open_handovers(case_id=case.id).update(answered_at=at)
    if case.needs_person:
        cases.set_needs_person(case=case, needs_person=False)
    return _ask(actor, case, responders, at=at, note=note)


def _check_may_send(actor: Actor, case: Case) -> None:
    """Make sure that the actor may hand this case to people, even where no move is needed."""
    roles = case_rules.roles_over(actor, place_path=case.place_path, departments=case.departments)
    move = "assign_down" if case.state in UNASSIGNED else "co_handle"
    get_procedure(case).check(case.state, move, roles=roles, given={"unit"})


def _hand_to_units(
    actor: Actor, case: Case, responders: Sequence[rules.Responder], *, at: datetime, note: str
) -> Case:
    gazetteer = get_gazetteer()
    units = []
    for responder in responders:
        department = rules.department_of(responder.role, responder.department)
        unit = gazetteer.nearest_unit(case.place_id, department) if department else None
        if unit is not None and unit not in units:
            units.append(unit)
    state = case.state
    # Who stands for no department is sent for the unit that the case was routed to.
    for unit in units or [gazetteer.units[case.unit_id]]:
        if state in UNASSIGNED:
            move, state = "assign_down", "ASSIGNED"
        elif unit.department not in case.departments:
            move = "co_handle"
        else:
            continue
        case = cases.move_case(
            actor=actor, case_id=case.id, move=move, at=at,
            given=case_rules.Given(note=note, unit_id=unit.id),
        )  # fmt: skip
    return case


def _ask(
    actor: Actor, case: Case, responders: Sequence[rules.Responder], *, at: datetime, note: str
) -> list[Dispatch]:
    running = queries.list_running_persons(case_id=case.id)
    for responder in responders:
        if responder.person_id in running:
            raise rules.AlreadySent(name=responder.name)
        running.add(responder.person_id)
        if not responder.is_on_duty:
            raise rules.ResponderOffDuty(name=responder.name)
    card = queries.get_run_card(case=case)
    needs = rules.needs_for(card, get_catalogue().matters[case.matter_id])
    asked = write_offers(
        actor=actor, case=case, at=at, note=note, card=card.code,
        wanted=[Wanted(each, rules.need_of(each, needs)) for each in responders],
    )  # fmt: skip
    if len(asked) < len(responders):
        # The duty ended between the look and the statement that writes.
        written = {dispatch.duty_id for dispatch in asked}
        late = next(each for each in responders if each.duty_id not in written)
        raise rules.ResponderOffDuty(name=late.name)
    return asked

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
from anlan.dispatch.models import Dispatch
from anlan.kernel import events, permits
from anlan.kernel.actor import Actor
from anlan.kernel.calendars import due
from anlan.ledger import actions as ledger
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
    Raises CaseNotVisible, MoveNotAllowed, MoveNotYours, NobodyChosen, ResponderNotFitting,
    AlreadySent.
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
    _hand_to_units(actor, case, responders, at=at, note=note)
    return ask(actor, case, responders, at=at, note=note)


def _check_may_send(actor: Actor, case: Case) -> None:
    """Make sure that the actor may hand this case to people, even where no move is needed."""
    roles = case_rules.roles_over(actor, place_path=case.place_path, departments=case.departments)
    move = "assign_down" if case.state in UNASSIGNED else "co_handle"
    get_procedure(case).check(case.state, move, roles=roles, given={"unit"})


def _hand_to_units(
    actor: Actor, case: Case, responders: Sequence[rules.Responder], *, at: datetime, note: str
) -> None:
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


def ask(
    actor: Actor, case: Case, responders: Sequence[rules.Responder], *, at: datetime, note: str
) -> list[Dispatch]:
    """Write the dispatches, open the case to those who are sent, and tell of it."""
    gazetteer, catalogue = get_gazetteer(), get_catalogue()
    running = set(
        Dispatch.objects.filter(case_id=case.id, ended_at__isnull=True).values_list(
            "person_id", flat=True
        )
    )
    term = catalogue.profile(catalogue.matters[case.matter_id]).ack
    due_at = due(
        at, term, calendar=gazetteer.calendar(case.place_id),
        time_zone=gazetteer.time_zone(case.place_id),
    )  # fmt: skip
    asked: list[Dispatch] = []
    for responder in responders:
        if responder.person_id in running:
            raise rules.AlreadySent(name=responder.name)
        running.add(responder.person_id)
        asked.append(
            Dispatch(
                case_id=case.id, duty_id=responder.duty_id, person_id=responder.person_id,
                role=responder.role, procedure_version=rules.DISPATCH_PROCEDURE_VERSION,
                state="OFFERED", asked_at=at, asked_by=actor.id, due_at=due_at, note=note,
            )
        )  # fmt: skip
    Dispatch.objects.bulk_create(asked)
    cases.set_responders(case=case, person_ids=running)
    ledger.write(
        actor=actor, what="case.dispatched", about_kind="case", about_id=case.id,
        data={"dispatches": [d.id for d in asked], "duties": [d.duty_id for d in asked]},
        at=at,
    )  # fmt: skip
    events.emit(*(rules.CaseDispatched(dispatch_id=str(d.id)) for d in asked))
    return asked

"""Writes of the room: sending people, their answers, and the transfer from 110.

Locking order: the case first, then its dispatches; every write here begins with the case.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from anlan.cases import actions as cases
from anlan.cases import rules as case_rules
from anlan.cases.actions.telling import tell_desk
from anlan.cases.models import Case
from anlan.cases.queries import access_case, get_catalogue, get_procedure
from anlan.cases.queries import list_moves as list_case_moves
from anlan.dispatch import queries, rules
from anlan.dispatch.models import Dispatch
from anlan.intake.rules import Report
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM, Actor, Role
from anlan.kernel.calendars import due
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.notices.actions import notify
from anlan.notices.rules import Channel
from anlan.places.queries import get_gazetteer
from anlan.triage import actions as triage
from anlan.triage.actions import Taken

BATCH = 500
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
    return _ask(actor, case, responders, at=at, note=note)


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


def _ask(
    actor: Actor, case: Case, responders: Sequence[rules.Responder], *, at: datetime, note: str
) -> list[Dispatch]:
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


@permits.scope
@transaction.atomic
def move_dispatch(
    *, actor: Actor, dispatch_id: UUID, move: str, at: datetime, note: str = ""
) -> Dispatch:
    """Answer a dispatch: sign for it, arrive, finish, decline; or recall it from the desk.

    Signing for a dispatch also signs for its case when that still waits for it and is this
    person's to sign for: it may have been given to another department since.
    Raises DispatchNotVisible, MoveNotAllowed, MoveNotYours, MoveIncomplete.
    """
    case_id = queries.access_dispatch(actor=actor, dispatch_id=dispatch_id).case_id
    case = access_case(actor=SYSTEM, case_id=case_id, lock=True)
    dispatch = queries.access_dispatch(actor=actor, dispatch_id=dispatch_id, lock=True)
    over = case_rules.roles_over(actor, place_path=case.place_path, departments=case.departments)
    if dispatch.person_id == actor.id:
        over |= {Role(dispatch.role)}
    elif not over & rules.WATCHING_ROLES:
        raise rules.DispatchNotVisible(dispatch=dispatch_id)
    table = rules.dispatch_procedure(dispatch.procedure_version)
    found = table.check(dispatch.state, move, roles=over, given={"note"} if note.strip() else ())
    before = dispatch.state
    dispatch.state = found.to or before
    dispatch.note = note.strip() or dispatch.note
    if move == "sign_for":
        dispatch.signed_at, dispatch.due_at = at, case.close_due_at
    elif move == "arrive":
        dispatch.arrived_at = at
    if table.states[dispatch.state].is_final:
        dispatch.ended_at, dispatch.due_at = at, None
        cases.set_responders(case=case, person_ids=set(case.responders) - {dispatch.person_id})
    dispatch.save()
    ledger.write(
        actor=actor, what=f"dispatch.{move}", about_kind="case", about_id=case.id,
        data={"dispatch": dispatch.id, "from": before, "to": dispatch.state,
              "note_digest": digest(note.strip())},
        at=at,
    )  # fmt: skip
    if move == "sign_for" and move in {m.code for m in list_case_moves(actor=actor, case=case)}:
        cases.move_case(
            actor=actor, case_id=case.id, move="sign_for", given=case_rules.Given(), at=at
        )
    return dispatch


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
        _ask(SYSTEM, case, list(chosen.values()), at=at, note="")
    return replace(
        taken, state=case.state, unit_id=case.unit_id, due_at=case.due_at,
        needs_person=case.needs_person,
    )  # fmt: skip


@permits.inside
@transaction.atomic
def tell_unsigned(*, at: datetime) -> int:
    """Tell of dispatches that nobody signed for in time, once each; give how many."""
    late = queries.list_unsigned(at=at, limit=BATCH)
    for dispatch in late:
        dispatch.is_overdue_told = True
    Dispatch.objects.bulk_update(late, ["is_overdue_told"])
    for dispatch in late:
        ledger.write(
            actor=SYSTEM, what="dispatch.unsigned", about_kind="case", about_id=dispatch.case_id,
            data={"dispatch": dispatch.id}, at=at,
        )  # fmt: skip
    events.emit(*(rules.DispatchUnsigned(dispatch_id=str(d.id)) for d in late))
    return len(late)


@permits.inside
@transaction.atomic
def tell_dispatched(*, dispatch_id: UUID, at: datetime) -> None:
    """Tell a responder that a case waits to be signed for."""
    dispatch = queries.get_dispatch(dispatch_id=dispatch_id)
    with override(dispatch.person.locale):
        subject = _("Sign for: {title}").format(title=dispatch.case.title)
        notify(
            channel=Channel.IN_APP, person_ids=[dispatch.person_id], subject=subject,
            body=dispatch.note, link="/field/", about_kind="case", about_id=dispatch.case_id,
            at=at, cause=f"dispatch.asked:{dispatch_id}",
        )  # fmt: skip


@permits.inside
@transaction.atomic
def tell_desk_unsigned(*, dispatch_id: UUID, at: datetime) -> None:
    """Tell the desk that nobody has signed for a dispatch in time."""
    dispatch = queries.get_dispatch(dispatch_id=dispatch_id)
    with override(get_gazetteer().jurisdiction(dispatch.case.place_id).locale):
        text = _("Not signed for in time by {name}: {title}").format(
            name=dispatch.person.name, title=dispatch.case.title
        )
        cause = f"dispatch.unsigned:{dispatch_id}"
        tell_desk(case_id=dispatch.case_id, text=text, at=at, cause=cause)


@permits.inside
def erase_notes(*, case_ids: Collection[UUID]) -> None:
    """Erase the words that were given along with dispatches; for `privacy`."""
    Dispatch.objects.filter(case_id__in=case_ids).exclude(note="").update(note="")

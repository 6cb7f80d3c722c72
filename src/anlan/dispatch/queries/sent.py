"""Reads of the room: who may be sent, who has been sent, what is on somebody's list today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from anlan.cases.models import Case
from anlan.cases.rules import roles_over
from anlan.dispatch import rules
from anlan.dispatch.models import Dispatch
from anlan.dispatch.queries.candidates import reach_of
from anlan.dispatch.queries.said import with_said
from anlan.kernel import sql
from anlan.kernel.actor import Actor, Role

RESPONDERS_LIMIT = 60


def list_responders(
    *,
    case: Case,
    at: datetime,
    roles: Sequence[Role] = rules.RESPONDER_ROLES,
    duty_ids: Sequence[int] | None = None,
) -> list[rules.Responder]:
    """List who may be sent to a case, on duty and nearest first. One statement.

    The caller has been let in to the case. at: UTC instant at which duties and shifts must hold.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.dispatch", "list_responders"),
            {
                "place_path": case.place_path,
                "reach_path": reach_of(case.place_id),
                "roles": [role.value for role in roles],
                "at": at,
                "duty_ids": None if duty_ids is None else list(duty_ids),
                "row_limit": RESPONDERS_LIMIT,
            },
        )
        return [
            rules.Responder(
                duty_id=row[0], person_id=row[1], name=row[2], role=Role(row[3]),
                department=row[4], place_id=row[5], place_name=row[6], is_on_duty=row[7],
            )
            for row in cursor.fetchall()
        ]  # fmt: skip


def may_send(*, actor: Actor, case: Case) -> bool:
    """Tell whether an actor is in charge of a case, so that he may send people to it."""
    over = roles_over(actor, place_path=case.place_path, departments=case.departments)
    return bool(over & rules.SENDING_ROLES)


def list_dispatches(*, case_id: UUID) -> list[Dispatch]:
    """List everybody who was asked to come to a case, in order of asking."""
    found = Dispatch.objects.filter(case_id=case_id).select_related("person", "duty")
    return list(with_said(found).order_by("asked_at", "id"))


def list_running_for(*, actor: Actor) -> list[Dispatch]:
    """List the dispatches that a person has not finished, the nearest case deadline first."""
    if actor.id is None:
        return []
    found = Dispatch.objects.filter(person_id=actor.id, ended_at__isnull=True)
    return list(found.select_related("case").order_by("case__due_at", "id"))


def access_dispatch(*, actor: Actor, dispatch_id: UUID, lock: bool = False) -> Dispatch:
    """Fetch a dispatch that the actor was sent, or whose case he may see. One statement.

    Raises DispatchNotVisible, alike for one that does not exist and one out of the actor's sight.
    """
    seen = Q(case__in=Case.objects.visible_to(actor).values("id"))
    found = Dispatch.objects.filter(seen | Q(person_id=actor.id) if actor.id else seen)
    if lock:
        found = found.select_for_update(of=("self",))
    dispatch = found.filter(pk=dispatch_id).first()
    if dispatch is None:
        raise rules.DispatchNotVisible(dispatch=dispatch_id)
    return dispatch


def get_dispatch(*, dispatch_id: UUID) -> Dispatch:
    """Fetch a dispatch with its person and case."""
    return Dispatch.objects.select_related("person", "case").get(pk=dispatch_id)


def list_moves(*, actor: Actor, dispatch: Dispatch) -> list[str]:
    """List the codes of the moves that the person who was sent may make now."""
    if dispatch.person_id != actor.id:
        return []
    table = rules.dispatch_procedure(dispatch.procedure_version)
    role = Role(dispatch.role)
    return [m.code for m in table.moves_from(dispatch.state) if role in m.roles]

"""Writing down who looked at what a case says about persons."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from anlan.cases.models import Case
from anlan.cases.rules import CaseNotVisible
from anlan.kernel import permits, sql
from anlan.kernel.actor import REPORTER, Actor, ActorKind, Role, Seat
from anlan.kernel.ids import new_id
from anlan.ledger.rules import entry_body
from anlan.privacy import rules

PACKAGE = "anlan.privacy"


@permits.scope
def record_look(*, actor: Actor, case: Case, what: rules.Looked, at: datetime) -> None:
    """Write down that somebody whom a case is open to has looked at it. One statement, so a transaction of its own or part of the caller's.

    The reporter's own looks and those of jobs are not written down. Raises CaseNotVisible.
    """
    if actor.kind is ActorKind.SYSTEM or actor == REPORTER:
        return
    why, seat = find_ground(actor, case)
    role, place_path = (seat.role.value, seat.place_path) if seat else ("", "")
    data = {"look": what.value, "why": why.value, "role": role, "place_path": place_path}
    body = entry_body(
        actor=actor, what="case.looked_at", about_kind="case", about_id=case.id, data=data, at=at
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load(PACKAGE, "record_look"),
            {
                "id": new_id(),
                "case_id": case.id,
                "actor_kind": actor.kind.value,
                "actor_id": actor.id,
                "role": role,
                "place_path": place_path,
                "what": what.value,
                "why": why.value,
                "at": at,
                "look_date": at.date(),
                "ledger_body": body,
            },
        )


def find_ground(actor: Actor, case: Case) -> tuple[rules.Ground, Seat | None]:
    """Tell on which ground a case is open to somebody, and from which of his seats.

    Sent to it before handling it before being in charge of its place. Raises CaseNotVisible.
    """
    over = [s for s in actor.watching_seats if s.covers(case.place_path, case.departments)]
    covering = [s for s in over if s.role is not Role.EMERGENCY]
    lent = [s for s in actor.seats if s.case_id == case.id or (s in over and s not in covering)]
    is_sent = actor.id in case.responders
    if actor.id is None or not (covering or lent or is_sent):
        raise CaseNotVisible(case=case.id)
    if lent and not covering and not is_sent:
        return rules.Ground.EMERGENCY, lent[0]
    own = covering or [s for s in actor.seats if s.role is not Role.EMERGENCY]
    seat = max(own, key=lambda s: len(s.place_path), default=None)
    if actor.kind is ActorKind.CLIENT:
        return rules.Ground.SYSTEM, seat
    if is_sent:
        return rules.Ground.SENT, seat
    leads = {Role.PRINCIPAL, Role.DUTY_LEADER, Role.COUNTY_CENTRE}
    handling = [s for s in covering if s.role not in leads]
    if handling:
        return rules.Ground.HANDLING, max(handling, key=lambda s: len(s.place_path))
    return rules.Ground.IN_CHARGE, seat

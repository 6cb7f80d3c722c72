"""Writing offers: the one place where somebody is asked to go, and never somebody off duty."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.db import connection

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.dispatch import rules
from anlan.dispatch.models import Dispatch
from anlan.kernel import events, sql
from anlan.kernel.actor import Actor, Role
from anlan.kernel.calendars import due
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer


class Asked(Protocol):
    """Whoever can be asked: a responder or a candidate."""

    @property
    def duty_id(self) -> int: ...
    @property
    def person_id(self) -> UUID: ...
    @property
    def role(self) -> Role: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody to be asked, for which need, and by which way it came to him."""

    who: Asked
    need: rules.Need
    rung: rules.Rung = rules.Rung.CHOSEN
    follows: Dispatch | None = None


def write_offers(
    *, actor: Actor, case: Case, wanted: Sequence[Wanted], at: datetime, note: str, card: str
) -> list[Dispatch]:
    """Offer a case to people, open it to them, and tell of it; give those that were written.

    For the room's own actions, under the case's lock. Whoever is not on duty at `at` is left out by
    the statement itself.
    """
    offers = [_offer(case, each, actor=actor, at=at, note=note, card=card) for each in wanted]
    gazetteer = get_gazetteer()
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.dispatch", "write_offers"),
            {
                "offers": json.dumps([_row(offer) for offer in offers]),
                "case_id": case.id,
                "version": rules.DISPATCH_PROCEDURE_VERSION,
                "at": at,
                "at_date": local_date(at, gazetteer.time_zone(case.place_id)),
                "asked_by": actor.id,
                "note": note,
                "card": card,
            },
        )
        written = {row[0] for row in cursor.fetchall()}
    asked = [offer for offer in offers if offer.id in written]
    if not asked:
        return []
    persons = {offer.person_id for offer in asked}
    cases.set_responders(case=case, person_ids={*case.responders, *persons})
    ledger.write(
        actor=actor, what="case.dispatched", about_kind="case", about_id=case.id,
        data={"dispatches": [d.id for d in asked], "duties": [d.duty_id for d in asked],
              "rungs": [d.rung for d in asked], "card": card,
              "follows": [d.follows_id for d in asked if d.follows_id]},
        at=at,
    )  # fmt: skip
    events.emit(*(rules.CaseDispatched(dispatch_id=str(d.id)) for d in asked))
    return asked


def _offer(
    case: Case, each: Wanted, *, actor: Actor, at: datetime, note: str, card: str
) -> Dispatch:
    due_at = _due_at(case, each.need, at)
    return Dispatch(
        case_id=case.id, duty_id=each.who.duty_id, person_id=each.who.person_id,
        role=each.who.role, procedure_version=rules.DISPATCH_PROCEDURE_VERSION, state="OFFERED",
        asked_at=at, asked_by=actor.id, due_at=due_at, follow_at=due_at, note=note,
        rung=each.rung, wanted_role=each.need.role, wanted_department=each.need.department,
        card=card, ack_minutes=each.need.ack_minutes, arrive_minutes=each.need.arrive_minutes,
        follows=each.follows,
    )  # fmt: skip


def _row(offer: Dispatch) -> dict[str, object]:
    assert offer.due_at is not None, "an offer has a term"
    return {
        "id": str(offer.id), "duty_id": offer.duty_id, "due_at": offer.due_at.isoformat(),
        "rung": offer.rung, "wanted_role": offer.wanted_role,
        "wanted_department": offer.wanted_department, "ack_minutes": offer.ack_minutes,
        "arrive_minutes": offer.arrive_minutes,
        "follows_id": str(offer.follows_id) if offer.follows_id else None,
    }  # fmt: skip


def _due_at(case: Case, need: rules.Need, at: datetime) -> datetime:
    """Work out by when to sign: the card's minutes, else the acceptance term of the case's level."""
    if need.ack_minutes is not None:
        return at + timedelta(minutes=need.ack_minutes)
    gazetteer, catalogue = get_gazetteer(), get_catalogue()
    term = catalogue.profile(catalogue.matters[case.matter_id]).ack
    return due(
        at, term, calendar=gazetteer.calendar(case.place_id),
        time_zone=gazetteer.time_zone(case.place_id),
    )  # fmt: skip

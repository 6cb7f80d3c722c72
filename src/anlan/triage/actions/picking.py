"""A person picks where triage was in doubt, by one click, and the pick is remembered as a proposal.

Remembered are the doubt, the matter, what was picked and how often: nobody and no case.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.queries import access_case, get_procedure, get_roles, list_signals
from anlan.cases.rules import Given
from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.kernel.procedure import MoveNotYours
from anlan.places.queries import get_gazetteer
from anlan.triage.models import Pick
from anlan.triage.queries.picking import find_question, route_at
from anlan.triage.rules.picking import DoubtKind, NotACandidate, NothingToPick


@permits.scope
@transaction.atomic
def pick(*, actor: Actor, case_id: UUID, picked: str, at: datetime, expected_seq: int) -> Case:
    """Let a case go to one of its candidates: a place at a border (by code), or a unit (by id).

    Raises CaseNotVisible, NothingToPick, NotACandidate, and what the move raises: MoveNotYours, CaseChanged.
    """
    case = access_case(actor=actor, case_id=case_id, lock=True)
    allowed = get_procedure(case).moves["relocate"].roles
    if not get_roles(actor=actor, case=case) & allowed:
        raise MoveNotYours(move="pick", roles=", ".join(sorted(allowed)))
    question = find_question(case=case)
    if question is None:
        raise NothingToPick()
    if picked not in {each.pick for each in question.candidates}:
        raise NotACandidate(pick=picked[:40])
    jurisdiction = get_gazetteer().place(case.place_id).jurisdiction
    if question.doubt.kind is DoubtKind.BORDER:
        signals = list_signals(case_id=case.id)
        text, channel = (signals[0].text, signals[0].channel) if signals else ("", "")
        route = route_at(case=case, place_code=picked, text=text, channel=channel)
        move, given = "relocate", Given(place_code=picked, unit_id=route.unit.id)
    else:
        move, given = "assign_down", Given(unit_id=int(picked))
    moved = cases.move_case(
        actor=actor, case_id=case_id, move=move, given=given, at=at, expected_seq=expected_seq
    )
    row, is_new = Pick.objects.get_or_create(
        jurisdiction_id=jurisdiction, kind=question.doubt.kind, doubt=question.doubt.key,
        matter=question.matter, pick=picked, defaults={"times": 1, "last_at": at},
    )  # fmt: skip
    if not is_new:
        Pick.objects.filter(pk=row.pk).update(times=F("times") + 1, last_at=at)
    return moved

"""Emergency access: asked for by one, confirmed by another, ended by itself, reviewed by those concerned.

A confirmed access lends a seat (`people.lend_seat`) that sees and moves nothing; the actor that is
built from then on carries it, so that `visible_to`, row-level security and every page follow without
knowing of emergencies. When its hours are over no actor is built with it any more.
Decision: docs/decisions/0020-emergency-access-is-a-lent-seat.md.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from anlan.cases.models import Case
from anlan.cases.rules import CaseNotVisible
from anlan.kernel import codes, permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind, Role
from anlan.ledger import actions as ledger
from anlan.notices.actions import notify
from anlan.notices.rules import Channel
from anlan.people import actions as people
from anlan.people.queries import list_on_duty
from anlan.places.queries import get_gazetteer
from anlan.privacy import queries, rules
from anlan.privacy.models import Access

PAGE = "/desk/emergency"
DECIDING_ROLES = (Role.DUTY_LEADER, Role.COUNTY_CENTRE)
DESK_ROLES = (Role.TOWN_DESK, Role.COUNTY_CENTRE)


@permits.own
@transaction.atomic
def ask_access(
    *, actor: Actor, target: rules.Target, reason: str, hours: int, at: datetime
) -> Access:
    """Ask to see a case, or a place's cases, outside one's own seats, because of an emergency.

    Nothing opens yet: somebody in charge of that place is told and decides within an hour.
    Raises ReasonTooShort, HoursOutOfRange, TargetMissing, PlaceUnknown, CaseNotVisible,
    AccessNotNeeded, AccessAskedAlready, SecondPersonNeeded for anybody without a seat of his own.
    """
    if actor.kind is not ActorKind.PERSON or actor.id is None or not actor.watching_seats:
        raise rules.SecondPersonNeeded()
    reason = rules.check_reason(reason)
    rules.check_hours(hours)
    case, place_id = _find_target(actor, target)
    if queries.has_open_access(person_id=actor.id, place_id=place_id, case=case):
        raise rules.AccessAskedAlready()
    access = Access.objects.create(
        procedure_version=rules.PROCEDURE_VERSION,
        state=rules.access_procedure(rules.PROCEDURE_VERSION).initial,
        person_id=actor.id, place_id=place_id, case=case, hours=hours, reason=reason, asked_at=at,
        due_at=at + rules.CONFIRM_WITHIN,
    )  # fmt: skip
    _record(actor, "access.asked", access, {"hours": hours}, at)
    with _in_their_language(access):
        _tell(access, DECIDING_ROLES, _("Emergency access is asked for: confirm or refuse"), at)
    return access


def _find_target(actor: Actor, target: rules.Target) -> tuple[Case | None, int]:
    if bool(target.case_code) == bool(target.place_code):
        raise rules.TargetMissing()
    if target.case_code:
        code = codes.normalise(target.case_code)[: codes.CODE_LENGTH]
        case = queries.find_case_for_access(code=code)
        if case is None:
            raise CaseNotVisible(case=target.case_code)
        if Case.objects.open_to(actor).filter(pk=case.id).exists():
            raise rules.AccessNotNeeded()
        return case, case.place_id
    place = get_gazetteer().place_by_code(target.place_code)
    if any(seat.covers(place.path, ()) for seat in actor.watching_seats):
        raise rules.AccessNotNeeded()
    return None, place.id


@permits.scope
@transaction.atomic
def move_access(
    *,
    actor: Actor,
    access_id: UUID,
    move: str,
    at: datetime,
    note: str = "",
    verdict: str = "",
) -> Access:
    """Confirm, refuse, end early, review, or arrange offline.

    Raises AccessUnknown, SecondPersonNeeded, MoveNotAllowed, MoveNotYours, MoveIncomplete,
    VerdictUnknown.
    """
    access = Access.objects.select_for_update(of=("self",)).filter(pk=access_id).first()
    roles = queries.get_access_roles(actor=actor, access=access) if access else frozenset()
    if access is None or not roles:
        raise rules.AccessUnknown()
    if access.person_id == actor.id and move != "end_early":
        raise rules.SecondPersonNeeded()
    note = " ".join(note.split())[: rules.REASON_CHARACTERS[1]]
    given = {name for name, value in (("note", note), ("verdict", verdict)) if value}
    _make(access, actor, move, roles, given, note=note, verdict=verdict, at=at)
    return access


@permits.inside
def end_due_access(*, at: datetime) -> int:
    """End what has run out: requests nobody decided, accesses whose hours are over; give how many."""
    count = 0
    for state, move in (("ASKED", "lapse"), ("GRANTED", "end")):
        with transaction.atomic():
            due = Access.objects.select_for_update(skip_locked=True).filter(
                state=state, due_at__lte=at
            )
            for access in list(due):
                _make(access, SYSTEM, move, (), (), note="", verdict="", at=at)
                count += 1
    return count


def _make(
    access: Access,
    actor: Actor,
    move: str,
    roles: Collection[Role],
    given: Collection[str],
    *,
    note: str,
    verdict: str,
    at: datetime,
) -> None:
    before = access.state
    made = rules.access_procedure(access.procedure_version).check(
        before, move, roles=roles, given=given
    )
    if verdict and verdict not in rules.Verdict.__members__:
        raise rules.VerdictUnknown(verdict=verdict, known=", ".join(rules.Verdict.__members__))
    access.state, access.due_at = made.to or before, None
    if move == "confirm":
        _lend(access, actor, at)
    elif move == "refuse":
        access.decided_by, access.note = actor.id, note
    elif before == "GRANTED":
        # Never after the hours that were confirmed, however late the job comes.
        assert access.granted_at is not None
        access.ended_at = min(at, access.granted_at + timedelta(hours=access.hours))
        if access.seat_id is not None:
            people.take_back_seat(seat_id=access.seat_id, at=at)
        if access.state == "ENDED":
            access.due_at = at + rules.REVIEW_WITHIN
            with _in_their_language(access):
                _tell(access, DESK_ROLES, _("Emergency access has ended: review it"), at)
    if move == "review":
        access.reviewed_by, access.reviewed_at, access.verdict = actor.id, at, verdict
        access.note = note
    elif move == "go_offline":
        access.note = note
    access.save()
    data: dict[str, Any] = {"from": before, "to": access.state}
    if access.verdict:
        data["verdict"] = access.verdict
    _record(actor, f"access.{move}", access, data, at)


def _lend(access: Access, actor: Actor, at: datetime) -> None:
    access.decided_by, access.granted_at = actor.id, at
    access.due_at = at + timedelta(hours=access.hours)
    access.seat_id = people.lend_seat(
        person_id=access.person_id, place_id=access.place_id, case_id=access.case_id, starts_at=at,
        ends_at=access.due_at,
    ).pk  # fmt: skip
    with _in_their_language(access):
        told = _("Somebody from elsewhere sees cases of yours: emergency access")
        _tell(access, DESK_ROLES, told, at)
        _notify(access, [access.person_id], _("Your emergency access is confirmed"), at)


def _in_their_language(access: Access) -> AbstractContextManager[None]:
    return override(get_gazetteer().jurisdiction(access.place_id).locale)


def _tell(access: Access, roles: Sequence[Role], subject: str, at: datetime) -> None:
    """Tell who stands these duties at the place concerned, never the one who asked."""
    path = get_gazetteer().place(access.place_id).path
    persons = {
        holder.person_id
        for role in roles
        for holder in list_on_duty(place_path=path, role=role, at=at)
        if holder.person_id != access.person_id
    }
    _notify(access, sorted(persons), subject, at)


def _notify(access: Access, person_ids: Sequence[UUID], subject: str, at: datetime) -> None:
    if person_ids:
        notify(
            channel=Channel.IN_APP, person_ids=person_ids, subject=subject, body="", link=PAGE,
            about_kind="access", about_id=access.id, at=at,
        )  # fmt: skip


def _record(actor: Actor, what: str, access: Access, data: dict[str, Any], at: datetime) -> None:
    """Write down a step: about the access, and about the case when it is for one."""
    data = data | {"access": access.id, "place": get_gazetteer().place(access.place_id).code}
    ledger.write(actor=actor, what=what, about_kind="access", about_id=access.id, data=data, at=at)
    if access.case_id is not None:
        ledger.write(
            actor=actor, what=what, about_kind="case", about_id=access.case_id, data=data, at=at
        )

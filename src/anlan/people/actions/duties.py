"""Granting and ending duties, and the on-duty calendar."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from anlan.kernel import permits
from anlan.kernel.actor import Actor, Role
from anlan.ledger import actions as ledger
from anlan.people import rules
from anlan.people.actions.checks import get_place
from anlan.people.models import Duty, LentSeat, Person, Shift


@permits.installation
@transaction.atomic
def grant_duty(
    *,
    actor: Actor,
    person_id: UUID,
    role: Role,
    place_id: int,
    at: datetime,
    department: str = "",
    from_date: date | None = None,
    until_date: date | None = None,
) -> Duty:
    """Make a person responsible for a place, by default from today (the place's local date).

    until_date: exclusive; None for open end. department: empty for all.
    Raises InstallationOnly, PersonUnknown, PlaceUnknown, DepartmentUnknown, PeriodBackwards,
    RoleLentOnly.
    """
    if role is Role.EMERGENCY:
        raise rules.RoleLentOnly()
    place = get_place(place_id, department)
    if not Person.objects.filter(id=person_id).exists():
        raise rules.PersonUnknown(login=person_id)
    if from_date is None:
        from_date = at.astimezone(ZoneInfo(place.jurisdiction.time_zone)).date()
    rules.check_period(from_date=from_date, until_date=until_date)
    duty = Duty.objects.create(
        person_id=person_id,
        role=Role(role).value,
        place=place,
        department=department,
        from_date=from_date,
        until_date=until_date,
    )
    data = {
        "duty_id": duty.id,
        "role": duty.role,
        "place": place.code,
        "department": department,
        "from_date": from_date.isoformat(),
        "until_date": until_date.isoformat() if until_date else None,
    }
    ledger.write(
        actor=actor,
        what="duty.granted",
        about_kind="person",
        about_id=person_id,
        data=data,
        at=at,
    )
    return duty


@permits.installation
@transaction.atomic
def end_duty(*, actor: Actor, duty_id: int, until_date: date, at: datetime) -> Duty:
    """End a duty on a local date, which is the first day on which it no longer holds.

    Raises InstallationOnly, DutyUnknown, PeriodBackwards.
    """
    duty = _locked_duty(duty_id)
    rules.check_period(from_date=duty.from_date, until_date=until_date)
    duty.until_date = until_date
    duty.save(update_fields=["until_date"])
    data = {"duty_id": duty.id, "until_date": until_date.isoformat()}
    ledger.write(
        actor=actor,
        what="duty.ended",
        about_kind="person",
        about_id=duty.person_id,
        data=data,
        at=at,
    )
    return duty


@permits.installation
@transaction.atomic
def plan_shift(
    *, actor: Actor, duty_id: int, starts_at: datetime, ends_at: datetime, at: datetime
) -> Shift:
    """Put a stretch of a duty into the on-duty calendar. ends_at is exclusive.

    Raises InstallationOnly, DutyUnknown, PeriodBackwards.
    """
    if ends_at <= starts_at:
        raise rules.PeriodBackwards()
    duty = _locked_duty(duty_id)
    shift = Shift.objects.create(duty=duty, starts_at=starts_at, ends_at=ends_at)
    data = {
        "duty_id": duty.id,
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
    }
    ledger.write(
        actor=actor,
        what="shift.planned",
        about_kind="person",
        about_id=duty.person_id,
        data=data,
        at=at,
    )
    return shift


def _locked_duty(duty_id: int) -> Duty:
    duty = Duty.objects.select_for_update().filter(id=duty_id).first()
    if duty is None:
        raise rules.DutyUnknown(duty_id=duty_id)
    return duty


@permits.inside
@transaction.atomic
def lend_seat(
    *,
    person_id: UUID,
    place_id: int,
    case_id: UUID | None,
    starts_at: datetime,
    ends_at: datetime,
) -> LentSeat:
    """Lend a person a seat that sees a place, or one case of it, and ends by itself; for `privacy`."""
    return LentSeat.objects.create(
        person_id=person_id, role=Role.EMERGENCY.value, place_id=place_id, case_id=case_id,
        starts_at=starts_at, ends_at=ends_at,
    )  # fmt: skip


@permits.inside
def take_back_seat(*, seat_id: int, at: datetime) -> None:
    """End a lent seat before its time; for `privacy`."""
    LentSeat.objects.filter(pk=seat_id, ends_at__gt=at).update(ends_at=at)

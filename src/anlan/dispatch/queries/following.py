"""Reads of what follows: whom to follow up, who has the case now, what nobody took."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from anlan.cases.models import Case
from anlan.cases.queries import get_catalogue
from anlan.dispatch import rules
from anlan.dispatch.models import Dispatch, Handover
from anlan.dispatch.queries.run_cards import list_run_cards
from anlan.kernel.actor import Role


def list_due_follow_ups(*, at: datetime, limit: int) -> list[UUID]:
    """List the dispatches after which somebody else is to be asked by now, longest due first."""
    found = Dispatch.objects.filter(follow_at__lte=at).order_by("follow_at", "id")
    return list(found.values_list("id", flat=True)[:limit])


def find_case_id(*, dispatch_id: UUID) -> UUID | None:
    """Find the case of a dispatch; None for one that is gone."""
    return Dispatch.objects.filter(pk=dispatch_id).values_list("case_id", flat=True).first()


def find_due_follow_up(*, dispatch_id: UUID, at: datetime) -> Dispatch | None:
    """Find and lock a dispatch that is still to be followed up; None when it is no more."""
    found = Dispatch.objects.filter(pk=dispatch_id, follow_at__lte=at)
    return found.select_for_update(of=("self",)).first()


def list_offered(*, case_id: UUID, but: UUID) -> list[Dispatch]:
    """List and lock the offers of a case that nobody has answered, without one."""
    found = Dispatch.objects.filter(case_id=case_id, state="OFFERED").exclude(pk=but)
    return list(found.select_for_update(of=("self",)).order_by("asked_at", "id"))


def list_running_persons(*, case_id: UUID) -> set[UUID]:
    """List who has a case and has not finished it."""
    found = Dispatch.objects.filter(case_id=case_id, ended_at__isnull=True)
    return set(found.values_list("person_id", flat=True))


def get_need(dispatch: Dispatch) -> rules.Need:
    """Give the need that a dispatch was to fill: for whom the next is asked."""
    return rules.Need(
        role=Role(dispatch.wanted_role or dispatch.role), count=1,
        department=dispatch.wanted_department, ack_minutes=dispatch.ack_minutes,
        arrive_minutes=dispatch.arrive_minutes,
    )  # fmt: skip


def is_one_enough(case: Case, card: str) -> bool:
    """Tell whether the run card by which somebody was asked says that the first is enough."""
    jurisdiction = get_catalogue().matters[case.matter_id].jurisdiction
    cards = list_run_cards(jurisdiction=jurisdiction)
    return any(each.one_is_enough for each in cards if each.code == card)


def list_open_handovers(*, case_id: UUID) -> QuerySet[Handover]:
    """Select what the county centre has of a case and nobody has answered."""
    return Handover.objects.filter(case_id=case_id, answered_at__isnull=True)


def list_handovers(*, case_id: UUID) -> list[Handover]:
    """List what went to the county centre, in order."""
    return list(Handover.objects.filter(case_id=case_id).order_by("at", "id"))


def get_handover(*, handover_id: int) -> Handover:
    """Fetch a handover with its case."""
    return Handover.objects.select_related("case").get(pk=handover_id)


def find_follower(*, dispatch_id: UUID) -> Dispatch | None:
    """Find who was asked after somebody; None when nobody was."""
    return Dispatch.objects.filter(follows_id=dispatch_id).select_related("person").first()

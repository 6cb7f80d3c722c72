"""Emergency accesses as those concerned see them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from anlan.cases.models import Case
from anlan.kernel import scope
from anlan.kernel.actor import PLACE_ROLES, Actor, Role
from anlan.places.queries import get_gazetteer
from anlan.privacy.models import Access, Look
from anlan.privacy.rules import Ground

OVERSEEING = frozenset({Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER})
RECENT = 100


def find_case_for_access(*, code: str) -> Case | None:
    """Find a case by its code whoever asks: only that it exists becomes known, and where."""
    with scope.acting(scope.EVERYTHING):
        return Case.objects.filter(code=code).first()


def has_open_access(*, person_id: UUID, place_id: int, case: Case | None) -> bool:
    """Tell whether a person has asked for this already, undecided or running."""
    found = Access.objects.filter(person_id=person_id, place_id=place_id, case=case)
    return found.filter(state__in=["ASKED", "GRANTED"]).exists()


def get_access_roles(*, actor: Actor, access: Access) -> frozenset[Role]:
    """Tell the roles in which an actor decides about an access; whoever asked for it holds EMERGENCY.

    A lent seat decides nothing.
    """
    path = get_gazetteer().place(access.place_id).path
    seats = [s for s in actor.watching_seats if s.role in PLACE_ROLES]
    own = frozenset({Role.EMERGENCY}) if access.person_id == actor.id else frozenset()
    return own | frozenset(s.role for s in seats if s.role in OVERSEEING and s.covers(path, ()))


def list_own_access(*, actor: Actor) -> list[Access]:
    """List what an actor has asked for, the newest first; it names its case, open to him or not."""
    if actor.id is None:
        return []
    found = Access.objects.filter(person_id=actor.id).select_related("case", "person")
    with scope.acting(scope.EVERYTHING):
        return list(found.order_by("-asked_at")[:RECENT])


def list_access_over(*, actor: Actor) -> list[Access]:
    """List the accesses that concern an actor's places, the open ones first; one statement.

    For whoever is in charge there: the town desk, the county centre, the duty leader.
    """
    seats = [s for s in actor.watching_seats if s.role in OVERSEEING and not s.department]
    if not seats or actor.id is None:
        return []
    condition = Q()
    for seat in seats:
        condition |= Q(place__path__descendant_of=seat.place_path)
    found = Access.objects.filter(condition).exclude(person_id=actor.id)
    found = found.select_related("case", "person").order_by("-asked_at")
    return list(found[:RECENT])


def list_looks_under(*, access: Access, until_at: datetime) -> list[Look]:
    """List what was looked at under an access, for its review."""
    if access.granted_at is None:
        return []
    found = Look.objects.filter(
        actor_id=access.person_id, why=Ground.EMERGENCY.value, last_at__gte=access.granted_at,
        first_at__lte=access.ended_at or until_at,
    )  # fmt: skip
    if access.case_id is not None:
        found = found.filter(case_id=access.case_id)
    else:
        path = get_gazetteer().place(access.place_id).path
        found = found.filter(case__place_path__descendant_of=path)
    return list(found.select_related("case").order_by("first_at")[:RECENT])

"""Who holds a duty at exactly one place, on shift or not: for what is sent to an office and not to whoever is on call."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from anlan.kernel.actor import Role
from anlan.people.models import Duty


def list_holders(
    *, place_id: int, roles: Collection[Role], at: datetime, department: str = ""
) -> list[UUID]:
    """List the active persons with one of these duties at a place: of a department, or of none."""
    today = at.date()
    held = Duty.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gt=today), place_id=place_id, role__in=[role.value for role in roles],
        from_date__lte=today, person__is_active=True,
    )  # fmt: skip
    held = held.filter(department=department)
    return list(dict.fromkeys(held.order_by("id").values_list("person_id", flat=True)))

"""Which clocks have turned, and which pauses are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from anlan.cases.models import Case
from anlan.cases.rules import Clock, Light
from anlan.kernel import sql


@dataclass(frozen=True, slots=True)
class Turned:
    """A clock that has turned. `due_at`: by when it runs out (UTC)."""

    case_id: UUID
    desk_id: int
    clock: Clock
    light: Light
    due_at: datetime


def list_turned(*, from_at: datetime | None, until_at: datetime) -> list[Turned]:
    """List the clocks that turned after `from_at`, up to `until_at`, by desk (UTC)."""
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("anlan.cases", "list_turned"), {"from_at": from_at, "until_at": until_at}
        )
        return [
            Turned(case_id, desk_id, Clock(clock), Light(light), due_at)
            for case_id, desk_id, clock, light, due_at in cursor.fetchall()
        ]


def list_pauses_over(*, at: datetime, limit: int) -> list[UUID]:
    """List paused cases whose longest time to stand still is over."""
    found = Case.objects.filter(paused_at__isnull=False, pause_ends_at__lte=at)
    return list(found.order_by("pause_ends_at").values_list("id", flat=True)[:limit])

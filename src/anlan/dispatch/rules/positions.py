"""When a position may be kept: on duty, by the worker's own switch, and no longer than needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from anlan.kernel.errors import Conflict, NotAllowed
from anlan.places.rules import PointImpossible

STANDING_HOURS = 12
"""A switch ends with the shift; where the duty has no calendar, after so many hours."""

KEPT_HOURS = 24
"""How long a last position is kept at most."""

SWEEP_MINUTES = 10
"""How often the deletion runs; it takes what would be over before it runs again."""


class NotOnDuty(Conflict):
    """You are not on duty now. A position is only taken during duty."""


class PositionNotAllowed(NotAllowed):
    """You have not switched on that your position may be used, or your duty has ended since."""


def ends_at(shift_ends: Sequence[datetime | None], *, at: datetime) -> datetime:
    """Tell when a switch ends by itself: with the last running shift; None is a standing duty.

    Raises NotOnDuty without any.
    """
    if not shift_ends:
        raise NotOnDuty()
    return max(end or at + timedelta(hours=STANDING_HOURS) for end in shift_ends)


def check_point(lon: float, lat: float) -> None:
    """Refuse what is no point. Raises PointImpossible."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise PointImpossible(lon=lon, lat=lat)

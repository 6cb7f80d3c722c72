"""Back into an account at a counter: two colleagues together, after they have seen who it is.

One asks, another confirms within the hour; neither is the person. Both hold a desk, a centre or the
duty of a leader over every place where the person has a duty, so nobody opens an account that
reaches further than his own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from anlan.kernel.actor import Role, Seat
from anlan.kernel.errors import NotAllowed, NotFound

RECOVERY_ROLES = frozenset({Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER})
RECOVERY_CONFIRM_WITHIN = timedelta(hours=1)
RECOVERED_PASSWORD_LIMIT = timedelta(hours=24)


class RecoveryNotYours(NotAllowed):
    """There is no account of that name whose duties all lie within your own places."""


class RecoveryUnknown(NotFound):
    """There is no such recovery, or it was not confirmed within the hour."""


class AnotherPersonNeeded(NotAllowed):
    """Another person must confirm: neither whoever asked, nor whoever's account it is."""


def may_recover(seats: Iterable[Seat], place_paths: Collection[str]) -> bool:
    """Tell whether somebody with these seats may help whoever has duties at these places.

    >>> desk = Seat(Role.TOWN_DESK, "33.06.81")
    >>> may_recover([desk], ["33.06.81.001"]), may_recover([desk], ["33.06"]), may_recover([desk], [])
    (True, False, False)
    """
    helping = [seat for seat in seats if seat.role in RECOVERY_ROLES and not seat.department]
    return bool(place_paths) and all(
        any(seat.covers(path, ()) for seat in helping) for path in place_paths
    )

"""A filter of the queue kept under a name: what it may hold, and who may lend it to his desk."""

from __future__ import annotations

from collections.abc import Mapping

from anlan.kernel.actor import Actor, Role
from anlan.kernel.errors import Invalid, NotAllowed, NotFound

NAME_LIMIT = 30
FILTERS_LIMIT = 20
FIELDS = ("tab", "q", "class", "place")
"""What the address of a queue says; everything else is no filter."""
FIELD_LIMIT = 64
LENDING_ROLES = frozenset({Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER})


class FilterNameMissing(Invalid):
    """Give the filter a name, of 30 characters at the most."""


class FilterEmpty(Invalid):
    """This is the whole queue; there is nothing to keep. Choose a tab, a class or a word first."""


class FiltersTooMany(Invalid):
    """You keep {limit} filters already. Drop one first."""


class FilterUnknown(NotFound):
    """There is no such filter, or it is somebody else's."""


class LendingNotYours(NotAllowed):
    """A filter is lent to a desk by those who sit at it."""


def check_name(name: str) -> str:
    """Give the name as it is kept. Raises FilterNameMissing.

    >>> check_name("  超期 的 市场监管 ")
    '超期 的 市场监管'
    """
    kept = " ".join(name.replace("\0", "").split())
    if not kept or len(kept) > NAME_LIMIT:
        raise FilterNameMissing()
    return kept


def check_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Give what is kept of an address. Raises FilterEmpty.

    >>> check_fields({"tab": "red", "q": "", "after": "2026"})
    {'tab': 'red'}
    """
    kept = {name: fields[name][:FIELD_LIMIT] for name in FIELDS if fields.get(name)}
    if not kept:
        raise FilterEmpty()
    return kept


def lends_to(actor: Actor) -> str:
    """Tell the place whose desk an actor sits at, as its path; the widest when there are several.

    Raises LendingNotYours.
    """
    paths = sorted(seat.place_path for seat in actor.seats if seat.role in LENDING_ROLES)
    if not paths:
        raise LendingNotYours()
    return paths[0]

"""What a person picks where triage was in doubt, and how it is remembered as a proposal.

A doubt is named by where it stands, not by who reported: a border by the places on its sides, the question
which unit by the place above the case's own. Together with the matter it finds what was picked before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from anlan.kernel.errors import Conflict, Invalid


class DoubtKind(StrEnum):
    """What a person has to pick."""

    BORDER = "BORDER"
    UNIT = "UNIT"


class NothingToPick(Conflict):
    """This case is not in doubt any more. Load it again and look."""


class NotACandidate(Invalid):
    """{pick} is not one of the places or units that this case is in doubt about."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt of a case. key: what it is remembered by."""

    kind: DoubtKind
    key: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A candidate, and how often it was picked before in the same doubt. pick: place code or unit id."""

    pick: str
    times: int


def border_key(codes: Collection[str]) -> str:
    """Name a border by the places that meet there, in one order.

    >>> border_key(["330999001201002", "330999001201001", "330999001201002"])
    '330999001201001|330999001201002'
    """
    return "|".join(sorted(set(codes)))


def find_doubt(reason: Mapping[str, Any], *, place_code: str, around_code: str) -> Doubt | None:
    """Tell what is in doubt about a case by the reason of its decision; the place first.

    place_code: where the case lies; around_code: the place above it.
    """
    place, route = reason.get("place", {}), reason.get("route", {})
    if place.get("near_border") and place.get("neighbours"):
        return Doubt(DoubtKind.BORDER, border_key([place_code, *place["neighbours"]]))
    if route.get("by") in ("DESK", "RULE_PERSON") or route.get("errors"):
        return Doubt(DoubtKind.UNIT, around_code)
    return None


def order_picks(candidates: Collection[str], times: Mapping[str, int]) -> list[Picked]:
    """Put what was picked most often first; the others keep their order.

    >>> [picked.pick for picked in order_picks(["a", "b", "c"], {"c": 2})]
    ['c', 'a', 'b']
    """
    once = dict.fromkeys(candidates)
    return sorted(
        (Picked(pick, times.get(pick, 0)) for pick in once), key=lambda picked: -picked.times
    )

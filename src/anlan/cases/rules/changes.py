"""That a case changed, without a word of what happened: what open desks are told by."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Change:
    """A step of a case, and where the case lies now. number: of the step, in about the order of their making.

    left_path, left_departments: where it lay before, if the step took it from a place or a unit. Departments that worked along
    there are not told of.
    """

    number: int
    case_id: UUID
    place_path: str
    departments: tuple[str, ...]
    left_path: str = ""
    left_departments: tuple[str, ...] = ()

"""That a case changed, without a word of what happened: what open desks are told by."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Change:
    """A step of a case, and where the case lies now. number: of the step, in about the order of their making."""

    number: int
    case_id: UUID
    place_path: str
    departments: tuple[str, ...]

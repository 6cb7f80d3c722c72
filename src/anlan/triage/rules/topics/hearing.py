"""A signal as topics hear it, and where several lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal as topics hear it. `places`: its place and those above, from the top down.

    family, matter: what it is about, roughly and exactly; empty where that is not known.
    town, village: the ids of these two among them, 0 where there is none.
    """

    id: str
    text: str
    family: str
    at: datetime
    places: tuple[int, ...] = ()
    town: int = 0
    village: int = 0
    matter: str = ""


def common_place(lineages: Sequence[tuple[int, ...]]) -> int | None:
    """Find the lowest place that all lie in; lineages go from the top down.

    >>> common_place([(1, 2, 3), (1, 2, 4, 5)]), common_place([(1,), (2,)])
    (2, None)
    """
    common = None
    for level in zip(*lineages, strict=False):
        if len(set(level)) > 1:
            break
        common = level[0]
    return common

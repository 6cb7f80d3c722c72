"""How a decision is made from what is known: stated matter, keywords, classifier; then the route.

Order: what the sender stated is taken as it is; else the classifier's probabilities, raised by
catalogue keywords that stand in the text, decide. How sure that has to be to stand by itself, the
classifier's version has measured (`Marks`); a first model, trained on the catalogue's words and
over-confident on others, keeps to the marks set here. Below them a person looks first.
Routing takes the matter's department and climbs from the place to its nearest seat.
Algorithm pages: docs/algorithms/classifier.md, docs/algorithms/routing.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from anlan.cases.rules import MatterInfo
from anlan.kernel.errors import Conflict, Unavailable
from anlan.places.rules import DESK, GRID_TEAM, Gazetteer, UnitInfo

CONFIDENT_WITH_KEYWORD = 0.5
CONFIDENT_ALONE = 0.95
"""Set by hand, for a classifier that has measured nothing on what people really report."""
KEYWORD_LIFT = 6.0
TOP = 3


class NoDesk(Conflict):
    """No unit serves {place} yet. Set the county up first: anlan places grids CODE."""


class NoMatters(Unavailable):
    """The jurisdiction {jurisdiction} has no matter catalogue. Load one: anlan places load FOLDER."""


@dataclass(frozen=True, slots=True)
class Marks:
    """How sure a choice has to be to stand by itself; above 1: never."""

    alone: float = CONFIDENT_ALONE
    with_keyword: float = CONFIDENT_WITH_KEYWORD

    @classmethod
    def of(cls, threshold: float | None) -> Marks:
        """Take over what a classifier has measured on what it was trained with; None: nothing.

        The catalogue's own words are not what people report: measured on these, a threshold may
        only be stricter than the mark set by hand.
        """
        return cls() if threshold is None else cls(alone=max(threshold, CONFIDENT_ALONE))


BY_HAND = Marks()


@dataclass(frozen=True, slots=True)
class Choice:
    """Which matter a text is about, how sure, and why. `by`: STATED, MODEL or KEYWORDS."""

    matter: MatterInfo
    confidence: float
    by: str
    phrases: tuple[str, ...] = ()
    top: tuple[tuple[str, float], ...] = ()
    needed: float = 0.0
    """How sure the choice had to be to stand by itself."""

    @property
    def is_sure(self) -> bool:
        """Whether the choice stands until somebody says otherwise."""
        return self.confidence >= self.needed

    def as_reason(self) -> dict[str, Any]:
        """Write the choice down for the decision's record."""
        return {
            "by": self.by,
            "is_sure": self.is_sure,
            "needed": round(self.needed, 4),
            "phrases": list(self.phrases),
            "top": [[code, round(p, 4)] for code, p in self.top],
        }


@dataclass(frozen=True, slots=True)
class KeywordIndex:
    """Catalogue keywords of one jurisdiction, reached by their first two characters.

    The pairs of characters in a text lead to the few keywords that begin so.
    """

    by_start: Mapping[str, tuple[tuple[str, tuple[int, ...]], ...]]

    @classmethod
    def build(cls, matters: Sequence[MatterInfo]) -> KeywordIndex:
        """Index names and keywords of two characters and more by matter position."""
        positions: dict[str, tuple[int, ...]] = {}
        for index, matter in enumerate(matters):
            for keyword in dict.fromkeys((matter.name, *matter.keywords)):
                if len(keyword) >= 2:
                    positions[keyword] = (*positions.get(keyword, ()), index)
        by_start: dict[str, tuple[tuple[str, tuple[int, ...]], ...]] = {}
        for keyword, found in positions.items():
            by_start[keyword[:2]] = (*by_start.get(keyword[:2], ()), (keyword, found))
        return cls(by_start)

    def find(self, text: str) -> dict[int, list[str]]:
        """Find the keywords that stand in a text, by matter position, each once, in their order."""
        spoken = sorted(
            (text.index(keyword), keyword, positions)
            for start in self.by_start.keys() & set(map(str.__add__, text, text[1:]))
            for keyword, positions in self.by_start[start]
            if keyword in text
        )
        found: dict[int, list[str]] = {}
        for _, keyword, positions in spoken:
            for position in positions:
                found.setdefault(position, []).append(keyword)
        return found


def lift(
    probabilities: npt.NDArray[np.float64], found: Mapping[int, Sequence[str]]
) -> npt.NDArray[np.float64]:
    """Raise the odds of matters whose keywords stand in the text, and normalise again.

    Each keyword multiplies a matter's odds by `KEYWORD_LIFT`, two at the most.
    """
    if not found:
        return probabilities
    lifted = probabilities.copy()
    for position, keywords in found.items():
        lifted[position] *= KEYWORD_LIFT ** min(len(keywords), 2)
    return np.asarray(lifted / lifted.sum())


def choose(
    probabilities: npt.NDArray[np.float64],
    found: Mapping[int, Sequence[str]],
    matters: Sequence[MatterInfo],
    marks: Marks = BY_HAND,
) -> Choice:
    """Choose a matter from class probabilities (k,) and the keywords found."""
    lifted = lift(probabilities, found)
    likely = np.argpartition(lifted, -TOP)[-TOP:] if len(lifted) > TOP else np.arange(len(lifted))
    top = sorted(
        zip(likely.tolist(), lifted[likely].tolist(), strict=True), key=lambda pair: -pair[1]
    )
    best, confidence = top[0]
    return Choice(
        matter=matters[best],
        confidence=confidence,
        by="KEYWORDS" if best in found else "MODEL",
        phrases=tuple(found.get(best, ())),
        top=tuple((matters[position].code, p) for position, p in top),
        needed=marks.with_keyword if best in found else marks.alone,
    )


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes: the responsible unit and the desk in charge, and by which rule.

    `by`: RULE (a routing rule), RULE_PERSON (a rule leaves it to a person), SEAT (the department's
    nearest seat), GRID (handled on the spot by the grid team), DESK (no seat of the department serves the
    place: a person at the desk decides). `errors`: (rule id, problem) of rules that could not be followed.
    """

    unit: UnitInfo
    desk: UnitInfo
    by: str
    department: str
    rule_id: int = 0
    position: int = 0
    errors: tuple[tuple[int, str], ...] = ()

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to look before the route stands."""
        return self.by in ("DESK", "RULE_PERSON") or bool(self.errors)

    def as_reason(self) -> dict[str, Any]:
        """Write the route down for the decision's record."""
        reason: dict[str, Any] = {"by": self.by, "department": self.department}
        if self.rule_id:
            reason |= {"rule": self.rule_id, "position": self.position}
        if self.errors:
            reason["errors"] = [list(error) for error in self.errors]
        return reason


def route(gazetteer: Gazetteer, *, place_id: int, department: str) -> Route:
    """Find the lowest unit that can act on a matter of a department at a place.

    Raises NoDesk where no desk serves the place.
    """
    desk = gazetteer.nearest_unit(place_id, DESK)
    if desk is None:
        raise NoDesk(place=gazetteer.place(place_id).name)
    unit = gazetteer.nearest_unit(place_id, department)
    if unit is None:
        return Route(desk, desk, "DESK", department)
    return Route(unit, desk, "GRID" if department == GRID_TEAM else "SEAT", department)

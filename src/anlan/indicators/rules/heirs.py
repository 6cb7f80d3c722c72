"""Codes that ended, followed to the codes that stand: what one became may have ended as well. And what their figures come to, added up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anlan.indicators.rules.register import Indicator, Kind

Shares = Iterable[tuple[str, float]]


def follow(became: Mapping[str, Shares]) -> dict[str, list[tuple[str, float]]]:
    """Give the standing heirs of every ended code with their shares. became: ended code → (code, share) …, without rings.

    >>> follow({"A": [("B", 1.0)], "B": [("C", 0.75), ("D", 0.25)]})
    {'A': [('C', 0.75), ('D', 0.25)], 'B': [('C', 0.75), ('D', 0.25)]}
    >>> follow({"A": [("B", 0.5), ("C", 0.5)], "B": [("C", 1.0)]})["A"]
    [('C', 1.0)]
    """

    def standing(code: str) -> dict[str, float]:
        found: dict[str, float] = defaultdict(float)
        for heir, share in became.get(code, ()):
            further = standing(heir) if heir in became else {heir: 1.0}
            for last, part in further.items():
                found[last] += share * part
        return found

    return {code: list(standing(code).items()) for code in became}


def leads_back(became: Mapping[str, Shares], code: str) -> bool:
    """Whether a code's heirs, followed on, come to the code itself.

    >>> leads_back({"A": [("B", 1.0)], "B": [("A", 1.0)]}, "A")
    True
    >>> leads_back({"A": [("B", 1.0)], "B": [("C", 1.0)]}, "A")
    False
    """
    seen: set[str] = set()
    waiting = [heir for heir, _ in became.get(code, ())]
    while waiting:
        one = waiting.pop()
        if one == code:
            return True
        if one not in seen:
            seen.add(one)
            waiting += [heir for heir, _ in became.get(one, ())]
    return False


@dataclass(frozen=True, slots=True)
class Held:
    """A returned figure with what it was divided from. share: of an ended code's, how much its heir takes."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    share: float = 1.0


def add_up(indicator: Indicator, own: Held | None, left: Sequence[Held]) -> Held | None:
    """Add what ended codes left to an heir's own figure; None where figures cannot be added.

    Counts and amounts add up, by their shares; counted rates by what they were divided from. A percentage that was only stated goes on
    as it was, but not to a place that has one itself.
    """
    known = [one for one in left if one.value is not None]
    if indicator.formula.kind is not Kind.STATED:
        parts = [one for one in (own, *known) if one is not None]
        if any(one.numerator is None for one in parts):
            return None
        numerator = sum((one.numerator or 0.0) * one.share for one in parts)
        below = [one.denominator for one in parts]
        if all(one is None for one in below):
            return Held(numerator * indicator.formula.times, numerator)
        if any(one is None for one in below):
            return None
        denominator = sum((one.denominator or 0.0) * one.share for one in parts)
        value = numerator * indicator.formula.times / denominator if denominator else None
        return Held(value, numerator, denominator)
    if indicator.unit in ("%", "‰"):
        return Held(known[0].value) if own is None and len(known) == 1 else None
    if own is not None and own.value is None:
        own = None
    return Held(sum((one.value or 0.0) * one.share for one in (own, *known) if one is not None))

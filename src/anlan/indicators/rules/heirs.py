"""Codes that ended, followed to the codes that stand: what one became may have ended as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

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

"""Are two reports about the same thing? Near in place and time, of one family, alike in words.

Each of the three is told as a share between 0 and 1 and weighed; whoever reads the result is shown what
spoke for it. Nothing is joined by this: a person looks. Algorithm page: docs/algorithms/duplicates.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from anlan.kernel.errors import Conflict, Invalid

WEIGHT_WORDS, WEIGHT_PLACE, WEIGHT_TIME = 0.75, 0.21, 0.04
THRESHOLD = 0.38
"""The lowest mark with nine of ten shown pairs right on half of the labelled pairs (`make bench ONLY=duplicates`)."""
HALF_M = 150.0
HALF_AGE = timedelta(days=3)
SAME_PLACE = 0.6
"""What the same place is worth when one of the two has no point."""
EARTH_M = 6_371_000.0
FEW_PAIRS = 4
PHRASES = 3
TEXT_COMPARED = 600
"""Characters of a text that are compared: a report says what it is about at its beginning, and nobody
slows a page down by writing a long one."""


class JoinedTooLate(Conflict):
    """Your report is being worked on already, or a day old. The desk can still put the two together."""


class NotAlike(Invalid):
    """The case {code} is not one that your report can join."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What is compared of a case. `at`: when it was opened (UTC); degrees are WGS-84."""

    case_id: UUID
    place_path: str
    lon: float | None
    lat: float | None
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two reports are, and why. `distance_m` None: one of them has no point."""

    score: float
    distance_m: float | None
    is_same_place: bool
    apart: timedelta
    phrases: tuple[str, ...]

    @property
    def is_alike(self) -> bool:
        """Whether a person should look at the two side by side."""
        return self.score >= THRESHOLD


def compare(one: Reported, other: Reported) -> Likeness:
    """Tell how alike two reports of one family are.

    >>> a = Reported(UUID(int=1), "a.b", None, None, datetime(2026, 3, 10), "村口的路灯不亮")
    >>> b = Reported(UUID(int=2), "a.b", None, None, datetime(2026, 3, 10), "路灯不亮三天了")
    >>> found = compare(a, b)
    >>> found.phrases, found.is_alike
    (('路灯不亮',), True)
    """
    words, phrases = _compare_words(one.text, other.text)
    is_same = one.place_path == other.place_path
    distance_m = _distance(one, other)
    without_points = SAME_PLACE if is_same else 0.0
    place = without_points if distance_m is None else 0.5 ** (distance_m / HALF_M)
    apart = abs(one.at - other.at)
    time = 0.5 ** (apart / HALF_AGE)
    score = WEIGHT_WORDS * words + WEIGHT_PLACE * place + WEIGHT_TIME * time
    # Near and at the same time, but about something else: words have to speak, too.
    if not phrases:
        score = min(score, THRESHOLD - 0.01)
    return Likeness(score, distance_m, is_same, apart, phrases)


def find_alike(
    one: Reported, others: Iterable[Reported], *, limit: int
) -> list[tuple[UUID, Likeness]]:
    """Give the cases most alike, the likest first; of a case with several reports the likest counts."""
    best: dict[UUID, Likeness] = {}
    for other in others:
        found = compare(one, other)
        if found.is_alike and (
            other.case_id not in best or found.score > best[other.case_id].score
        ):
            best[other.case_id] = found
    return sorted(best.items(), key=lambda pair: (-pair[1].score, pair[0]))[:limit]


def _compare_words(one: str, other: str) -> tuple[float, tuple[str, ...]]:
    """(share of the shorter text's pairs of characters that the other holds, common phrases)."""
    one, other = one[:TEXT_COMPARED], other[:TEXT_COMPARED]
    mine, theirs = _pairs(one), _pairs(other)
    common = mine & theirs
    fewer = max(min(len(mine), len(theirs)), FEW_PAIRS)
    return len(common) / fewer, _phrases(one, common, other)


def compare_words(one: str, other: str) -> float:
    """Give the share of the shorter text's pairs of characters that the other one holds.

    >>> compare_words("村口的路灯不亮", "路灯不亮三天了")
    0.5
    """
    return _compare_words(one, other)[0]


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}


def _phrases(text: str, common: set[str], other: str) -> tuple[str, ...]:
    """The longest runs of the text that the other one holds, at most three, each once."""
    found: dict[str, None] = {}
    begin = 0
    while begin < len(text) - 1:
        end = begin + 2
        if text[begin:end] not in common:
            begin += 1
            continue
        while end < len(text) and text[end].isalnum() and text[begin : end + 1] in other:
            end += 1
        found.setdefault(text[begin:end])
        begin = end
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase))[:PHRASES])


def _distance(one: Reported, other: Reported) -> float | None:
    if one.lon is None or one.lat is None or other.lon is None or other.lat is None:
        return None
    middle = math.radians((one.lat + other.lat) / 2)
    east = math.radians(other.lon - one.lon) * math.cos(middle)
    return EARTH_M * math.hypot(east, math.radians(other.lat - one.lat))

"""What a board shows, which small counts it holds back, and when a day is unusual. No clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from statistics import median

from anlan.kernel.actor import Role
from anlan.kernel.errors import NotAllowed
from anlan.places.rules import PlaceInfo

READERS = (Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL)
PAST_WEEKS = 8
SMALLEST_SHOWN = 5
"""Smaller counts below town level stay off public boards (blueprint: suppressed below 5)."""
FEWEST_PAST_DAYS = 4
"""Of fewer days no band is drawn: it would promise more than it knows."""
STEPS = (0.0, 0.05, 0.15, 0.30)
"""Where the map's colours begin: share of the open matters that are past their deadline."""


class BoardElsewhere(NotAllowed):
    """{place} lies outside your duties. Its public board is open to everybody."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one place and all below it. None: held back. Minutes are sums of the last seven days."""

    opened: int | None = 0
    """Today, local date."""
    closed: int | None = 0
    open: int | None = 0
    late: int | None = 0
    soon: int | None = 0
    paused: int | None = 0
    accepted_week: int = 0
    accept_minutes: int = 0
    closed_week: int = 0
    close_minutes: int = 0

    @property
    def late_share(self) -> float | None:
        """Share of the open matters that are late; None where too few are open to tell."""
        if self.open is None or self.late is None or self.open < SMALLEST_SHOWN:
            return None
        return self.late / self.open

    @property
    def step(self) -> int:
        """The map's colour: 0 nothing late … 4; −1 where nothing can be told.

        >>> [Tally(open=20, late=late).step for late in (0, 1, 2, 5, 9)], Tally(open=3, late=3).step
        ([0, 2, 2, 3, 4], -1)
        """
        share = self.late_share
        if share is None:
            return -1
        return sum(share > start for start in STEPS[:1]) + sum(share >= at for at in STEPS[1:])

    def plus(self, other: Tally) -> Tally:
        """Add up two tallies of which nothing is held back."""
        return Tally(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A step of the chain that takes longer somewhere than in the whole place. Minutes, means."""

    place: PlaceInfo
    kind: str
    """"accept" or "close"."""
    minutes: float
    usual_minutes: float
    count: int

    @property
    def times(self) -> float:
        """How many times as long as usual."""
        return self.minutes / self.usual_minutes


@dataclass(frozen=True, slots=True)
class Band:
    """The same weekday of the weeks before: signals up to each hour, lowest, middle, highest."""

    days: int
    low: tuple[int, ...]
    middle: tuple[float, ...]
    high: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A place just now. `hours`: signals up to each full hour of today that has begun.

    `last_day`: by child place code, signals of each of the last 24 hours, oldest first.
    """

    place: PlaceInfo
    at: datetime
    total: Tally
    rows: tuple[tuple[PlaceInfo, Tally], ...]
    hours: tuple[int, ...] = ()
    band: Band | None = None
    slow: tuple[Link, ...] = ()
    last_day: Mapping[str, Sequence[int]] = field(default_factory=dict)


def find_band(days: Sequence[Sequence[int]]) -> Band | None:
    """Lay a band over past days, each 24 counts by hour; days without any signal tell nothing.

    >>> find_band([[1] * 24, [2] * 24, [3] * 24, [6] * 24]).high[:2]
    (6, 12)
    """
    sums = [_add_up(day) for day in days if any(day)]
    if len(sums) < FEWEST_PAST_DAYS:
        return None
    hours = list(zip(*sums, strict=True))
    return Band(
        days=len(sums),
        low=tuple(min(hour) for hour in hours),
        middle=tuple(float(median(hour)) for hour in hours),
        high=tuple(max(hour) for hour in hours),
    )


def _add_up(counts: Sequence[int]) -> list[int]:
    total, sums = 0, []
    for count in counts:
        total += count
        sums.append(total)
    return sums


def find_slow(
    rows: Sequence[tuple[PlaceInfo, Tally]], total: Tally, *, most: int = 5
) -> tuple[Link, ...]:
    """Find the links that took half as long again as in the whole place, the slowest first.

    Of fewer than five matters no mean is formed: one that lay over a holiday would speak for a town.
    """
    found = []
    for kind, count_of, minutes_of in (
        ("accept", "accepted_week", "accept_minutes"), ("close", "closed_week", "close_minutes"),
    ):  # fmt: skip
        whole = getattr(total, count_of)
        usual = getattr(total, minutes_of) / whole if whole else 0.0
        if usual <= 0:
            continue
        for place, tally in rows:
            count = getattr(tally, count_of)
            if (
                count >= SMALLEST_SHOWN
                and (mean := getattr(tally, minutes_of) / count) >= 1.5 * usual
            ):
                found.append(Link(place, kind, mean, usual, count))
    return tuple(sorted(found, key=lambda link: -link.times)[:most])


SHOWN = ("opened", "closed", "open", "late", "soon", "paused")


def hold_back(
    rows: Sequence[tuple[PlaceInfo, Tally]],
) -> tuple[tuple[PlaceInfo, Tally], ...]:
    """Take small counts (1 to 4) out of public rows, and one more where one alone could be worked out.

    The whole place's count stays shown: a single count held back would be its difference to the others.
    """
    kept = list(rows)
    for name in SHOWN:
        values = [getattr(tally, name) for _, tally in kept]
        small = [i for i, value in enumerate(values) if 0 < value < SMALLEST_SHOWN]
        if len(small) == 1 or 0 < sum(values[i] for i in small) < SMALLEST_SHOWN:
            rest = [i for i, value in enumerate(values) if value >= SMALLEST_SHOWN]
            small += sorted(rest, key=lambda i: values[i])[:1]
        for i in small:
            place, tally = kept[i]
            kept[i] = place, replace(tally, **{name: None})  # type: ignore[arg-type]
    return tuple(kept)

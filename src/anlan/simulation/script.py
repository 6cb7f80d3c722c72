"""What is played: how much, by whom, from which seed, and how badly people and networks behave."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SHARES_BY_HOUR = (
    1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 7, 6, 6, 7, 8, 8, 7, 6, 6, 5, 4, 3, 2,
)  # fmt: skip
"""How reports spread over a day, by local hour: our own guess, not a measured figure."""

STORM_HOURS = 2
"""The hour of storm, and one more until what it left behind has been dealt out."""


@dataclass(frozen=True, slots=True)
class Script:
    """A day. Shares are 0–1 of the answers concerned; all are our own guesses.

    rate: reports a day; starts_at: UTC, local midnight of a whole day. storm_hour: counted from the
    start, None for a calm day. deals_in_batches: whether the storm is dealt out by the planner of storm
    nights, or case by case as on any other day.
    """

    county: str
    rate: int = 1500
    workers: int = 400
    seed: int = 1
    starts_at: datetime = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    hours: int = 24
    storm_hour: int | None = 15
    storm_factor: float = 6.0
    deals_in_batches: bool = True
    silent: float = 0.07
    declines: float = 0.03
    drops: float = 0.08
    repeats: float = 0.06
    rates: float = 0.5
    unsatisfied: float = 0.08

    @property
    def ends_at(self) -> datetime:
        """The instant at which the day is over."""
        return self.starts_at + timedelta(hours=self.hours)

    @property
    def storm_between(self) -> tuple[datetime, datetime]:
        """When the storm begins, and when what it left behind has been dealt out (exclusive)."""
        assert self.storm_hour is not None, "a calm day has no storm"
        began = self.starts_at + timedelta(hours=self.storm_hour)
        return began, began + timedelta(hours=STORM_HOURS)

    def is_stormy(self, at: datetime) -> bool:
        """Tell whether the storm holds at an instant."""
        if self.storm_hour is None:
            return False
        began, ended = self.storm_between
        return began <= at < ended

    def chance(self, *about: object) -> random.Random:
        """Give the chance of one thing: the same for the same script, whatever else has happened."""
        key = ":".join(str(part) for part in (self.seed, *about))
        # Not for secrets: a seed has to give the same day again.
        return random.Random(key)  # noqa: S311 – the same day for the same seed is meant

    def arrivals(self, first_hour: int) -> list[tuple[datetime, bool]]:
        """Give the instants of all reports and whether they are the storm's, in order.

        first_hour: the local hour at which the day starts.
        """
        weights = [
            SHARES_BY_HOUR[(first_hour + hour) % 24]
            * (self.storm_factor if hour == self.storm_hour else 1.0)
            for hour in range(self.hours)
        ]
        count = max(1, round(self.rate * self.hours / 24))
        chance = self.chance("arrivals")
        hours = chance.choices(range(self.hours), weights, k=count)
        found = [
            (self.starts_at + timedelta(seconds=round(hour * 3600 + chance.random() * 3599)),
             hour == self.storm_hour)
            for hour in hours
        ]  # fmt: skip
        return sorted(found)

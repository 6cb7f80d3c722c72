"""When things happen in a made-up county: by the hour, the weekday and the season.

Shapes of our own, drawn to look like a county's; no count of any real place went into them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from anlan.demo.phrases import Wording

WEEKDAYS = (1.1, 1.06, 1.03, 1.0, 1.05, 0.9, 0.82)
HOURS = (
    0.3, 0.2, 0.15, 0.15, 0.2, 0.5, 1.2, 2.6, 4.2, 4.6, 4.4, 3.6,
    2.6, 3.0, 3.8, 4.0, 3.8, 3.6, 3.4, 3.4, 3.0, 2.2, 1.2, 0.6,
)  # fmt: skip
YEAR = (7, 0.1)
"""The fullest month, and how much fuller than the mean it is."""
SEASONS = {  # matter or family: its month, and how strongly it keeps to it (1: none half a year later)
    "SNOW_ICE": (1, 1.0), "FLOODING": (7, 1.0), "TYPHOON_DAMAGE": (8, 1.0), "OPEN_BURNING": (11, 0.8),
    "STRAW_BURNING": (11, 0.9), "SCHOOL_ADMISSION": (6, 0.8), "FIREWORKS": (1, 0.9), "WASP_NEST": (8, 0.9), "SNAKE": (7, 0.9),
    "WATER_SAFETY": (7, 0.8), "WEATHER": (7, 0.7), "FIRE": (12, 0.35), "GAS": (1, 0.4), "LABOUR": (1, 0.6),
    "ENVIRONMENT": (7, 0.25), "ANIMAL": (7, 0.4), "FARMING": (5, 0.5), "POWER": (7, 0.4), "GREEN": (6, 0.4),
}  # fmt: skip


def weigh_day(day: date) -> float:
    """Tell how much a day brings, of a usual one."""
    month, swing = YEAR
    turn = (day.timetuple().tm_yday / 365.25 - (month - 0.5) / 12) * 2 * math.pi
    return WEEKDAYS[day.weekday()] * (1 + swing * math.cos(turn))


def weigh_matter(matter: Wording, month: int) -> float:
    """Tell how much of a matter a month brings, of what the mean month does."""
    found = SEASONS.get(matter.code) or SEASONS.get(matter.family)
    if found is None:
        return 1.0
    peak, strength = found
    return max(0.0, 1 + strength * math.cos((month - peak) / 12 * 2 * math.pi)) ** 2


def draw_time(chance: random.Random) -> time:
    """Draw when in a day somebody says something, to the minute."""
    return time(chance.choices(range(24), HOURS)[0], chance.randrange(60))


def draw_instants(
    count: int, *, since: datetime, until: datetime, zone: str, chance: random.Random
) -> list[datetime]:
    """Draw instants between two (UTC) by the county's rhythm, in order."""
    here = ZoneInfo(zone)
    days = list(days_between(since.astimezone(here).date(), until.astimezone(here).date()))
    weights = [weigh_day(day) for day in days]
    found: list[datetime] = []
    while len(found) < count:
        day = chance.choices(days, weights)[0]
        at = datetime.combine(day, draw_time(chance), here) + timedelta(
            seconds=chance.randrange(60)
        )
        if since < at < until:
            found.append(at.astimezone(since.tzinfo))
    return sorted(found)


def days_between(first: date, last: date) -> Iterator[date]:
    """Give all days from one to another, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def draw_count(mean: float, chance: random.Random) -> int:
    """Draw a count around a mean (Knuth's way; for large means the normal curve is close enough)."""
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def rank_weights(number: int, chance: random.Random) -> Sequence[float]:
    """Weights of things of which a few are frequent and many are rare, in an order of chance."""
    weights = [1 / (rank + 12) for rank in range(number)]
    chance.shuffle(weights)
    return weights

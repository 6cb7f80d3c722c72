"""Figures of the demo county and its five neighbours, so that the two reports have somebody to compare with.

All of it is synthetic, drawn with a seed, and handed in as returns whose reason says so. The neighbours are counted
elsewhere (each county is an instance of its own), so their safety figures come by return, too: about as many events as the
demo's own cases have in that month, wavering as counts do.
"""

from __future__ import annotations

import csv
import io
import math
import random
from datetime import datetime, timedelta

from anlan.cases.rules import local_date
from anlan.demo.rhythm import draw_count
from anlan.indicators import actions
from anlan.indicators.queries import get_register, read_cube
from anlan.indicators.rules import months
from anlan.indicators.rules.peers import Part
from anlan.indicators.rules.register import Indicator, Kind, Side
from anlan.kernel.actor import SYSTEM
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo

REASON = "SYNTHETIC: made up for the demo"
MONTHS = 14
SEED = 330681
FEWER_FIRES = 0.5
"""The neighbours have fewer fire hazards, so that the demo has something to decide."""
CLOSED_OF = "LATE"
"""The indicator whose denominator is all that was closed."""
SAID = {"SATISFIED": (0.93, 0.35), "REOPENED": (0.025, 1.0)}
"""What the old system's file does not hold, ratings and reopenings: the share, and of how much of what was closed."""
COUNTY_POPULATION, TOWN_POPULATION = (620_000, 1_240_000), (18_000, 90_000)
BASES = {  # a county of a million, a month
    "GDP": 310.0, "INDUSTRY_OUTPUT": 48.0, "RETAIL_SALES": 41.0, "EXPORTS": 36.0, "BUDGET_REVENUE": 8.2,
    "INDUSTRY_POWER": 46_000.0, "NEW_ENTERPRISES": 1_150.0, "CLOSED_ENTERPRISES": 420.0, "NEW_JOBS": 1_900.0,
}  # fmt: skip


def fill(*, county: str, at: datetime) -> None:
    """Count the months that cases cover, and give and confirm returns for the county and its peers."""
    gazetteer = get_gazetteer()
    own = gazetteer.place_by_code(county)
    peers = gazetteer.children(own.parent_id) if own.parent_id is not None else (own,)
    today = local_date(at, gazetteer.time_zone(own.id))
    chance = random.Random(SEED)  # noqa: S311 – the same demo for the same seed is meant
    run = months.run_of(months.newest_over(today), MONTHS)
    people = {place.code: round(chance.uniform(*COUNTY_POPULATION), -3) for place in peers}
    people |= {
        town.code: round(chance.uniform(*TOWN_POPULATION), -2)
        for town in gazetteer.children(own.id)
    }
    hand_in([[code, "POPULATION", run[0], number, "", ""] for code, number in people.items()], at)
    for month in run:
        actions.count_month(jurisdiction=own.jurisdiction, month=month)
    register = get_register(own.jurisdiction)
    cube = read_cube(indicators=register.indicators, place_ids=[own.id], wanted=run)
    for number, month in enumerate(run):
        closed = cube.find(register.get(CLOSED_OF), own.id, month)
        rows: list[list[object]] = []
        for indicator in register.indicators:
            if indicator.side is Side.BASE or not indicator.is_due_in(month):
                continue
            model = cube.find(indicator, own.id, month)
            for place in peers:
                size = people[place.code]
                if indicator.code in SAID:
                    times = size / people[county] * (closed.denominator or 0.0 if closed else 0.0)
                    rows.append(draw_said(indicator, place, month, times, chance))
                elif not indicator.formula.is_spine:
                    stated = _stated(indicator, size, number, month, chance)
                    rows.append([place.code, indicator.code, month, stated, "", ""])
                elif place.code != county:  # its own are counted from its cases
                    rows.append(
                        draw_counted(indicator, place, month, size, people[county], model, chance)
                    )
        hand_in(rows, at - timedelta(days=2))


def hand_in(rows: list[list[object]], at: datetime) -> None:
    """Give made-up figures as a return and confirm it."""
    out = io.StringIO()
    csv.writer(out).writerows(
        [["place", "indicator", "month", "value", "numerator", "denominator"], *rows]
    )
    given = actions.give_return(actor=SYSTEM, data=out.getvalue().encode(), reason=REASON, at=at)
    actions.move_return(actor=SYSTEM, return_id=given.id, move="confirm", at=at)


def _stated(
    indicator: Indicator, size: float, number: int, month: str, chance: random.Random
) -> str:
    if indicator.code not in BASES:
        return f"{chance.gauss(5.5, 3.0):.1f}"
    season = 1 + 0.08 * math.sin((int(month[5:]) - 3) / 12 * 2 * math.pi)
    growth = 1 + 0.004 * number
    value = BASES[indicator.code] * size / 1e6 * season * growth * chance.uniform(0.94, 1.06)
    return f"{value:.{indicator.decimals}f}"


def draw_counted(
    indicator: Indicator, place: PlaceInfo, month: str, size: float, own_size: float, model: Part | None,
    chance: random.Random,
) -> list[object]:  # fmt: skip
    """Draw a count around the demo's own, in proportion to inhabitants; shares and times around its own, too."""
    above = (model.numerator if model else None) or 0.0
    usual = max(above, 0.8) * size / own_size
    if indicator.code == "FIRE_HAZARDS":
        usual *= FEWER_FIRES
    if indicator.formula.kind is Kind.COUNT:
        return [place.code, indicator.code, month, "", draw_count(usual, chance), size]
    below = draw_count(
        max(((model.denominator if model else None) or 0.0), 12) * size / own_size, chance
    )
    if indicator.formula.kind is Kind.MEAN:
        minutes = above / model.denominator if model and model.denominator else 3600.0
        total = round(below * minutes * chance.uniform(0.8, 1.2))
        return [place.code, indicator.code, month, "", total, below]
    share = (above + 1) / (((model.denominator if model else None) or 0.0) + 2)
    share = min(share * chance.uniform(0.8, 1.25), 1.0)
    return [place.code, indicator.code, month, "", _draw_share(below, share, chance), below]


def draw_said(
    indicator: Indicator, place: PlaceInfo, month: str, closed: float, chance: random.Random
) -> list[object]:
    """Draw a share that no import brings, of about as many matters as were closed."""
    share, of = SAID[indicator.code]
    below = draw_count(max(closed * of, 4), chance)
    share = min(share * chance.uniform(0.97, 1.03), 1.0)
    return [place.code, indicator.code, month, "", _draw_share(below, share, chance), below]


def _draw_share(number: int, share: float, chance: random.Random) -> int:
    return sum(chance.random() < share for _ in range(number))

"""Figures of the demo county and its five neighbours, so that the two reports have somebody to compare with.

All of it is synthetic, drawn with a seed, and handed in as returns whose reason says so. The neighbours are counted
elsewhere (each county is an instance of its own), so their safety figures come by return, too: about as many events as the
demo's own month has, wavering as counts do.
"""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from anlan.cases.rules import local_date
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
FEWER_FIRES = 0.15
"""The neighbours have fewer fire hazards, so that the demo has something to decide."""
COUNTY_POPULATION, TOWN_POPULATION = (620_000, 1_240_000), (18_000, 90_000)
BASES = {  # a county of a million, a month
    "GDP": 310.0, "INDUSTRY_OUTPUT": 48.0, "RETAIL_SALES": 41.0, "EXPORTS": 36.0, "BUDGET_REVENUE": 8.2,
    "INDUSTRY_POWER": 46_000.0, "NEW_ENTERPRISES": 1_150.0, "CLOSED_ENTERPRISES": 420.0, "NEW_JOBS": 1_900.0,
}  # fmt: skip


def fill(*, county: str, at: datetime) -> None:
    """Give and confirm returns for the county and its peers, and count the months that cases cover."""
    gazetteer = get_gazetteer()
    own = gazetteer.place_by_code(county)
    peers = gazetteer.children(own.parent_id) if own.parent_id is not None else (own,)
    today = local_date(at, gazetteer.time_zone(own.id))
    newest = months.newest_over(today)
    chance = random.Random(SEED)  # noqa: S311 – the same demo for the same seed is meant
    run = months.run_of(newest, MONTHS)
    people = {place.code: round(chance.uniform(*COUNTY_POPULATION), -3) for place in peers}
    people |= {
        town.code: round(chance.uniform(*TOWN_POPULATION), -2)
        for town in gazetteer.children(own.id)
    }
    hand_in([[code, "POPULATION", run[0], number, "", ""] for code, number in people.items()], at)
    actions.count_month(jurisdiction=own.jurisdiction, month=newest)
    register = get_register(own.jurisdiction)
    cube = read_cube(indicators=register.indicators, place_ids=[own.id], wanted=[newest])
    for number, month in enumerate(run):
        rows: list[list[object]] = []
        for indicator in register.indicators:
            if indicator.side is Side.BASE or not indicator.is_due_in(month):
                continue
            model = cube.find(indicator, own.id, newest)
            for place in peers:
                is_own = place.code == county
                if is_own and month == newest and indicator.formula.is_spine:
                    continue  # counted from the demo's own cases
                size = people[place.code]
                if indicator.formula.is_spine:
                    rows += draw_counted(
                        indicator, place, month, size, people[county], model, chance
                    )
                else:
                    rows.append(
                        [
                            place.code,
                            indicator.code,
                            month,
                            _stated(indicator, size, number, month, chance),
                            "",
                            "",
                        ]
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
) -> Iterator[list[object]]:  # fmt: skip
    """Draw a count around the demo's own, in proportion to inhabitants; shares and times around its own, too."""
    above = (model.numerator if model else None) or 0.0
    usual = max(above, 0.8) * size / own_size
    if indicator.code == "FIRE_HAZARDS":
        usual *= FEWER_FIRES
    if indicator.formula.kind is Kind.COUNT:
        yield [place.code, indicator.code, month, "", _poisson(usual, chance), size]
        return
    below = _poisson(
        max(((model.denominator if model else None) or 0.0), 12) * size / own_size, chance
    )
    if indicator.formula.kind is Kind.MEAN:
        hours = above / model.denominator if model and model.denominator else 60.0
        yield [
            place.code,
            indicator.code,
            month,
            "",
            round(below * hours * chance.uniform(0.8, 1.2)),
            below,
        ]
        return
    share = (above + 1) / (((model.denominator if model else None) or 0.0) + 2)
    yield [
        place.code,
        indicator.code,
        month,
        "",
        sum(chance.random() < share for _ in range(below)),
        below,
    ]


def _poisson(mean: float, chance: random.Random) -> int:
    """Draw a count (Knuth's way; means here are small)."""
    limit, product, count = math.exp(-min(mean, 500)), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count

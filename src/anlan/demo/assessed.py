"""Assessments of the demo: cards of the counties for last year, of the towns for two months, an objection that waits.

All of it is synthetic: what the reporters of the towns said is drawn with a seed and handed in as returns whose reason says so; results of
earlier years are made up and their source says so.
"""

from __future__ import annotations

import random
from datetime import datetime

from anlan.assessment import actions
from anlan.assessment.queries import find_group, list_current
from anlan.cases.rules import local_date
from anlan.demo import figures
from anlan.indicators.queries import get_register, read_cube
from anlan.indicators.rules import months
from anlan.kernel.actor import SYSTEM, Actor
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer

SOURCE = "SYNTHETIC: made up for the demo"
SEED = 330682
YEARS = range(2014, 2030)
COUNTIES, TOWNS = "COUNTY_YEAR", "TOWN_MONTH"
OBJECTED = "LATE"
OWN_RUN = 5
"""Years that the demo county passed in a row before last year: with it, a bronze tripod."""


def fill(*, county: str, town: str, desk: Actor, at: datetime) -> None:
    """Hand in the towns' figures, publish cards, and let one town object."""
    gazetteer = get_gazetteer()
    own, home = gazetteer.place_by_code(county), gazetteer.place_by_code(town)
    newest = months.newest_over(local_date(at, gazetteer.time_zone(own.id)))
    chance = random.Random(SEED)  # noqa: S311 – the same demo for the same seed is meant
    for month in (months.months_before(newest, 1), newest):
        _hand_in_towns(own.id, month, chance, at)
    while ledger.sequence(at=at):
        pass
    last_year = int(newest[:4]) - 1 if not newest.endswith("-12") else int(newest[:4])
    parent = gazetteer.place(own.parent_id) if own.parent_id is not None else own
    for place in gazetteer.children(parent.id):
        run = OWN_RUN if place.code == county else chance.choice([1, 2, 4, 8, 11])
        years = {
            year: year >= last_year - run for year in YEARS if last_year - 13 < year < last_year
        }
        actions.record_results(
            actor=SYSTEM, scheme=COUNTIES, place_code=place.code, years=years, source=SOURCE, at=at
        )
    actions.publish_cards(
        actor=SYSTEM, scheme=COUNTIES, place_code=parent.code, period=str(last_year), at=at
    )
    month = months.months_before(newest, 1)
    actions.publish_cards(actor=SYSTEM, scheme=TOWNS, place_code=county, period=month, at=at)
    group = find_group(actor=SYSTEM, code=TOWNS, place_code=town, period=month)
    card = next(
        one
        for one in list_current(places=group.places, scheme=TOWNS, period=month)
        if one.place_id == home.id
    )
    actions.file_objection(
        actor=desk, card_id=card.id, indicator=OBJECTED, text="其中多件已按规定办理延期,应按延期后的时限计算(演示数据)", at=at
    )  # fmt: skip


def _hand_in_towns(county: int, month: str, chance: random.Random, at: datetime) -> None:
    """Hand in what reporters of all towns said; everything else is counted from their cases."""
    gazetteer = get_gazetteer()
    towns = gazetteer.children(county)
    register = get_register(gazetteer.place(county).jurisdiction)
    of = register.get(figures.CLOSED_OF)
    cube = read_cube(indicators=[of], place_ids=[one.id for one in towns], wanted=[month])
    figures.hand_in(
        [
            figures.draw_said(
                register.get(code), one, month,
                (part.denominator or 0.0) if (part := cube.find(of, one.id, month)) else 0.0, chance,
            )
            for code in figures.SAID
            for one in towns
        ],
        at,
    )  # fmt: skip

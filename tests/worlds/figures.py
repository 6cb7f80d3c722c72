"""Daily figures, denominators and returns of the small world, synthetic."""

from __future__ import annotations

from datetime import date
from typing import Any

from anlan.cases.queries import get_catalogue
from anlan.indicators.actions import give_return, move_return
from anlan.indicators.models import Return
from anlan.kernel.actor import SYSTEM
from anlan.places.queries import get_gazetteer
from anlan.rollup.models import Daily
from tests.make import COUNTY, GRID, NOW, OTHER_TOWN, TOWN

MONTH = "2026-02"
"""The newest month that is over at NOW."""


def fill_day(
    place: str = GRID, matter: str = "STREET_LAMP", day: date = date(2026, 2, 11), **counts: int
) -> None:
    matter_id = next(m.id for m in get_catalogue().matters.values() if m.code == matter)
    place_id = get_gazetteer().place_by_code(place).id
    Daily.objects.create(place_id=place_id, matter_id=matter_id, date=day, **counts)


def csv_of(*rows: tuple[Any, ...], header: str = "place,indicator,month,value,numerator,denominator,note") -> bytes:  # fmt: skip
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]).encode()


def returned(*rows: tuple[Any, ...], reason: str = "") -> Return:
    """Give a return and confirm it, as the installation."""
    given = give_return(actor=SYSTEM, data=csv_of(*rows), reason=reason, at=NOW)
    return move_return(actor=SYSTEM, return_id=given.id, move="confirm", at=NOW)


def people(month: str = "2026-01") -> None:
    """Give every reported place its inhabitants."""
    returned(
        (COUNTY, "POPULATION", month, 50000), (TOWN, "POPULATION", month, 30000), (OTHER_TOWN, "POPULATION", month, 20000),
    )  # fmt: skip

"""Values of a month, and the cube of months × places that a report is made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from anlan.indicators.models import Value
from anlan.indicators.queries.register import get_register
from anlan.indicators.rules import months
from anlan.indicators.rules.peers import Part
from anlan.indicators.rules.register import Indicator
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.rollup.rules import LEVELS_BELOW


@dataclass(frozen=True, slots=True)
class Cube:
    """Values by (indicator id, place id, month)."""

    months: Sequence[str]
    parts: Mapping[tuple[int, int, str], Part]

    def find(self, indicator: Indicator, place_id: int, month: str) -> Part | None:
        """Find a value with what it was divided from; None where nothing is known."""
        return self.parts.get((indicator.id, place_id, month))


def list_reported_levels(jurisdiction: str) -> list[str]:
    """List the levels that have reports, from the top."""
    levels = get_gazetteer().jurisdictions[jurisdiction].levels
    return [level.code for level in levels][:-LEVELS_BELOW]


def read_cube(
    *, indicators: Collection[Indicator], place_ids: Collection[int], wanted: Sequence[str]
) -> Cube:
    """Read all values of some indicators, places and months in one statement."""
    names = {months.first_of(month): month for month in wanted}
    rows = Value.objects.filter(
        indicator_id__in=[one.id for one in indicators], place_id__in=list(place_ids), month_date__in=list(names),
    ).values_list("indicator_id", "place_id", "month_date", "value", "numerator", "denominator", "is_returned")  # fmt: skip
    return Cube(
        tuple(wanted),
        {(row[0], row[1], names[row[2]]): Part(*row[3:]) for row in rows.iterator(chunk_size=20_000)},
    )  # fmt: skip


def list_values(
    *, place_code: str, month: str, below: bool = False
) -> list[tuple[PlaceInfo, Indicator, Part]]:
    """List the values of a place (and of those just below it) for a month. Raises PlaceUnknown, MonthMalformed."""
    gazetteer = get_gazetteer()
    place = gazetteer.place_by_code(place_code)
    places = [place, *(gazetteer.children(place.id) if below else ())]
    register = get_register(place.jurisdiction)
    cube = read_cube(
        indicators=register.indicators, place_ids=[one.id for one in places], wanted=[month]
    )
    return [
        (one, indicator, part)
        for one in places
        for indicator in register.indicators
        if (part := cube.find(indicator, one.id, month)) is not None
    ]

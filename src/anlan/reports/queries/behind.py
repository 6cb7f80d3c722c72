"""What is behind a figure: its months, its peers, the places and matters it is made of, and what is still open."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from anlan.cases.models import Case
from anlan.cases.queries import get_catalogue
from anlan.cases.rules import MatterInfo
from anlan.indicators.queries import get_register, read_cube
from anlan.indicators.rules.peers import Part
from anlan.indicators.rules.register import Indicator
from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.reports.queries.building import matters_of
from anlan.reports.rules.content import Line, as_of
from anlan.reports.rules.signing import ReportUnknown
from anlan.rollup.queries import list_month

OPEN_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Behind:
    """A figure followed down. matters: cases opened, by matter; below: the places just below it; open: cases open now, the latest due first."""

    indicator: Indicator
    matters: list[tuple[MatterInfo, int]]
    below: list[tuple[PlaceInfo, Part]]
    open: list[Case]


def read_behind(*, actor: Actor, place: PlaceInfo, line: Line, month: str, at: datetime) -> Behind:
    """Follow a figure of a report down to what it counts. Raises ReportUnknown for an indicator no longer in the register."""
    gazetteer = get_gazetteer()
    indicator = next(
        (one for one in get_register(place.jurisdiction).indicators if one.code == line.code), None
    )
    if indicator is None:
        raise ReportUnknown()
    ids = matters_of(jurisdiction=place.jurisdiction, code=line.code)
    catalogue = get_catalogue().matters
    counts: dict[str, int] = defaultdict(int)
    if ids:
        for row in list_month(place_code=place.code, month=month):
            counts[row.matter_code] += row.opened
    wanted = sorted((catalogue[one] for one in ids), key=lambda m: (-counts[m.code], m.id))
    children = gazetteer.children(place.id)
    cube = read_cube(
        indicators=[indicator],
        place_ids=[one.id for one in children],
        wanted=[as_of(indicator, month)],
    )
    below = [
        (one, part) for one in children if (part := cube.find(indicator, one.id, cube.months[0]))
    ]
    open_cases = Case.objects.visible_to(actor).filter(
        place_path__gte=place.path, place_path__lt=place.path + "0", matter_id__in=ids, merged_into__isnull=True,
    )  # fmt: skip
    return Behind(
        indicator, [(m, counts[m.code]) for m in wanted if counts[m.code]],
        sorted(below, key=lambda pair: -(pair[1].value or 0)),
        list(open_cases.open().order_by("due_at", "id")[:OPEN_SHOWN]) if ids else [],
    )  # fmt: skip

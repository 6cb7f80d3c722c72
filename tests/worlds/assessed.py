"""An assessed month of the small world, synthetic: one town with few late cases, one with many."""

from __future__ import annotations

from datetime import date

from anlan.assessment.actions import publish_cards
from anlan.assessment.models import Card
from anlan.indicators.actions import count_month
from anlan.kernel.actor import SYSTEM
from tests.make import COUNTY, JURISDICTION, NOW, OTHER_GRID, TOWN
from tests.worlds.figures import MONTH, fill_day, people


def fill_month() -> None:
    """Lamps and handling of two towns in the newest month."""
    people()
    fill_day(
        day=date(2026, 2, 5),
        opened=30,
        closed=20,
        closed_late=8,
        close_minutes=900,
        satisfied=9,
        unsatisfied=1,
    )
    fill_day(
        OTHER_GRID,
        day=date(2026, 2, 6),
        opened=5,
        closed=20,
        closed_late=1,
        close_minutes=700,
        satisfied=6,
        unsatisfied=1,
    )
    count_month(jurisdiction=JURISDICTION, month=MONTH)


def published() -> Card:
    """Publish the month as the installation; give the first town's card."""
    fill_month()
    publish_cards(actor=SYSTEM, scheme="MONTHLY", place_code=COUNTY, period=MONTH, at=NOW)
    return Card.objects.get(place__code=TOWN, is_current=True)

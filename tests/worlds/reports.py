"""Reports of the small world, synthetic: a year of figures, and a report drafted, handed in, signed."""

from __future__ import annotations

from datetime import date

from anlan.indicators.actions import count_month
from anlan.indicators.rules import months
from anlan.reports.actions import draft_report, move_report
from anlan.reports.models import Report
from tests.make import COUNTY, JURISDICTION, NOW, OTHER_GRID, OTHER_TOWN, TOWN, World
from tests.worlds.figures import MONTH, fill_day, people, returned


def fill_year() -> None:
    """Fourteen months: few lamps out, but many in the newest; outputs that grow in one town and fall in the other."""
    run = months.run_of(MONTH, 14)
    people(run[0])
    for number, month in enumerate(run):
        year, at = int(month[:4]), int(month[5:])
        fill_day(
            day=date(year, at, 5),
            opened=60 if month == MONTH else 6,
            closed=10,
            closed_late=1,
            close_minutes=900,
            satisfied=8,
            unsatisfied=1,
        )
        fill_day(
            OTHER_GRID,
            day=date(year, at, 6),
            opened=5,
            closed=8,
            closed_late=1,
            close_minutes=700,
            satisfied=6,
            unsatisfied=1,
        )
        returned(
            (TOWN, "OUTPUT", month, 100 + number), (OTHER_TOWN, "OUTPUT", month, 80 - number), (COUNTY, "OUTPUT", month, 180),
            (TOWN, "INVESTMENT", month, 5.5), (OTHER_TOWN, "INVESTMENT", month, 4),
        )  # fmt: skip
        count_month(jurisdiction=JURISDICTION, month=month)


def signed_report(world: World, place: str = TOWN) -> Report:
    """Draft, hand in and sign a report."""
    report = draft_report(actor=world.actor("centre"), place_code=place, month=MONTH, at=NOW)
    move_report(actor=world.actor("centre"), report_id=report.id, move="submit", at=NOW)
    return move_report(actor=world.actor("leader"), report_id=report.id, move="sign", at=NOW)

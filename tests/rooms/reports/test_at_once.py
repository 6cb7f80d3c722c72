"""Several at the same moment: one cell is returned once, one month drafted once, and whoever was slower is told so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

from django.db import IntegrityError, connections

from anlan.indicators.actions import give_return
from anlan.indicators.models import Return
from anlan.indicators.rules.returns import CellReturnedBefore
from anlan.kernel.errors import find_race
from anlan.reports.actions import draft_report
from anlan.reports.models import Report
from anlan.reports.rules.signing import Kind
from tests.make import NOW, TOWN, World
from tests.worlds.figures import MONTH, csv_of, fill_day

AT_ONCE = 4


def together(act: Callable[[], object]) -> list[Exception]:
    """Do something in several threads at the same moment; give what they were refused with."""
    start = Barrier(AT_ONCE)

    def once(_: int) -> Exception | None:
        try:
            start.wait(20)
            act()
        except (CellReturnedBefore, IntegrityError) as refused:
            return refused
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one for one in pool.map(once, range(AT_ONCE)) if one is not None]


def test_of_several_who_are_at_it_at_once_one_is_taken(lasting_world: World) -> None:
    builder, centre = lasting_world.actor("builder"), lasting_world.actor("centre")
    data = csv_of((TOWN, "OUTPUT", MONTH, 12.5))
    refused = together(lambda: give_return(actor=builder, data=data, at=NOW))
    assert [type(one) for one in refused] == [CellReturnedBefore] * (AT_ONCE - 1)
    assert Return.objects.count() == 1

    fill_day(day=date(2026, 2, 10), opened=12)
    slower = together(
        lambda: draft_report(actor=centre, place_code=TOWN, month=MONTH, kind=Kind.PAPER, at=NOW)
    )
    assert all(find_race(one) for one in slower)
    assert Report.objects.count() == 1

"""Values counted from the daily figures: every place at once, exactly, and never over what a department said."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.indicators.actions import count_month, count_months, record_succession
from anlan.indicators.models import Value
from anlan.indicators.queries import get_register, list_values
from anlan.indicators.rules.returns import SuccessionBroken
from anlan.kernel.actor import SYSTEM
from anlan.places.models import Jurisdiction, Place, Unit, new_version
from anlan.places.queries import forget_gazetteer, get_gazetteer
from anlan.rollup.actions import fold_deltas
from anlan.rollup.rules import MonthMalformed
from tests.make import COUNTY, GRID, JURISDICTION, NOW, OTHER_GRID, OTHER_TOWN, TOWN, World
from tests.worlds.figures import MONTH, fill_day, people, returned

pytestmark = pytest.mark.django_db


def value(place: str, indicator: str, month: str = MONTH) -> float | None:
    for _, one, part in list_values(place_code=place, month=month):
        if one.code == indicator:
            return part.value
    raise AssertionError(f"{indicator} has no row at {place}")


def test_a_month_is_counted_for_every_place_with_all_below_it(world: World) -> None:
    people()
    fill_day(opened=3, closed=4, closed_late=1, close_minutes=600, satisfied=3, unsatisfied=1)
    fill_day(OTHER_GRID, opened=2)
    fill_day(matter="GARBAGE", opened=9, closed=1)
    fill_day(day=date(2026, 1, 31), opened=7)
    fill_day(day=date(2026, 3, 1), opened=7)
    assert count_month(jurisdiction=JURISDICTION, month=MONTH) == 3 * 5
    assert value(COUNTY, "LAMPS") == pytest.approx(5 / 50000 * 10000)
    assert value(TOWN, "LAMPS") == pytest.approx(3 / 30000 * 10000)
    assert value(OTHER_TOWN, "LAMPS") == pytest.approx(2 / 20000 * 10000)
    assert value(TOWN, "LATE") == pytest.approx(20.0)
    assert value(TOWN, "CLOSE_HOURS") == pytest.approx(2.0)
    assert value(TOWN, "SATISFIED") == pytest.approx(75.0)
    assert value(TOWN, "DISPUTES") == 0
    # Nothing was closed there: a share of nothing cannot be told, and is not nought.
    assert value(OTHER_TOWN, "LATE") is None


def test_counting_again_writes_nothing_and_late_figures_change_what_they_touch(
    world: World,
) -> None:
    people()
    fill_day(opened=3)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    assert count_month(jurisdiction=JURISDICTION, month=MONTH) == 0
    fill_day(OTHER_GRID, opened=1)
    assert count_month(jurisdiction=JURISDICTION, month=MONTH) == 2  # the other town and the county


def test_values_follow_cases_before_and_after_they_are_folded(world: World) -> None:
    world.take()
    people("2026-02")
    count_month(jurisdiction=JURISDICTION, month="2026-03")
    before = value(TOWN, "LAMPS", "2026-03")
    assert before == pytest.approx(1 / 3)
    assert fold_deltas()
    assert count_month(jurisdiction=JURISDICTION, month="2026-03") == 0


def test_without_a_denominator_there_is_no_value_but_the_count_is_kept(world: World) -> None:
    fill_day(opened=3)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    row = next(
        part for _, one, part in list_values(place_code=TOWN, month=MONTH) if one.code == "LAMPS"
    )
    assert (row.value, row.numerator, row.denominator) == (None, 3, None)


def test_the_newest_denominator_of_before_is_taken_and_none_of_later(world: World) -> None:
    people("2025-11")
    returned((TOWN, "POPULATION", "2026-01", 10000))
    fill_day(opened=3)
    fill_day(day=date(2025, 12, 3), opened=3)
    for month in (MONTH, "2025-12", "2025-10"):
        count_month(jurisdiction=JURISDICTION, month=month)
    assert value(TOWN, "LAMPS") == pytest.approx(3.0)
    assert value(TOWN, "LAMPS", "2025-12") == pytest.approx(1.0)
    assert value(TOWN, "LAMPS", "2025-10") is None


def test_what_a_department_said_is_not_counted_over(world: World) -> None:
    people()
    returned((TOWN, "LAMPS", MONTH, "", 12, 30000))
    fill_day(opened=3)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    assert value(TOWN, "LAMPS") == pytest.approx(4.0)
    assert value(COUNTY, "LAMPS") == pytest.approx(3 / 5)


def test_a_place_without_units_below_it_is_not_counted_here(world: World) -> None:
    Unit.objects.filter(place__path__descendant_of=Place.objects.get(code=OTHER_TOWN).path).delete()
    Jurisdiction.objects.update(version=new_version())
    forget_gazetteer()
    fill_day(opened=3)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    counted = set(Value.objects.values_list("place__code", flat=True))
    assert counted == {TOWN}  # the county is only half here


def test_a_town_that_became_another_leaves_its_history_to_it(world: World) -> None:
    people()
    fill_day(opened=3)
    fill_day(OTHER_GRID, opened=2)
    record_succession(
        actor=SYSTEM, old_code=OTHER_TOWN, heirs=[(TOWN, 1.0)], changed=date(2026, 3, 1), source="made up", at=NOW
    )  # fmt: skip
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    # Its inhabitants, returned under the old code, count with the heir as its cases do.
    assert value(TOWN, "LAMPS") == pytest.approx(5 / 5)
    assert value(COUNTY, "LAMPS") == pytest.approx(1.0)
    assert not list_values(place_code=OTHER_TOWN, month=MONTH)


def third_town() -> str:
    """Another town of the county, with a desk of its own."""
    county = Place.objects.get(code=COUNTY)
    town = Place.objects.create(
        code="330999009", jurisdiction_id=JURISDICTION, parent=county, level="TOWN", depth=county.depth + 1, name="河南镇",
        name_en="Henan Town", path=f"{county.path}.330999009",
    )  # fmt: skip
    Unit.objects.create(place=town, department="DESK", name="河南镇指挥室", name_en="Desk")
    Jurisdiction.objects.update(version=new_version())
    forget_gazetteer()
    return town.code


def test_a_town_divided_mid_year_leaves_shares_and_the_county_keeps_its_sum(world: World) -> None:
    """On 1 March a town is divided; figures of both sides of that day count for its heirs, in every month."""
    third = third_town()
    people("2025-01")
    fill_day(opened=3, closed=8, closed_late=2)
    fill_day(OTHER_GRID, opened=10, closed=4, closed_late=4)
    fill_day(OTHER_GRID, day=date(2026, 3, 5), opened=20)
    months = (MONTH, "2026-03")
    for month in months:
        count_month(jurisdiction=JURISDICTION, month=month)
    before = [numerator(COUNTY, "LAMPS", month) for month in months]
    record_succession(
        actor=SYSTEM, old_code=OTHER_TOWN, heirs=[(TOWN, 0.75), (third, 0.25)], changed=date(2026, 3, 1), source="made up", at=NOW
    )  # fmt: skip
    Value.objects.filter(is_returned=False).delete()
    for month in months:
        count_month(jurisdiction=JURISDICTION, month=month)
    assert [numerator(COUNTY, "LAMPS", month) for month in months] == before == [13, 20]
    assert [numerator(TOWN, "LAMPS", month) for month in months] == [3 + 7.5, 15]
    assert [numerator(third, "LAMPS", month) for month in months] == [2.5, 5]
    assert value(third, "LATE") == pytest.approx(100.0)
    assert value(TOWN, "LATE") == pytest.approx(100 * (2 + 3) / (8 + 3))
    assert not list_values(place_code=OTHER_TOWN, month=MONTH)


def test_a_town_whose_heir_ended_as_well_leaves_its_history_to_the_last(world: World) -> None:
    third = third_town()
    fill_day(opened=3)
    fill_day(OTHER_GRID, opened=10)
    record_succession(actor=SYSTEM, old_code=OTHER_TOWN, heirs=[(TOWN, 1.0)], changed=date(2026, 1, 1), source="", at=NOW)  # fmt: skip
    record_succession(actor=SYSTEM, old_code=TOWN, heirs=[(third, 1.0)], changed=date(2026, 2, 1), source="", at=NOW)  # fmt: skip
    with pytest.raises(SuccessionBroken, match="back to itself"):
        record_succession(actor=SYSTEM, old_code=third, heirs=[(OTHER_TOWN, 1.0)], changed=date(2026, 3, 1), source="", at=NOW)  # fmt: skip
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    assert numerator(third, "LAMPS") == numerator(COUNTY, "LAMPS") == 13
    assert set(Value.objects.values_list("place__code", flat=True)) == {third, COUNTY}


def numerator(place: str, indicator: str, month: str = MONTH) -> float | None:
    for _, one, part in list_values(place_code=place, month=month):
        if one.code == indicator:
            return part.numerator
    raise AssertionError(f"{indicator} has no row at {place}")


@pytest.mark.parametrize(
    ("heirs", "reason"),
    [([("999", 1.0)], "no such place"), ([(OTHER_TOWN, 1.0)], "itself"), ([(TOWN, 0.0)], "share"), ([(TOWN, 1.5)], "share"),
     ([(TOWN, 0.7), (COUNTY, 0.7)], "at most 1"), ([], "at most 1")],
)  # fmt: skip
def test_a_succession_that_cannot_be_is_refused(world: World, heirs: list[tuple[str, float]], reason: str) -> None:  # fmt: skip
    with pytest.raises(SuccessionBroken, match=reason):
        record_succession(actor=SYSTEM, old_code=OTHER_TOWN, heirs=heirs, changed=date(2026, 3, 1), source="", at=NOW)  # fmt: skip


def test_the_nightly_count_goes_a_year_back_and_a_month_is_one_statement(world: World) -> None:
    people("2025-01")
    fill_day(opened=1, day=date(2025, 2, 2))
    fill_day(opened=1, day=date(2025, 1, 2))
    assert count_months(at=NOW) == 13 * 15
    months = sorted(
        set(Value.objects.filter(is_returned=False).values_list("month_date", flat=True))
    )
    assert (months[0], months[-1], len(months)) == (date(2025, 2, 1), date(2026, 2, 1), 13)
    assert all(before < after for before, after in pairwise(months))
    with CaptureQueriesContext(connection) as caught:
        count_month(jurisdiction=JURISDICTION, month=MONTH)
    assert len([query for query in caught if "indicators_value" in query["sql"]]) == 1


def test_a_malformed_month_is_told(world: World) -> None:
    with pytest.raises(MonthMalformed):
        count_month(jurisdiction=JURISDICTION, month="2026-13")


def test_the_register_is_read_with_source_and_confidence(world: World) -> None:
    register = get_register(JURISDICTION)
    assert [one.code for one in register.indicators][:3] == ["POPULATION", "OUTPUT", "INVESTMENT"]
    assert all(one.source and 0 <= one.confidence <= 1 for one in register.indicators)
    assert get_gazetteer().place_by_code(GRID).jurisdiction == JURISDICTION

"""Returns under a code that ended: merged, divided, ended again, corrected, and what cannot be added."""

from __future__ import annotations

from datetime import date

import pytest

from anlan.indicators import queries
from anlan.indicators.actions import give_return, move_return, record_succession
from anlan.indicators.models import Value
from anlan.indicators.rules.returns import ReturnRefused, SuccessionBroken
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from tests.make import COUNTY, JURISDICTION, NOW, OTHER_TOWN, TOWN, World
from tests.worlds.figures import MONTH, csv_of, returned

pytestmark = pytest.mark.django_db
JANUARY = "2026-01"


def succeed(*heirs: tuple[str, float], old: str = OTHER_TOWN, changed: date = date(2026, 2, 15)) -> tuple[int, int]:  # fmt: skip
    return record_succession(actor=SYSTEM, old_code=old, heirs=list(heirs), changed=changed, source="省政府批复", at=NOW)  # fmt: skip


def value(place: str, code: str = "OUTPUT", month: str = MONTH) -> float | None:
    found = Value.objects.filter(
        place__code=place, indicator__code=code, month_date=f"{month}-01"
    ).first()
    return found.value if found else None


def test_merged_what_was_returned_before_goes_on_and_stays_noted(world: World) -> None:
    returned((TOWN, "OUTPUT", MONTH, 100), (OTHER_TOWN, "OUTPUT", MONTH, 40))
    returned((OTHER_TOWN, "OUTPUT", JANUARY, 30))
    assert succeed((TOWN, 1.0)) == (2, 0)
    assert (value(TOWN), value(TOWN, month=JANUARY)) == (140, 30)
    assert (value(OTHER_TOWN), value(OTHER_TOWN, month=JANUARY)) == (40, 30)  # history stays
    row = Value.objects.get(place__code=TOWN, month_date="2026-02-01", indicator__code="OUTPUT")
    assert row.inherited == {"own": [100, None, None], "from": {OTHER_TOWN: [40, None, None, 1.0]}}
    assert row.returned_in is not None
    entry = LedgerEntry.objects.get(what="place.succeeded")
    assert '"moved":2' in entry.body
    # Noted again it adds nothing twice; with another share it is counted from what it was.
    assert succeed((TOWN, 1.0)) == (2, 0)
    assert value(TOWN) == 140
    succeed((TOWN, 0.5))
    assert (value(TOWN), value(TOWN, month=JANUARY)) == (120, 15)


def test_divided_each_heir_takes_its_share_and_a_withdrawn_heir_gives_it_back(world: World) -> None:
    returned((COUNTY, "OUTPUT", MONTH, 100), (OTHER_TOWN, "OUTPUT", MONTH, 40))
    assert succeed((TOWN, 0.75), (COUNTY, 0.25)) == (2, 0)
    assert (value(TOWN), value(COUNTY)) == (30, 110)
    succeed((COUNTY, 1.0))
    assert (value(TOWN), value(COUNTY)) == (None, 140)


def test_an_heir_that_ends_as_well_hands_on(world: World) -> None:
    returned((TOWN, "OUTPUT", MONTH, 100), (OTHER_TOWN, "OUTPUT", MONTH, 40), (COUNTY, "OUTPUT", MONTH, 1))  # fmt: skip
    succeed((TOWN, 1.0))
    succeed((COUNTY, 1.0), old=TOWN)
    assert value(COUNTY) == 141
    succeed((TOWN, 0.5))
    assert value(COUNTY) == 121


def test_a_month_after_the_change_is_the_heirs_alone(world: World) -> None:
    returned((TOWN, "OUTPUT", MONTH, 100), (OTHER_TOWN, "OUTPUT", MONTH, 40))
    returned((OTHER_TOWN, "INVESTMENT", MONTH, 7))
    assert succeed((TOWN, 1.0), changed=date(2026, 2, 1)) == (1, 1)
    assert (value(TOWN), value(TOWN, "INVESTMENT")) == (100, 7)
    (ending,) = queries.list_endings(actor=world.actor("desk"))
    assert (ending.moved, ending.left, ending.heir.code) == (1, 1, TOWN)
    assert queries.list_endings(actor=world.actor("resident")) == []


def test_a_percentage_goes_to_a_place_without_one_only(world: World) -> None:
    percent = next(one for one in queries.get_register(JURISDICTION).indicators if one.unit == "%" and not one.formula.is_spine)  # fmt: skip
    low = percent.low + 1
    returned((OTHER_TOWN, percent.code, MONTH, low))
    returned((TOWN, percent.code, JANUARY, low))
    returned((OTHER_TOWN, percent.code, JANUARY, low + 1))
    assert succeed((TOWN, 1.0)) == (1, 1)
    assert (value(TOWN, percent.code), value(TOWN, percent.code, JANUARY)) == (low, low)


def test_a_correction_of_the_heirs_figure_stands_as_it_is(world: World) -> None:
    returned((TOWN, "OUTPUT", MONTH, 100), (OTHER_TOWN, "OUTPUT", MONTH, 40))
    succeed((TOWN, 1.0))
    returned((TOWN, "OUTPUT", MONTH, 150), reason="两镇合并核定")
    assert value(TOWN) == 150
    succeed((TOWN, 1.0))
    assert value(TOWN) == 150


def test_a_return_that_waited_while_the_code_ended_goes_on_when_it_is_confirmed(
    world: World,
) -> None:
    given = give_return(actor=SYSTEM, data=csv_of((OTHER_TOWN, "OUTPUT", MONTH, 40)), at=NOW)
    assert succeed((TOWN, 1.0)) == (0, 0)
    move_return(actor=SYSTEM, return_id=given.id, move="confirm", at=NOW)
    assert value(TOWN) == 40


@pytest.mark.parametrize(
    ("heirs", "old"),
    [([(OTHER_TOWN, 1.0)], OTHER_TOWN), ([("330888", 1.0)], OTHER_TOWN), ([(TOWN, 0.0)], OTHER_TOWN), ([(TOWN, 1.1)], OTHER_TOWN),
     ([(TOWN, 0.7), (COUNTY, 0.7)], OTHER_TOWN), ([], OTHER_TOWN)],
)  # fmt: skip
def test_what_cannot_become_of_a_code_is_refused_and_moves_nothing(
    world: World, heirs: list[tuple[str, float]], old: str
) -> None:
    returned((TOWN, "OUTPUT", MONTH, 100), (OTHER_TOWN, "OUTPUT", MONTH, 40))
    with pytest.raises(SuccessionBroken):
        succeed(*heirs, old=old)
    assert (value(TOWN), value(OTHER_TOWN)) == (100, 40)
    assert not Value.objects.filter(inherited__isnull=False).exists()


def test_a_file_under_the_old_code_is_the_heirs_before_the_change_and_refused_after(
    world: World,
) -> None:
    succeed((TOWN, 1.0), changed=date(2026, 2, 1))
    returned((OTHER_TOWN, "OUTPUT", JANUARY, 30))
    assert (value(TOWN, month=JANUARY), value(OTHER_TOWN, month=JANUARY)) == (30, None)
    with pytest.raises(ReturnRefused, match="已并入"):
        give_return(actor=SYSTEM, data=csv_of((OTHER_TOWN, "OUTPUT", MONTH, 40)), at=NOW)

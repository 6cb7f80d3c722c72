"""Returns: given by one, confirmed by another; corrected only with a reason; who is late, and who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.indicators import queries
from anlan.indicators.actions import give_return, move_return, notice_late
from anlan.indicators.models import Return, Value
from anlan.indicators.rules.returns import (
    CellReturnedBefore,
    OwnReturn,
    ReturnChanged,
    ReturnNotYours,
    ReturnRefused,
    ReturnUnknown,
)
from anlan.kernel import scope
from anlan.kernel.procedure import MoveIncomplete, MoveNotYours
from anlan.ledger.models import LedgerEntry
from anlan.places.queries import get_gazetteer
from tests.make import COUNTY, NOW, OTHER_TOWN, TOWN, World
from tests.worlds.figures import MONTH, csv_of, returned

pytestmark = pytest.mark.django_db


def give(world: World, login: str, *rows: tuple[object, ...], reason: str = "") -> Return:
    return give_return(actor=world.actor(login), data=csv_of(*rows), reason=reason, at=NOW)


def held(place: str, indicator: str) -> float | None:
    found = Value.objects.filter(place__code=place, indicator__code=indicator).first()
    return found.value if found else None


def test_figures_count_once_a_second_person_has_confirmed_them(world: World) -> None:
    given = give(world, "builder", (TOWN, "OUTPUT", MONTH, 12.5))
    assert (given.state, given.department, given.due_at) == (
        "GIVEN",
        "CONSTRUCTION",
        NOW + timedelta(days=3),
    )
    assert held(TOWN, "OUTPUT") is None
    with pytest.raises(OwnReturn):
        move_return(actor=world.actor("builder"), return_id=given.id, move="confirm", at=NOW)
    done = move_return(actor=world.actor("centre"), return_id=given.id, move="confirm", at=NOW)
    assert (done.state, done.decided_by, done.due_at) == (
        "CONFIRMED",
        world.person_ids["centre"],
        None,
    )
    assert held(TOWN, "OUTPUT") == 12.5
    told = (
        LedgerEntry.objects.filter(about_id=str(given.id))
        .order_by("id")
        .values_list("what", flat=True)
    )
    assert list(told) == ["return.given", "return.confirm"]
    with pytest.raises(ReturnChanged):
        move_return(actor=world.actor("centre"), return_id=given.id, move="confirm", at=NOW)


def test_what_is_sent_back_never_counts_and_may_be_given_again(world: World) -> None:
    given = give(world, "builder", (TOWN, "OUTPUT", MONTH, 12.5))
    with pytest.raises(MoveIncomplete):
        move_return(actor=world.actor("centre"), return_id=given.id, move="refuse", at=NOW)
    move_return(
        actor=world.actor("centre"), return_id=given.id, move="refuse", note="单位应为亿元", at=NOW
    )
    assert held(TOWN, "OUTPUT") is None
    assert give(world, "builder", (TOWN, "OUTPUT", MONTH, 1.25)).state == "GIVEN"


def test_a_cell_is_returned_once_unless_it_is_corrected_with_a_reason(world: World) -> None:
    first = give(world, "builder", (TOWN, "OUTPUT", MONTH, 12.5))
    with pytest.raises(CellReturnedBefore):
        give(world, "builder", (TOWN, "OUTPUT", MONTH, 13), reason="误填")
    move_return(actor=world.actor("centre"), return_id=first.id, move="confirm", at=NOW)
    with pytest.raises(CellReturnedBefore):
        give(world, "builder", (TOWN, "OUTPUT", MONTH, 13))
    second = give(world, "builder", (TOWN, "OUTPUT", MONTH, 13), reason="单位换算有误")
    assert held(TOWN, "OUTPUT") == 12.5
    move_return(actor=world.actor("leader"), return_id=second.id, move="confirm", at=NOW)
    assert held(TOWN, "OUTPUT") == 13
    first.refresh_from_db()
    assert (first.state, second.reason) == ("REPLACED", "单位换算有误")


def test_nothing_is_taken_of_a_file_with_one_bad_line(world: World) -> None:
    with pytest.raises(ReturnRefused):
        give(world, "centre", (TOWN, "OUTPUT", MONTH, 12.5), (OTHER_TOWN, "OUTPUT", MONTH, "many"))
    assert not Return.objects.exists()
    assert not LedgerEntry.objects.filter(what="return.given").exists()


@pytest.mark.parametrize(
    ("login", "row"),
    [("builder", (OTHER_TOWN, "OUTPUT", MONTH, 1)), ("desk", (OTHER_TOWN, "OUTPUT", MONTH, 1)), ("desk", (COUNTY, "OUTPUT", MONTH, 1)),
     ("grid", (TOWN, "OUTPUT", MONTH, 1)), ("resident", (TOWN, "OUTPUT", MONTH, 1)), ("principal", (TOWN, "OUTPUT", MONTH, 1))],
)  # fmt: skip
def test_nobody_returns_figures_of_others(
    world: World, login: str, row: tuple[object, ...]
) -> None:
    with pytest.raises(ReturnNotYours):
        give(world, login, row)
    assert not Return.objects.exists()


def test_a_department_sees_its_own_returns_and_a_desk_those_of_its_place(world: World) -> None:
    given = give(world, "builder", (TOWN, "OUTPUT", MONTH, 12.5))
    wide = give(world, "centre", (TOWN, "SALES", MONTH, 1), (OTHER_TOWN, "SALES", MONTH, 1))
    assert get_gazetteer().place(wide.place_id).code == COUNTY
    sees = {
        "builder": {given.id}, "desk": {given.id}, "centre": {given.id, wide.id}, "leader": {given.id, wide.id},
        "other_desk": set(), "mediator": set(), "grid": set(), "resident": set(),
    }  # fmt: skip
    for login, wanted in sees.items():
        actor = world.actor(login)
        assert {one.id for one in queries.list_returns(actor=actor)} == wanted, login
        with scope.acting(scope.of(actor)):
            # The second wall is as narrow for all who may handle returns.
            seen = set(Return.objects.values_list("id", flat=True))
        assert seen == wanted, login
    with pytest.raises(ReturnUnknown):
        move_return(actor=world.actor("other_desk"), return_id=given.id, move="confirm", at=NOW)
    with pytest.raises(MoveNotYours):
        move_return(actor=world.actor("desk"), return_id=given.id, move="confirm", at=NOW)


def test_within_an_actors_sight_a_cell_that_others_hold_is_still_refused(world: World) -> None:
    give(world, "centre", (TOWN, "OUTPUT", MONTH, 1), (OTHER_TOWN, "OUTPUT", MONTH, 1))
    actor = world.actor("builder")
    with scope.acting(scope.of(actor)), pytest.raises(CellReturnedBefore):
        give_return(actor=actor, data=csv_of((TOWN, "OUTPUT", MONTH, 2)), at=NOW)


def test_who_is_late_is_told_until_it_is_given(world: World) -> None:
    town = get_gazetteer().place_by_code(TOWN)

    def late() -> list[tuple[str, list[str], bool]]:
        return [
            (one.department, [i.code for i in one.missing], one.is_waiting)
            for one in queries.list_late(place=town, month=MONTH, at=NOW)
        ]

    # On 10 March output (due the 8th) is late, investment (15th) and sales (20th) are not.
    assert late() == [("CONSTRUCTION", ["OUTPUT"], False)]
    given = give(world, "builder", (TOWN, "OUTPUT", MONTH, 12.5))
    assert late() == [("CONSTRUCTION", ["OUTPUT"], True)]
    move_return(actor=world.actor("centre"), return_id=given.id, move="confirm", at=NOW)
    assert late() == []
    assert len(queries.list_late(place=town, month=MONTH, at=NOW, every=True)) == 2


def test_every_seat_of_a_late_department_is_noticed(world: World) -> None:
    assert notice_late(at=NOW) == 3  # the county's office and the two towns'
    returned((TOWN, "OUTPUT", MONTH, 1))
    assert notice_late(at=NOW) == 2

"""Several cases are moved at once: each by its own right, and each tells what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from anlan.cases import actions as case_actions
from anlan.cases import queries as cases
from anlan.cases.rules import Given
from anlan.kernel import clock, codes
from anlan.ledger.models import LedgerEntry

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]


def case_of(world: World, taken: Any) -> Any:
    return cases.access_case(actor=world.actor("desk"), case_id=taken.case_id)


def named(world: World, *taken: Any) -> list[str]:
    return [f"{one.case_id}:{case_of(world, one).seq}" for one in taken]


def accept(world: World, taken: Any) -> None:
    case_actions.move_case(
        actor=world.actor("desk"), case_id=taken.case_id, move="accept", given=Given(),
        at=clock.now(),
    )  # fmt: skip


def test_one_move_for_several_each_with_its_own_result(world: World, browser: Browser) -> None:
    first, second, third = (world.take(f"路灯坏了，第{n}盏") for n in range(3))
    desk = browser("desk")
    page = desk.get("/desk/bulk", {"chosen": named(world, first, second, third)}).content.decode()
    assert "One move for 3 cases" in page
    chosen = named(world, first, second, third)
    accept(world, third)  # by somebody else, meanwhile
    answer = desk.post("/desk/bulk/move", {"chosen": chosen, "move": "accept"})
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "2 done, 1 refused" in " ".join(body.split())
    assert [case_of(world, one).state for one in (first, second, third)] == ["ACCEPTED"] * 3
    told = LedgerEntry.objects.filter(what="case.accept").values_list("about_id", flat=True)
    assert sorted(told) == sorted(str(one.case_id) for one in (first, second, third))


def test_a_reason_is_asked_for_before_anything_is_done(world: World, browser: Browser) -> None:
    first, second = world.take("路灯坏了"), world.take("桥头有垃圾")
    desk, chosen = browser("desk"), named(world, first, second)
    answer = desk.post("/desk/bulk/move", {"chosen": chosen, "move": "decline", "note": " "})
    assert answer.status_code == 422
    assert "This move needs a reason." in answer.content.decode()
    assert case_of(world, first).state == "RECEIVED"
    desk.post("/desk/bulk/move", {"chosen": chosen, "move": "decline", "note": "重复上报"})
    assert [case_of(world, one).state for one in (first, second)] == ["DECLINED"] * 2
    assert {cases.list_steps(case_id=one.case_id)[-1].note for one in (first, second)} == {
        "重复上报"
    }


def test_assigning_is_taken_back_to_the_unit_it_came_from(world: World, browser: Browser) -> None:
    taken = [world.take("路灯坏了"), world.take("桥头有垃圾")]
    before = [case_of(world, one).unit_id for one in taken]
    desk = browser("desk")
    page = desk.get("/desk/bulk", {"chosen": named(world, *taken)}).content.decode()
    units = [int(part.split('"')[0]) for part in page.split('<option value="')[1:]]
    other = next(unit for unit in units if unit not in before)
    answer = desk.post(
        "/desk/bulk/move", {"chosen": named(world, *taken), "move": "assign_down", "unit": other}
    )
    body = answer.content.decode()
    assert "2 done" in body
    assert [case_of(world, one).unit_id for one in taken] == [other, other]
    back = [part.split('"')[0] for part in body.split('name="chosen" value="')[1:]]
    assert len(back) == 2
    desk.post("/desk/bulk/move", {"chosen": back, "move": "assign_down", "note": "派错了"})
    assert [case_of(world, one).unit_id for one in taken] == before


def test_nobody_moves_what_he_does_not_see(world: World, browser: Browser) -> None:
    taken = world.take()
    chosen, code = named(world, taken), codes.show(taken.code)
    stranger = browser("other_desk")
    assert stranger.get("/desk/bulk", {"chosen": chosen}).status_code == 404
    answer = stranger.post("/desk/bulk/move", {"chosen": chosen, "move": "accept"})
    assert answer.status_code == 404
    assert code not in answer.content.decode()
    assert case_of(world, taken).state == "RECEIVED"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"chosen": ["nonsense", "01:02"]}, 422),
        ({"chosen": [f"01a20ea3-dd88-7578-bff2-{n:012d}:1" for n in range(101)]}, 422),
        ({"chosen": ["01a20ea3-dd88-7578-bff2-6c1d6d300b30:x"]}, 422),
        ({"chosen": ["01a20ea3-dd88-7578-bff2-6c1d6d300b30:1"]}, 404),
    ],
)
def test_what_cannot_be_read_changes_nothing(
    world: World, browser: Browser, sent: dict[str, Any], status: int
) -> None:
    answer = browser("desk").post("/desk/bulk/move", {"move": "accept", **sent})
    assert answer.status_code == status


def test_an_unknown_move_is_refused_for_each(world: World, browser: Browser) -> None:
    taken = world.take()
    answer = browser("desk").post(
        "/desk/bulk/move", {"chosen": named(world, taken), "move": "reclassify"}
    )
    assert "1 refused" in answer.content.decode()
    assert case_of(world, taken).seq == 1


def test_pages_of_staff_are_kept_by_no_browser(world: World, browser: Browser) -> None:
    taken, desk = world.take(), browser("desk")
    for address in (
        "/desk/",
        f"/desk/cases/{taken.case_id}",
        "/notices/",
        "/desk/counts",
        "/account/",
    ):
        assert "no-store" in desk.get(address)["Cache-Control"], address
    desk.post("/sign-out")
    assert desk.get("/desk/").status_code == 302
    assert desk.get(f"/desk/cases/{taken.case_id}")["Location"].startswith("/sign-in")

"""A program hands figures in: whole or not at all, every wrong row told; a person confirms them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anlan.indicators.actions import move_return
from anlan.indicators.models import Return, Value
from tests.flows.api.calls import Api
from tests.make import NOW, OTHER_TOWN, TOWN
from tests.worlds.figures import MONTH

if TYPE_CHECKING:
    from tests.make import World

pytestmark = pytest.mark.django_db


def row(**given: object) -> dict[str, object]:
    return {"place": TOWN, "indicator": "OUTPUT", "month": MONTH, "value": 12.5} | given


def test_figures_are_taken_and_count_once_confirmed(world: World) -> None:
    answer = Api(world, "system").post(
        "/returns", {"rows": [row(), row(place=OTHER_TOWN, value="7")]}
    )
    assert answer.status_code == 201
    given = answer.json()
    assert (given["state"], given["figures"], given["month"], given["department"]) == (
        "GIVEN",
        2,
        MONTH,
        "CONSTRUCTION",
    )
    assert not Value.objects.exists()
    move_return(
        actor=world.actor("leader"), return_id=Return.objects.get().id, move="confirm", at=NOW
    )
    assert Value.objects.count() == 2
    assert [one["state"] for one in Api(world, "system").get("/returns").json()] == ["CONFIRMED"]


@pytest.mark.parametrize(
    ("change", "cause"),
    [({"value": "十二"}, "NUMBER_UNREADABLE"), ({"value": -1}, "COUNT_BELOW_ZERO"), ({"value": None}, "NUMBER_UNREADABLE"), ({"month": "2026-03"}, "MONTH_NOT_OVER"),
     ({"indicator": "NOTHING"}, "INDICATOR_UNKNOWN"), ({"place": "9"}, "PLACE_NOT_KNOWN")],
)  # fmt: skip
def test_each_wrong_row_is_told_and_nothing_is_taken(
    world: World, change: dict[str, object], cause: str
) -> None:
    answer = Api(world, "system").post("/returns", {"rows": [row(place=OTHER_TOWN), row(**change)]})
    assert answer.status_code == 422
    assert answer.json()["code"] == "RETURN_REFUSED"
    assert "3" in answer.json()["detail"]
    assert len(answer.json()["data"]["problems"]) == 1, cause
    assert not Return.objects.exists()


def test_the_same_figures_twice_conflict(world: World) -> None:
    system = Api(world, "system")
    assert system.post("/returns", {"rows": [row()]}).status_code == 201
    again = system.post("/returns", {"rows": [row()]})
    assert (again.status_code, again.json()["code"]) == (409, "CELL_RETURNED_BEFORE")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("app", 403),
        ("", 401),
        ("grid", 403),
        ("other_desk", 403),
        ("mediator", 403),
        ("officer", 403),
    ],
)
def test_strangers_hand_nothing_in(world: World, who: str, status: int) -> None:
    assert Api(world, who).post("/returns", {"rows": [row()]}).status_code == status
    assert not Return.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rows": []},
        {"rows": [{}]},
        {"rows": [row(value=[1])]},
        {"rows": "x"},
        {"rows": [row(more=1)]},
    ],
)
def test_odd_bodies_are_refused_in_words(world: World, body: object) -> None:
    answer = Api(world, "system").post("/returns", body)
    assert answer.status_code in (422, 201)
    if answer.status_code == 201:
        assert body == {"rows": [row(more=1)]}

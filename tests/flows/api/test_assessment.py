"""A program of the county reads published cards as they were frozen; elsewhere there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flows.api.calls import Api
from tests.make import COUNTY, OTHER_TOWN, TOWN
from tests.worlds.assessed import published
from tests.worlds.figures import MONTH

if TYPE_CHECKING:
    from tests.make import World

pytestmark = pytest.mark.django_db


def test_published_cards_are_read_as_they_were_frozen(world: World) -> None:
    card = published()
    api = Api(world, "system")
    answer = api.get(f"/assessment/MONTHLY/{TOWN}/{MONTH}")
    assert answer.status_code == 200, answer.content
    (found,) = answer.json()
    assert (found["version"], found["is_current"], found["digest"]) == (1, True, card.digest)
    assert found["content"] == card.content
    assert api.get(f"/assessment/MONTHLY/{TOWN}/2025-01").json() == []
    assert api.get(f"/assessment/MONTHLY/{COUNTY}0/{MONTH}").status_code == 404


def test_elsewhere_and_without_a_readers_seat_there_are_none(world: World) -> None:
    published()
    address = f"/assessment/MONTHLY/{TOWN}/{MONTH}"
    assert Api(world, "other_desk").get(address).status_code == 404
    assert Api(world, "other_desk").get(f"/assessment/MONTHLY/{OTHER_TOWN}/{MONTH}").status_code == 200  # fmt: skip
    assert Api(world, "grid").get(address).status_code == 403
    assert Api(world).get(address).status_code == 401

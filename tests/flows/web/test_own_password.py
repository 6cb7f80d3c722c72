"""People choose their own password, change it, and are led by the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from anlan.kernel.actor import SYSTEM
from anlan.people import actions

if TYPE_CHECKING:
    from tests.make import World

GIVEN, OWN = "ditch-copper-vapour", "雨水沟 铜桥 四月天的伞"


def give(world: World) -> None:
    from tests.make import NOW

    actions.set_password(actor=SYSTEM, person_id=world.person_ids["grid"], password=GIVEN, at=NOW)


def test_a_given_password_leads_to_the_page_where_one_chooses_and_nowhere_else(
    world: World,
) -> None:
    give(world)
    client = Client(headers={"accept-language": "en"})
    answer = client.post("/sign-in", {"login": "grid", "password": GIVEN, "next": "/notices/"})
    assert answer["Location"] == "/sign-in/password?next=%2Fnotices%2F"
    assert "anlan_sign_in" not in client.cookies
    assert client.cookies["anlan_halfway"]["httponly"]
    assert client.get("/field/")["Location"].startswith("/sign-in?")
    assert client.get("/account/")["Location"].startswith("/sign-in?")
    assert client.get("/api/v1/cases").status_code == 401

    page = client.get(answer["Location"])
    assert "opens only this page" in page.text
    refused = client.post(
        "/sign-in/password", {"password": "zhangwei1990", "again": "zhangwei1990"}
    )
    assert refused.status_code == 422
    assert "among the first" in refused.text
    differs = client.post("/sign-in/password", {"password": OWN, "again": OWN + "."})
    assert "The two differ" in differs.text
    assert OWN not in differs.text, "no password comes back in a page"
    done = client.post("/sign-in/password", {"password": OWN, "again": OWN, "next": "/notices/"})
    assert done["Location"] == "/notices/"
    assert client.get("/field/").status_code == 200


@pytest.mark.parametrize("cookie", ["", "nonsense"])
def test_the_first_password_is_not_chosen_out_of_turn(world: World, cookie: str) -> None:
    client = Client()
    client.cookies["anlan_halfway"] = cookie
    for answer in (client.get("/sign-in/password"), client.post("/sign-in/password", {})):
        assert answer["Location"] == "/sign-in"


def test_a_whole_sign_in_is_no_halfway_one(world: World) -> None:
    client = Client()
    client.cookies["anlan_halfway"] = world.token("grid")
    assert client.get("/sign-in/password")["Location"] == "/sign-in"


def test_the_password_is_changed_on_ones_own_page(world: World) -> None:
    from tests.make import PASSWORD

    client = Client(headers={"accept-language": "en"})
    client.post("/sign-in", {"login": "grid", "password": PASSWORD})
    assert "/account/password" in client.get("/account/").text
    form = {"present": "wrong", "password": OWN, "again": OWN}
    wrong = client.post("/account/password", form)
    assert wrong.status_code == 422
    assert "present password is wrong" in wrong.text
    form["present"] = PASSWORD
    assert client.post("/account/password", form)["Location"] == "/account/"
    assert "Your password is changed" in client.get("/account/").text
    fresh = Client().post("/sign-in", {"login": "grid", "password": OWN})
    assert fresh["Location"] == "/field/"

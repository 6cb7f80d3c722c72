"""Second factors, proofs, sign-ins and duties on the pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from anlan.kernel import clock
from anlan.kernel.actor import SYSTEM, Role
from anlan.people import actions
from anlan.people.models import Person, SignIn
from tests.rooms.people.test_factors import code_of as code_at
from tests.rooms.people.worlds import NOW as PEOPLE_NOW

if TYPE_CHECKING:
    from tests.make import World


class Shown:
    """An app that holds the secret which a page showed."""

    def __init__(self, page: str) -> None:
        found = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', page)
        assert found
        self.secret = found[1]


def code_of(shown: Shown, *, minutes: float = 0) -> str:
    from tests.make import NOW

    seconds = (NOW - PEOPLE_NOW).total_seconds() + minutes * 60
    return code_at(shown, seconds=seconds)  # type: ignore[arg-type]


def come(login: str) -> tuple[Client, Any]:
    from tests.make import PASSWORD

    client = Client(headers={"accept-language": "en", "user-agent": "Firefox Linux"})
    return client, client.post("/sign-in", {"login": login, "password": PASSWORD})


def test_a_desk_sets_up_an_app_before_it_sees_anything_and_is_asked_from_then_on(
    world: World,
) -> None:
    from tests.make import NOW

    Person.objects.filter(login="desk").update(is_demo=False)
    client, answer = come("desk")
    assert answer["Location"] == "/sign-in/enrol"
    assert client.get("/desk/")["Location"].startswith("/sign-in?")
    page = client.get("/sign-in/enrol").text
    assert "a password alone does not open it" in page
    app = Shown(page)
    wrong = client.post("/sign-in/enrol", {"code": "000000"})
    assert wrong.status_code == 422
    codes = client.post("/sign-in/enrol", {"code": code_of(app)})
    assert codes.text.count("<li><code>") == 10
    assert 'href="/desk/"' in codes.text
    assert client.get("/desk/").status_code == 200

    with clock.frozen(NOW + timedelta(minutes=2)):
        client, answer = come("desk")
        assert answer["Location"] == "/sign-in/factor"
        assert client.get("/desk/")["Location"].startswith("/sign-in?")
        refused = client.post("/sign-in/factor", {"code": "000000"})
        assert refused.status_code == 401
        assert "was used already" in refused.text
        done = client.post("/sign-in/factor", {"code": code_of(app, minutes=2)})
        assert done["Location"] == "/desk/"
        assert client.get("/desk/").status_code == 200


@pytest.mark.parametrize("address", ["/sign-in/factor", "/sign-in/enrol"])
def test_steps_out_of_turn_lead_back_to_the_beginning(world: World, address: str) -> None:
    client = Client()
    for token in ("", "nonsense", world.token("desk")):
        client.cookies["anlan_halfway"] = token
        assert client.get(address)["Location"] == "/sign-in"
        assert client.post(address, {"code": "123456"})["Location"] == "/sign-in"


def test_what_changes_rules_asks_for_a_fresh_proof_and_comes_back(world: World) -> None:
    from tests.make import NOW, PASSWORD

    client, _ = come("desk")
    assert client.get("/desk/rules/new").status_code == 200
    with clock.frozen(NOW + timedelta(minutes=31)):
        assert client.get("/desk/rules").status_code == 200, "looking is free"
        asked = client.get("/desk/rules/new")
        assert asked["Location"] == "/account/prove?next=%2Fdesk%2Frules%2Fnew"
        sent = client.post("/desk/rules/1/up", headers={"referer": "http://testserver/desk/rules"})
        assert sent["Location"] == "/account/prove?next=%2Fdesk%2Frules"
        partly = client.get("/desk/rules/new", headers={"hx-request": "true"})
        assert partly["HX-Redirect"].startswith("/account/prove")
        wrong = client.post("/account/prove", {"shown": "wrong", "next": "/desk/rules/new"})
        assert wrong.status_code == 401
        right = client.post("/account/prove", {"shown": PASSWORD, "next": "/desk/rules/new"})
        assert right["Location"] == "/desk/rules/new"
        assert client.get("/desk/rules/new").status_code == 200
        away = client.post("/account/prove", {"shown": PASSWORD, "next": "https://evil.example/"})
        assert away["Location"] == "/account/"


def test_the_account_page_shows_means_and_browsers_and_ends_them(
    world: World, django_assert_max_num_queries: Any
) -> None:
    client, _ = come("grid")
    other, _ = come("grid")
    with django_assert_max_num_queries(10):
        page = client.get("/account/").text
    assert page.count("Firefox · Linux") == 2
    assert "this one" in page
    address = re.search(r'action="(/account/sign-ins/[0-9a-f-]{36})"', page)
    assert address
    assert client.post(address[1])["Location"] == "/account/"
    assert other.get("/field/")["Location"].startswith("/sign-in")
    assert client.post(address[1]).status_code == 404
    come("grid")
    client.post("/account/sign-ins/others")
    grid = Person.objects.get(login="grid")
    assert SignIn.objects.filter(person=grid).count() == 1


def test_an_app_is_set_up_and_removed_on_the_account_page(world: World) -> None:
    client, _ = come("grid")
    app = Shown(client.get("/account/app").text)
    assert client.post("/account/app", {"code": "12"}).status_code == 422
    assert "Your recovery codes" in client.post("/account/app", {"code": code_of(app)}).text
    assert client.get("/account/app")["Location"] == "/account/"
    assert "10 left" in client.get("/account/").text
    assert client.post("/account/codes").text.count("<li><code>") == 10
    client.post("/account/app/remove")
    assert "The authenticator app is removed" in client.get("/account/").text


def test_a_person_with_two_duties_works_in_one(world: World) -> None:
    from tests.make import COUNTY, NOW

    second = actions.grant_duty(
        actor=SYSTEM, person_id=world.person_ids["grid"], role=Role.TOWN_DESK,
        place_id=world.place_id(COUNTY), at=NOW,
    )  # fmt: skip
    client, _ = come("grid")
    assert "All my duties" in client.get("/account/").text
    assert client.post("/account/duty", {"duty": str(second.id)})["Location"] == "/desk/"
    chosen = client.post("/account/duty", {"duty": str(world.duty_ids["grid"])})
    assert chosen.status_code == 302
    assert client.get("/desk/rules").status_code == 403, "the other duty's doors are shut"
    assert client.post("/account/duty", {"duty": "9999999"}).status_code == 404
    client.post("/account/duty", {"duty": ""})
    assert client.get("/desk/rules").status_code == 200


def test_two_desks_help_a_colleague_back_in(world: World) -> None:
    desk, _ = come("desk")
    centre, _ = come("centre")
    assert "/desk/recovery" in desk.get("/account/").text
    assert desk.post("/desk/recovery", {"login": "grid"})["Location"] == "/desk/recovery"
    assert desk.post("/desk/recovery", {"login": "other_grid"}).status_code == 403
    own = desk.get("/desk/recovery").text
    assert "grid 同志" in own
    assert "confirm" not in own.rpartition("<ul")[2], "a second person confirms"
    address = re.search(
        r'action="(/desk/recovery/[0-9a-f-]{36})"', centre.get("/desk/recovery").text
    )
    assert address
    assert desk.post(address[1]).status_code == 403
    page = centre.post(address[1]).text
    found = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', page)
    assert found
    begun = Client().post("/sign-in", {"login": "grid", "password": found[1]})
    assert begun["Location"] == "/sign-in/password"

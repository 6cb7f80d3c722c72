"""Staff sign in with one form and one cookie; guessing locks the account; signing out ends it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from anlan.kernel import clock
from anlan.web import middleware
from anlan.web.staff import sign_in

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
FORM = {"accept-language": "en"}


@pytest.mark.parametrize(
    ("login", "face"),
    [
        ("desk", "/desk/"),
        ("builder", "/desk/"),
        ("principal", "/desk/"),
        ("grid", "/field/"),
        ("mediator", "/field/"),
        ("volunteer", "/notices/"),
    ],
)
def test_everybody_lands_on_the_face_of_his_role(world: World, login: str, face: str) -> None:
    from tests.make import PASSWORD

    client = Client()
    answer = client.post("/sign-in", {"login": login, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, face)
    cookie = answer.cookies["anlan_sign_in"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert client.get(face).status_code == 200


def test_cookie_is_secure_over_https(world: World, settings: object) -> None:
    from tests.make import PASSWORD

    answer = Client().post("/sign-in", {"login": "desk", "password": PASSWORD}, secure=True)
    assert answer.cookies["anlan_sign_in"]["secure"]


BEHIND_HTTPS = """
import django
django.setup()
from django.conf import settings
from anlan.people.policies import SIGN_IN_COOKIE
print(SIGN_IN_COOKIE, settings.CSRF_COOKIE_NAME, settings.CSRF_COOKIE_SECURE,
    settings.CSRF_COOKIE_PATH, settings.CSRF_COOKIE_DOMAIN)
"""


def test_behind_https_cookies_are_this_hosts_alone(tmp_path: Path) -> None:
    environment = os.environ | {"ANLAN_BEHIND_HTTPS": "1", "ANLAN_HOME": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", BEHIND_HTTPS], env=environment, capture_output=True, text=True,
        check=True,
    ).stdout.split()  # fmt: skip
    assert said == ["__Host-anlan_sign_in", "__Host-csrftoken", "True", "/", "None"]


def test_a_prefixed_cookie_is_set_as_browsers_want_it_read_and_taken_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.make import PASSWORD

    name = "__Host-anlan_sign_in"
    for module in (sign_in, middleware):
        monkeypatch.setattr(module, "SIGN_IN_COOKIE", name)
    client = Client()
    answer = client.post("/sign-in", {"login": "desk", "password": PASSWORD}, secure=True)
    cookie = answer.cookies[name]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert client.get("/desk/", secure=True).status_code == 200
    gone = client.post("/sign-out", secure=True).cookies[name]
    assert (gone.value, gone["secure"], gone["path"]) == ("", True, "/")


def test_wrong_password_says_what_to_do_and_keeps_the_login(world: World) -> None:
    answer = Client(headers=FORM).post("/sign-in", {"login": "desk", "password": "wrong"})
    body = answer.content.decode()
    assert answer.status_code == 401
    assert "anlan_sign_in" not in answer.cookies
    assert "locked for a while" in body
    assert 'value="desk"' in body
    assert "wrong</" not in body


def test_five_wrong_tries_lock_the_account_for_a_quarter_of_an_hour(world: World) -> None:
    from tests.make import NOW, PASSWORD

    client = Client()
    for _ in range(5):
        assert client.post("/sign-in", {"login": "desk", "password": "no"}).status_code == 401
    assert client.post("/sign-in", {"login": "desk", "password": PASSWORD}).status_code == 401
    with clock.frozen(NOW + timedelta(minutes=16)):
        assert client.post("/sign-in", {"login": "desk", "password": PASSWORD}).status_code == 302


def test_unknown_login_looks_the_same_as_a_wrong_password(world: World) -> None:
    seen = []
    for login in ("builder", "nobody_"):
        answer = Client().post("/sign-in", {"login": login, "password": "no"})
        form = answer.content.decode().split("<main")[1]
        seen.append(re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1", form).replace(login, "X"))
    assert seen[0] == seen[1]


def test_page_asked_for_before_signing_in_is_shown_after(world: World) -> None:
    from tests.make import PASSWORD

    client = Client()
    turned_away = client.get("/desk/?tab=red")
    assert turned_away["Location"] == "/sign-in?next=%2Fdesk%2F%3Ftab%3Dred"
    answer = client.post(
        "/sign-in", {"login": "desk", "password": PASSWORD, "next": "/desk/?tab=red"}
    )
    assert answer["Location"] == "/desk/?tab=red"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_nobody_is_sent_to_a_stranger_after_signing_in(world: World, address: str) -> None:
    from tests.make import PASSWORD

    answer = Client().post("/sign-in", {"login": "desk", "password": PASSWORD, "next": address})
    assert answer["Location"] == "/desk/"


def test_signing_out_makes_the_cookie_worthless(world: World, browser: Browser) -> None:
    client, token = browser("desk"), world.token("desk")
    assert client.post("/sign-out")["Location"] == "/sign-in"
    other = Client()
    other.cookies["anlan_sign_in"] = token
    assert other.get("/desk/").status_code == 302
    assert "signed out" in client.get("/sign-in").content.decode()


def test_forms_need_their_token(world: World) -> None:
    from tests.make import PASSWORD

    answer = Client(enforce_csrf_checks=True).post(
        "/sign-in", {"login": "desk", "password": PASSWORD}
    )
    assert answer.status_code == 403
    assert "anlan_sign_in" not in answer.cookies


@pytest.mark.parametrize("login", ["volunteer", "resident", "safety"])
def test_desk_is_closed_to_those_without_a_seat_over_a_place(
    world: World, browser: Browser, login: str
) -> None:
    assert browser(login).get("/desk/").status_code == 403


def test_a_page_that_only_watches_does_not_keep_the_sign_in_alive(
    world: World, browser: Browser
) -> None:
    from tests.make import NOW

    watching, working = browser("desk"), browser("centre")
    with clock.frozen(NOW + timedelta(hours=11)):
        assert watching.get("/desk/", headers={"x-anlan-poll": "1"}).status_code == 200
        assert working.get("/desk/").status_code == 200
    with clock.frozen(NOW + timedelta(hours=13)):
        assert watching.get("/desk/").status_code == 302
        assert working.get("/desk/").status_code == 200

"""One menu in every bar: what one's seats open, each page there, and nothing that would be refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from anlan.web.staff.pages import PAGES

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
LINK = re.compile(r'<a href="([^"]+)" data-leads="(\w)"(?: aria-current="page")?>([^<]+) <kbd')


def menu(client: Client, address: str) -> dict[str, str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return {letter: where for where, letter, _words in LINK.findall(answer.content.decode())}


@pytest.mark.parametrize(
    ("login", "letters"), [("desk", "bruptswe"), ("leader", "bruptswe"), ("grid", "e")]
)
def test_everybody_finds_what_his_seats_open(
    world: World, browser: Browser, login: str, letters: str
) -> None:
    client = browser(login)
    found = menu(client, "/desk/")
    assert sorted(found) == sorted(letters)
    for address in found.values():
        assert client.get(address).status_code in (200, 302), address


def test_the_board_has_the_menu_and_the_public_one_has_not(world: World, browser: Browser) -> None:
    leader = browser("leader")
    board = leader.get("/command/")["location"]
    assert menu(leader, board)["r"] == "/desk/reports"
    assert menu(leader, board.replace("command", "board")) == {}


def test_no_two_pages_have_the_same_letter_and_none_takes_the_bars_own() -> None:
    letters = [letter for _name, _label, letter, _may in PAGES]
    assert len(set(letters)) == len(letters)
    assert not set(letters) & set("dfm")

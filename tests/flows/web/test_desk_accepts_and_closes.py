"""A report of a dark lamp goes through the desk's pages, from acceptance to closing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.test import Client

from anlan.cases import queries as cases
from anlan.kernel import codes
from anlan.kernel.actor import SYSTEM

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]


def test_desk_sees_a_new_report_in_its_queue(world: World, browser: Browser) -> None:
    taken = world.take()
    page = browser("desk").get("/desk/")
    assert page.status_code == 200
    body = page.content.decode()
    assert codes.show(taken.code) in body
    assert "村口路灯坏了三天" in body
    assert "left" in body
    assert taken.tracking_code not in body


def test_case_page_tells_what_where_why_and_until_when(world: World, browser: Browser) -> None:
    taken = world.take()
    page = browser("desk").get(f"/desk/cases/{taken.case_id}")
    assert page.status_code == 200
    body = page.content.decode()
    for words in ("What was reported", "Why it came here", "Accept", "Send people", "amber"):
        assert words in body, words
    assert taken.tracking_code not in body
    assert "13800000000" not in body

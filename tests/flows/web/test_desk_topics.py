"""The desk reads what many report at once in its places, and opens the cases behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.kernel.actor import REPORTER
from anlan.triage.actions import refresh_topics, take_signal
from anlan.triage.models import Topic
from tests.make import NOW

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
STATEMENTS_LIMIT = 8
SAID = (
    "和畅家园旁边的搅拌站夜里开工太吵", "搅拌站就在和畅家园边上噪音很大", "和畅家园小区附近违建搅拌站谁来管",
    "请查一查和畅家园北面的搅拌站", "和畅家园的老人被搅拌站吵得睡不着",
)  # fmt: skip


@pytest.fixture
def loud(world: World) -> World:
    for text in SAID:
        report = world.report(text, stated_matter="NEIGHBOUR_NOISE")
        take_signal(actor=REPORTER, report=report, at=NOW)
    refresh_topics(at=NOW)
    return world


def test_the_desk_finds_the_topic_and_its_cases(loud: World, browser: Browser) -> None:
    desk = browser("desk")
    assert 'href="/desk/topics"' in desk.get("/desk/").content.decode()
    page = desk.get("/desk/topics").content.decode()
    for words in ("和畅家园 · 搅拌站", "Noise between neighbours", "5 cases", "before: 0", "new"):
        assert words in page, words
    (key,) = Topic.objects.values_list("key", flat=True)
    assert f'href="/desk/topics/{key}?days=7"' in page
    opened = desk.get(f"/desk/topics/{key}?days=30").content.decode()
    for text in SAID:
        assert text in opened
    assert opened.count("/desk/cases/") == 5


def test_of_topics_elsewhere_nothing_is_told(loud: World, browser: Browser) -> None:
    (key,) = Topic.objects.values_list("key", flat=True)
    other = browser("other_desk")
    page = other.get("/desk/topics").content.decode()
    assert "No topic" in page
    assert "和畅家园" not in page
    hidden, unknown = (other.get(f"/desk/topics/{k}") for k in (key, uuid4()))
    assert hidden.status_code == unknown.status_code == 404


@pytest.mark.parametrize("login", ["grid", "lead", "cadre", "builder", "mediator", "officer"])
def test_topics_are_for_desk_and_command(loud: World, browser: Browser, login: str) -> None:
    client = browser(login)
    assert client.get("/desk/topics").status_code == 403
    assert "/desk/topics" not in client.get("/desk/").content.decode()


@pytest.mark.parametrize("days", ["", "8", "seven", "-7", "7000000000000000000000"])
def test_an_odd_window_is_the_week(loud: World, browser: Browser, days: str) -> None:
    page = browser("leader").get("/desk/topics", {"days": days})
    assert page.status_code == 200
    assert 'href="?days=7" aria-current="page"' in page.content.decode()


def test_a_page_costs_the_same_however_many_reports(loud: World, browser: Browser) -> None:
    desk = browser("desk")
    (key,) = Topic.objects.values_list("key", flat=True)
    for address in ("/desk/topics", f"/desk/topics/{key}"):
        desk.get(address)
        with CaptureQueriesContext(connection) as asked:
            desk.get(address)
        assert len(asked) <= STATEMENTS_LIMIT, address

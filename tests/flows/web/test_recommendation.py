"""The desk reads whom a rule proposes and why, and sends them with one click; the worker's switch."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.dispatch import actions
from anlan.dispatch import queries as dispatch
from anlan.kernel import clock
from anlan.kernel.actor import SYSTEM
from anlan.people.actions import plan_shift

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
FIRE = "消防通道停满了车"


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_one_click_sends_whom_the_rule_proposes(world: World, browser: Browser) -> None:
    from tests.make import NOW

    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["grid"], starts_at=NOW,
        ends_at=NOW + timedelta(hours=8), at=NOW,
    )  # fmt: skip
    case_id = world.take(FIRE).case_id
    desk = browser("desk")
    page = read(desk, f"/desk/cases/{case_id}")
    assert "Run card FIRE" in page
    assert "on duty until 18:00 · &lt; 100 m from the seat" in page
    assert "1 of 2 cannot be found. 1 holds the duty here, 1 proposed." in page
    proposed = re.findall(r'<input type="hidden" name="duty" value="(\d+)">', page)
    assert {int(duty) for duty in proposed} == {world.duty_ids["grid"], world.duty_ids["officer"]}
    assert desk.post(f"/desk/cases/{case_id}/dispatches", {"duty": proposed}).status_code == 302
    assert len(dispatch.list_dispatches(case_id=case_id)) == 2
    page = read(desk, f"/desk/cases/{case_id}")
    assert "1 asked already" in page
    assert "1 on this case already" in page
    assert 'name="duty" value="' + str(world.duty_ids["grid"]) not in page


def test_the_case_shows_who_was_asked_who_is_next_and_what_the_centre_has(
    world: World, browser: Browser
) -> None:
    from tests.make import NOW

    case_id = world.take(FIRE).case_id
    desk, address = browser("desk"), f"/desk/cases/{case_id}"
    desk.post(f"{address}/dispatches", {"duty": [world.duty_ids["grid"]]})
    assert "If not signed for by 10:05: lead 同志 (lead) → county centre" in read(desk, address)
    for minutes in (5, 10):
        at = NOW + timedelta(minutes=minutes)
        for dispatch_id in dispatch.list_due_follow_ups(at=at, limit=9):
            actions.follow_up(dispatch_id=dispatch_id, at=at)
    with clock.frozen(NOW + timedelta(minutes=11)):
        page = read(desk, address)
        assert "asked 10:00 · ended 10:05" in page
        assert "as the lead, after grid 同志 · asked 10:05 · ended 10:10" in page
        assert "Grid worker: nobody left to ask; with the county centre since 10:10." in page
        assert "1 holds the duty here · 1 did not sign for this case" in page
        assert "Needs a person" in page
        desk.post(f"{address}/dispatches", {"duty": [world.duty_ids["cadre"]]})
        page = read(desk, address)
        assert "· answered" in page
        assert "Needs a person" not in page


def test_the_proposal_speaks_chinese(world: World, browser: Browser) -> None:
    case_id = world.take(FIRE).case_id
    page = read(browser("desk", language="zh-hans"), f"/desk/cases/{case_id}")
    assert "需 2 人，缺 1 人。此处共有 1 人任该职，已推荐 1 人。" in page


def test_who_does_not_send_sees_no_proposal(world: World, browser: Browser) -> None:
    case_id = world.take(FIRE).case_id
    for login in ("principal", "lead"):
        assert "Run card" not in read(browser(login), f"/desk/cases/{case_id}"), login


def test_a_worker_switches_on_sends_and_switches_off(world: World, browser: Browser) -> None:
    phone = browser("grid")
    page = read(phone, "/field/")
    assert "Let my position be used (off)" in page
    assert 'id="position-on"' not in page
    point = {"lon": "120.01", "lat": "29.7087"}
    assert phone.post("/field/position", point).status_code == 403
    assert phone.post("/field/position/on").status_code == 302
    page = read(phone, "/field/")
    assert "Your position may be used until 22:00." in page
    assert 'id="position-on"' in page
    assert phone.post("/field/position", point).status_code == 204
    for bad in ({}, {"lon": "x", "lat": "1"}, {"lon": "nan", "lat": "1"}, {"lon": "1e999"}):
        assert phone.post("/field/position", bad).status_code == 422
    case_id = world.take(FIRE).case_id
    shown = read(browser("desk"), f"/desk/cases/{case_id}")
    assert "400 m, position of 0 min ago" in shown
    assert "29.7087" not in shown
    assert phone.post("/field/position/off").status_code == 302
    assert "from the seat" in read(browser("desk"), f"/desk/cases/{case_id}")
    assert phone.post("/field/position", point).status_code == 403


def test_off_duty_the_switch_says_why_not(world: World, browser: Browser) -> None:
    from tests.make import NOW

    later = NOW + timedelta(hours=1)
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["grid"], starts_at=later,
        ends_at=later + timedelta(hours=1), at=NOW,
    )  # fmt: skip
    answer = browser("grid").post("/field/position/on", follow=True)
    assert "You are not on duty now." in answer.content.decode()
    assert dispatch.find_switch(actor=world.actor("grid"), at=clock.now()) is None


def test_nobody_who_is_not_sent_is_asked_for_a_position(world: World, browser: Browser) -> None:
    for login in ("desk", "principal", "leader"):
        assert "position" not in read(browser(login), "/field/"), login


def test_the_case_page_needs_no_more_statements_for_more_people(
    world: World, browser: Browser
) -> None:
    from anlan.kernel.actor import Role
    from tests.make import VILLAGE
    from tests.rooms.dispatch.test_recommending import hire

    case_id = world.take(FIRE).case_id
    desk = browser("desk")
    read(desk, f"/desk/cases/{case_id}")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(desk, f"/desk/cases/{case_id}")
        return len(captured)

    def least() -> int:
        # Every two seconds a page also asks whether what it holds in memory still stands.
        return min(count() for _ in range(3))

    few = least()
    for number in range(20):
        hire(world, f"w{number}", Role.GRID_WORKER, VILLAGE)
    assert least() == few

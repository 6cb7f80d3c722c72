"""The desk reads its queue: by deadline, by tab, by words; few statements whatever the scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.cases import actions as case_actions
from anlan.cases.rules import Given
from anlan.kernel import clock, codes
from anlan.kernel.actor import SYSTEM, Role
from anlan.people import actions as people
from anlan.places.queries import get_gazetteer

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
STATEMENTS_LIMIT = 8


def read(client: Client, address: str, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_new_report_stands_in_the_queue_with_its_time_in_words(
    world: World, browser: Browser
) -> None:
    taken = world.take()
    body = read(browser("desk"), "/desk/")
    assert codes.show(taken.code) in body
    assert "村口路灯坏了三天" in body
    assert "h left" in body
    assert "In time" in body
    assert taken.tracking_code not in body


def test_overdue_cases_stand_first_and_have_a_tab(world: World, browser: Browser) -> None:
    from tests.make import NOW

    late = world.take("垃圾堆了一周")
    with clock.frozen(NOW + timedelta(days=3)):
        client = Client(headers={"accept-language": "en"})
        client.cookies["anlan_sign_in"] = people.sign_in(
            login="desk", password=_password(), at=NOW + timedelta(days=3)
        ).token
        body = read(client, "/desk/?tab=red")
        assert codes.show(late.code) in body
        assert " over" in body
        assert "Nothing is close to its deadline" in read(client, "/desk/?tab=amber")


def _password() -> str:
    from tests.make import PASSWORD

    return PASSWORD


def test_tabs_divide_the_queue(world: World, browser: Browser) -> None:
    first, second = world.take(), world.take("小区消防通道被堵住了")
    case_actions.move_case(
        actor=world.actor("desk"), case_id=first.case_id, move="accept", given=Given(),
        at=clock.now(),
    )  # fmt: skip
    client = browser("desk")
    body = read(client, "/desk/?tab=accept")
    assert codes.show(second.code) in body
    assert codes.show(first.code) not in body
    assert "Nothing has been closed yet" in read(client, "/desk/?tab=closed")
    counts = read(client, "/desk/counts", headers={"hx-request": "true"})
    assert 'id="count-all" class="count num" hx-swap-oob="true">2<' in counts
    assert 'id="count-accept" class="count num" hx-swap-oob="true">1<' in counts


def test_a_code_typed_into_the_search_leads_to_its_case(world: World, browser: Browser) -> None:
    taken = world.take()
    answer = browser("desk").get("/desk/", {"q": codes.show(taken.code).lower()})
    assert answer["Location"] == f"/desk/cases/{taken.case_id}"
    assert browser("other_desk").get("/desk/", {"q": codes.show(taken.code)}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/desk/?tab=nonsense",
        "/desk/?class=NONSENSE",
        "/desk/?after=nonsense",
        "/desk/?after=2026-03-10T02:00:00~01a20ea3-dd88-7578-bff2-6c1d6d300b30",
        "/desk/?q=%00%F0%9F%92%A1%25_'",
    ],
)
def test_a_mistyped_address_shows_a_queue(world: World, browser: Browser, address: str) -> None:
    assert browser("desk").get(address).status_code == 200


def test_the_next_page_goes_on_where_the_first_ended(world: World, browser: Browser) -> None:
    seen = [world.take(f"路灯坏了，第{number}盏").code for number in range(55)]
    client = browser("desk")
    body = read(client, "/desk/")
    assert body.count("data-row") == 50
    more = body.split('hx-get="/desk/?', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    rest = read(client, f"/desk/?{more}", headers={"hx-request": "true"})
    assert rest.count("data-row") == 5
    assert "<html" not in rest
    assert all((codes.show(code) in body) != (codes.show(code) in rest) for code in seen)


def test_a_queue_costs_few_statements_with_one_duty_and_with_forty(
    world: World, browser: Browser
) -> None:
    for number in range(60):
        world.take(f"路灯坏了，第{number}盏")
    client = browser("desk")
    # Each read twice: what memory holds is looked after every few seconds, by whoever comes next.
    read(client, "/desk/")
    with CaptureQueriesContext(connection) as with_one:
        read(client, "/desk/")
    _grant_forty(world)
    read(client, "/desk/")
    with CaptureQueriesContext(connection) as with_forty:
        read(client, "/desk/")
    assert len(with_one) <= STATEMENTS_LIMIT
    assert len(with_forty) == len(with_one)
    with CaptureQueriesContext(connection) as counted:
        read(client, "/desk/counts")
    assert len(counted) <= STATEMENTS_LIMIT


def _grant_forty(world: World) -> None:
    places = list(get_gazetteer().places.values())
    pairs = [
        (place, department)
        for department in ("CONSTRUCTION", "MEDIATION", "GRID")
        for place in places
    ][:39]
    assert len(pairs) == 39
    for place, department in pairs:
        people.grant_duty(
            actor=SYSTEM,
            person_id=world.person_ids["desk"],
            role=Role.DEPARTMENT,
            place_id=place.id,
            department=department,
            at=clock.now(),
        )


def test_words_are_searched_in_open_and_closed_cases(world: World, browser: Browser) -> None:
    lamp = world.take("桥头的路灯坏了", idempotency_key="a")
    other = world.take("河道里有垃圾", idempotency_key="b")
    case_actions.take_words(case_ids=[lamp.case_id, other.case_id])
    case_actions.move_case(
        actor=world.actor("desk"), case_id=lamp.case_id, move="decline", at=clock.now(),
        given=Given(note="重复"),
    )  # fmt: skip
    desk = browser("desk")
    assert "/desk/?tab=every&amp;q=" in read(desk, "/desk/?q=路灯"), "the way to the search"
    with CaptureQueriesContext(connection) as captured:
        body = read(desk, "/desk/?tab=every&q=路灯")
    assert codes.show(lamp.code) in body
    assert codes.show(other.code) not in body
    assert len(captured) <= STATEMENTS_LIMIT

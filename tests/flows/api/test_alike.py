"""A partner's page asks while a report is typed whether it is known already; nothing of others is given away."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.api.alike import AllAlikeOut, JoinedOut
from anlan.cases.actions import move_case
from anlan.cases.models import Case, CaseSignal
from anlan.cases.rules import Given
from anlan.intake.models import Signal
from anlan.kernel import codes
from anlan.people.actions import rates
from anlan.places.rules import to_gcj02
from tests.flows.api.calls import Api
from tests.make import CLIENTS, GRID, IN_GRID, IN_OTHER_GRID, NOW, PEOPLE, World

LAMP, SAME = "村口路灯坏了三天，晚上看不清路，陈晓家门口", "村口的路灯坏了,晚上太黑"
EVERYBODY = sorted({*CLIENTS, *PEOPLE})


@pytest.fixture
def app(world: World) -> Api:
    return Api(world, "app")


def ask(api: Api, **given: Any) -> list[dict[str, Any]]:
    answer = api.post("/signals/alike", api.signal(text=SAME) | given)
    assert answer.status_code == 200, answer.content
    AllAlikeOut.model_validate(answer.json())
    return list(answer.json()["alike"])


def test_what_is_known_is_told_and_joined(world: World, app: Api) -> None:
    first = world.take(LAMP)
    (found,) = ask(app)
    assert found["code"] == codes.show(first.code)
    assert found["matter"]["code"] == "STREET_LAMP"
    assert found["state"] == "RECEIVED"
    assert found["opened_at"] == "2026-03-10T02:00:00Z"
    assert Signal.objects.count() == 1
    sent = app.post("/signals", app.signal(text=SAME)).json()
    answer = Api(world).post(f"/track/{sent['tracking_code']}/join", {"code": found["code"]})
    assert answer.status_code == 200
    JoinedOut.model_validate(answer.json())
    assert answer.json() == {
        "code": sent["code"], "case_code": codes.show(first.code), "state": "RECEIVED",
    }  # fmt: skip
    assert Case.objects.get(pk=sent["case_id"]).state == "MERGED"
    assert CaseSignal.objects.filter(case_id=first.case_id).count() == 2
    tracked = Api(world).get(f"/track/{sent['tracking_code']}")
    assert tracked.json()["code"] == sent["code"]
    assert "陈晓" not in tracked.content.decode()


def test_the_answer_is_what_the_public_page_shows(world: World, app: Api) -> None:
    for text in (LAMP, "村口路灯又坏了，晚上太黑", "垃圾好几天没人清运"):
        world.take(text)
    shown = Client(headers={"accept-language": "en"}).post(
        "/report/alike", {"text": SAME, "lon": str(IN_GRID[0]), "lat": str(IN_GRID[1])}
    )
    page = shown.content.decode()
    found = ask(app)
    assert len(found) == 2
    assert [page.count(each["code"]) > 0 for each in found] == [True, True]
    assert page.index(found[0]["code"]) < page.index(found[1]["code"])
    for each in found:
        assert each["place"]["name_en"] in page
        assert each["matter"]["name_en"] in page


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_is_told_the_same_whatever_he_may_see(world: World, app: Api, who: str) -> None:
    world.take(LAMP)
    world.take("楼上装修吵闹，邻居天天吵架打人")
    mine = Api(world, who)
    assert ask(mine) == ask(app) != []
    assert ask(mine, text="楼上装修吵闹，邻居天天吵架打人") == []


def test_nothing_of_another_report_is_given_away(world: World, app: Api) -> None:
    first = world.take(LAMP, lon=IN_GRID[0] + 0.0004, lat=IN_GRID[1] - 0.0003)
    signal = Signal.objects.get(code=first.code)
    answer = app.post("/signals/alike", app.signal(text=SAME)).content.decode()
    for secret in ("陈晓", "看不清路", str(signal.lon), str(signal.lat), str(signal.id),
                   str(first.case_id), first.tracking_code):  # fmt: skip
        assert secret not in answer
    # Where the other pin stands cannot be found by moving one's own within the place.
    for shift in (-0.0009, -0.0004, 0.0, 0.0004):
        moved = app.post("/signals/alike", app.signal(text=SAME, lon=IN_GRID[0] + shift))
        assert moved.content.decode() == answer
    by_name = app.post("/signals/alike", {"text": SAME, "place_code": GRID})
    assert by_name.content.decode() == answer
    lon, lat = (float(degrees) for degrees in to_gcj02(*IN_GRID))
    other = app.post("/signals/alike", app.signal(text=SAME, lon=lon, lat=lat, datum="gcj02"))
    assert other.content.decode() == answer


@pytest.mark.parametrize(
    "given",
    [
        {"text": ""},
        {"text": "路灯"},
        {"text": "楼道堆物堵住消防通道很久了"},
        {"lon": None, "lat": None},
        {"lon": IN_OTHER_GRID[0], "lat": IN_OTHER_GRID[1]},
        {"lon": None, "lat": None, "place_code": "999"},
        {"matter": "GARBAGE"},
    ],
)
def test_what_is_not_alike_is_an_empty_list(world: World, app: Api, given: dict[str, Any]) -> None:
    world.take(LAMP)
    assert ask(app, **given) == []


@pytest.mark.parametrize(
    "given",
    [{"text": None}, {"text": "a\0b"}, {"text": "长" * 5001}, {"lon": 120.0, "lat": None}, {"lon": 999.0},
     {"lon": "x"}, {"datum": "mars"}, {"place_code": "x" * 65}],
)  # fmt: skip
def test_what_cannot_be_read_is_said(app: Api, given: dict[str, Any]) -> None:
    answer = app.post("/signals/alike", app.signal(text=SAME) | given)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_strangers_are_not_asked_in(world: World) -> None:
    assert Api(world).post("/signals/alike", {"text": SAME}).status_code == 401


def test_questions_are_counted_by_account(world: World, app: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr(rates, "LIKENESS_PER_ACCOUNT", (2, 600))
    codes_of = [app.post("/signals/alike", app.signal(text=SAME)).status_code for _ in range(3)]
    assert codes_of == [200, 200, 429]
    assert Api(world, "desk").post("/signals/alike", {"text": SAME}).status_code == 200


def test_nobody_joins_what_he_was_not_shown_or_what_is_worked_on(world: World, app: Api) -> None:
    quarrel = world.take("楼上装修吵闹，邻居天天吵架打人")
    far = world.take(LAMP, lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
    sent = app.post("/signals", app.signal(text=SAME)).json()
    nobody = Api(world)
    for code in (quarrel.code, far.code, sent["code"], "7KQF92MX4T", "<b>"):
        answer = nobody.post(f"/track/{sent['tracking_code']}/join", {"code": code})
        assert (answer.status_code, answer.json()["code"]) == (422, "NOT_ALIKE")
    other = world.take(LAMP)
    wrong = sent["tracking_code"][:-1] + ("0" if sent["tracking_code"][-1] != "0" else "1")
    assert nobody.post(f"/track/{wrong}/join", {"code": other.code}).status_code == 404
    assert nobody.post("/track/x/join", {"code": other.code}).status_code == 422
    move_case(
        actor=world.actor("desk"), case_id=sent["case_id"], move="accept", given=Given(), at=NOW
    )
    answer = nobody.post(f"/track/{sent['tracking_code']}/join", {"code": other.code})
    assert (answer.status_code, answer.json()["code"]) == (409, "JOINED_TOO_LATE")
    assert not Case.objects.filter(merged_into__isnull=False).exists()


def test_asking_takes_few_statements(world: World, app: Api) -> None:
    for _ in range(5):
        world.take(LAMP)
    ask(app)
    with CaptureQueriesContext(connection) as caught:
        ask(app)
    assert len(caught) <= 4, [q["sql"][:90] for q in caught]

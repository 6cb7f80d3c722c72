"""Too much of a good thing: calls of one machine account, photos of one account, reports of one address."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from anlan.api import door
from anlan.documents.models import Document
from anlan.intake.models import Signal
from anlan.kernel.buckets import Buckets
from anlan.people.actions import rates
from tests.flows.api.calls import Api
from tests.flows.api.test_reporting import make_photo
from tests.make import IN_GRID, World

TEXT = "村口路灯坏了三天，晚上看不清路"


def test_one_machine_account_is_held_back_and_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_allowances", Buckets(rate=0.01, burst=2))
    app, system = Api(world, "app"), Api(world, "system")
    answers = [app.post("/signals", app.signal()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["code"] == "TOO_MANY"
    assert int(answers[2]["Retry-After"]) == 100
    assert system.post("/signals", system.signal()).status_code == 201
    assert Signal.objects.count() == 3


def test_open311_says_so_in_its_own_form(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_allowances", Buckets(rate=0.01, burst=1))
    sent = {"api_key": world.clients["open311"].token, "service_code": "X"}
    answers = [Client().post("/open311/v2/requests.json", sent) for _ in range(2)]
    assert answers[1].status_code == 429
    assert answers[1].json()[0]["code"] == 429
    assert int(answers[1]["Retry-After"]) == 100


@pytest.mark.parametrize("who", ["app", "grid"])
def test_photos_of_one_account_are_counted_before_they_are_decoded(
    world: World, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    monkeypatch.setattr(rates, "PHOTOS_PER_ACCOUNT", (2, 10**9))
    api, other = Api(world, who), Api(world, "system")

    def send(by: Api) -> Any:
        return by.client.post("/api/v1/photos", {"file": make_photo()}, headers=by.headers)

    answers = [send(api) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert send(other).status_code == 201
    assert Document.objects.count() == 3


@pytest.mark.parametrize(("language", "told"), [("zh-hans", "尝试次数太多"), ("en", "Too many")])
def test_reports_of_one_address_are_counted_and_what_was_typed_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, language: str, told: str
) -> None:
    monkeypatch.setattr(rates, "REPORTS_PER_ADDRESS", (1, 10**9))
    resident = Client(headers={"accept-language": language})

    def report(address: str) -> Any:
        form = {"text": TEXT, "lon": IN_GRID[0], "lat": IN_GRID[1], "token": str(uuid4())}
        return resident.post("/", form, REMOTE_ADDR=address)

    assert report("192.0.2.1").status_code == 302
    refused = report("192.0.2.1")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert told in refused.content.decode()
    assert TEXT in refused.content.decode()
    assert report("192.0.2.2").status_code == 302
    assert Signal.objects.count() == 2

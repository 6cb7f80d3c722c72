"""What those who run an installation ask it: figures for Prometheus, whether it lives, whether it serves."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from anlan.config.operating import counts, health, metrics, requests
from anlan.kernel.clock import now
from anlan.kernel.ids import new_id
from tests.flows.api.calls import Api
from tests.house.floors import PROJECT
from tests.make import IN_OTHER_GRID, World

TOKEN = "a-token-for-the-figures"
BOARD = PROJECT / "deploy" / "grafana" / "anlan.json"


class Usage(NamedTuple):
    free: int


@pytest.fixture(autouse=True)
def fresh(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    metrics.forget_figures()


def read_page() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def value(page: Any, name: str, **labels: str) -> float:
    found: float = page.get((name, frozenset(labels.items())), 0)
    return found


def test_nobody_reads_the_figures_without_the_token(settings: Any, db: None) -> None:
    assert Client().get("/metrics").status_code == 401
    wrong = Client().get("/metrics", headers={"Authorization": "Bearer 另一个"})
    assert wrong.status_code == 401
    settings.METRICS_TOKEN = ""
    open_to_all = Client().get("/metrics", headers={"Authorization": "Bearer "})
    assert open_to_all.status_code == 404


def test_the_figures_hold_no_secret(settings: Any, db: None) -> None:
    for name in ("METRICS_TOKEN", "EMAIL_HOST_PASSWORD", "CHAT_URL", "SECRET_KEY"):
        setattr(settings, name, f"planted-{name}")
    bearer = {"Authorization": "Bearer planted-METRICS_TOKEN"}
    answer = Client().get("/metrics", headers=bearer)
    assert answer.status_code == 200
    assert "anlan_" in answer.content.decode()
    assert "planted-" not in answer.content.decode()


def test_a_signal_is_seen_in_the_figures(world: World) -> None:
    before = read_page()
    Api(world, "app").post("/signals", Api(world).signal())
    Api(world).post("/signals", Api(world).signal())
    metrics.forget_figures()
    after = read_page()

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    route = "ninja:signals"
    assert grown("anlan_signals_taken_total", channel="API") == 1
    assert grown("anlan_http_requests_total", route=route, method="POST", status="201") == 1
    assert grown("anlan_http_requests_total", route=route, method="POST", status="401") == 1
    assert grown("anlan_http_request_duration_seconds_count", route=route) == 2
    assert grown("anlan_http_request_duration_seconds_bucket", route=route, le="+Inf") == 2
    assert grown("anlan_ledger_waiting_entries") >= 1
    assert grown("anlan_rollup_waiting_deltas") >= 1
    assert value(after, "anlan_rollup_lag_seconds") >= 0
    assert value(after, "anlan_backup_last_proven_timestamp_seconds") == 0
    assert sum(grown("anlan_open_cases", light=light) for light in ("GREEN", "AMBER", "RED")) == 1
    assert value(after, "anlan_up") == 1


def test_addresses_with_codes_in_them_are_no_labels(world: World) -> None:
    taken = world.take()
    Client().get(f"/track/{taken.tracking_code}")
    Client().get("/13912345678/欧阳")
    Client().generic("13912345678", "/")
    text = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    assert 'route="tracking"' in text
    assert 'route="(none)"' in text
    assert 'method="OTHER"' in text
    for planted in (taken.tracking_code, "13912345678", "欧阳"):
        assert planted not in text


def test_every_metric_of_the_board_is_on_the_page(world: World) -> None:
    counts.count_job("cases.tell_opened", "done", 0.1)
    Api(world, "app").post("/signals", Api(world).signal())
    have = {name for name, _ in read_page()}
    text = BOARD.read_text(encoding="utf-8")
    queries = [
        target["expr"]
        for panel in json.loads(text)["panels"]
        for target in panel.get("targets", ())
    ]
    asked = {name for query in queries for name in re.findall(r"\banlan_\w+", query)}
    assert len(queries) > 20
    assert asked - have == set()
    dull = ("_created", "anlan_info", "_seconds_sum", "_seconds_count")
    assert {n for n in have - asked if not n.endswith(dull) and n.startswith("anlan")} == set()


def test_it_lives_and_is_ready(world: World) -> None:
    assert Client().get("/health/live").json() == {"status": "live"}
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["database"], told["tables"]) == ("ready", "ok", "ok")
    assert told["worker"] == "failing"
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [now()])
    assert Client().get("/health/ready").json()["worker"] == "ok"


def test_it_is_not_ready_with_older_tables_or_a_full_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda path: Usage(free=1000))
        answer = Client().get("/health/ready")
        assert (answer.status_code, answer.json()["disk"]) == (503, "failing")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'rollup'")
    monkeypatch.setattr(health, "_is_current", False)
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["tables"]) == (503, "failing")


def test_every_answer_has_an_id_that_nobody_chooses(world: World) -> None:
    answer = Client().get("/health/live", headers={"X-Request-ID": "13912345678"})
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


@pytest.mark.parametrize(
    ("status", "send"),
    [
        (401, lambda api: api.get("/cases", Authorization="Bearer 不对")),
        (403, lambda api: api.client.post("/account/password", {}, headers={"Origin": "http://x"})),
        (422, lambda api: api.post("/signals", {"text": 3})),
        (400, lambda api: api.post("/signals", b"{")),
    ],
)
def test_what_is_refused_is_always_written(
    world: World, caplog: pytest.LogCaptureFixture, status: int, send: Any
) -> None:
    api = Api(world, "" if status in (401, 403) else "app", enforce_csrf_checks=True)
    with caplog.at_level("INFO", logger="anlan.request"):
        assert send(api).status_code == status
        assert Client().get("/health/live").status_code == 200
        assert Client().get("/nowhere").status_code == 404
    fields = [record.__dict__["fields"] for record in caplog.records]
    assert [each["status"] for each in fields] == [status]
    assert {"route", "method", "actor"} <= set(fields[0])


def test_what_is_not_there_answers_on_a_beat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def left(took_s: float) -> float:
        waited.append(requests_left(took_s))
        return 0.0

    requests_left = requests.left_of_beat
    monkeypatch.setattr(requests, "left_of_beat", left)
    api = Api(world, "desk")
    assert api.get("/cases").status_code == 200
    assert Client().get("/no-such-page").status_code == 404
    assert waited == []
    hidden = world.take(lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
    for path in (f"/cases/{hidden.case_id}", f"/cases/{new_id()}"):
        assert api.get(path).status_code == 404
    assert api.client.get(f"/desk/cases/{hidden.case_id}").status_code == 404
    assert Client().get("/track/7KQF9-2MX4T-8PQZK").status_code == 404
    assert len(waited) == 4
    assert all(0 <= seconds < requests.BEAT_S for seconds in waited)

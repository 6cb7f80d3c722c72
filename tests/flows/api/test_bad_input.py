"""What is sent wrong gets problem+json that says what and how to mend it; nothing is half-kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test import RequestFactory

from anlan.cases.models import Case
from anlan.config.serving.handler import Handler
from anlan.intake.models import Signal
from anlan.intake.rules import TEXT_LIMIT
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.people.actions import revoke_api_client
from tests.flows.api.calls import Api
from tests.house.floors import PROJECT
from tests.make import NOW, OUTSIDE, World


@pytest.fixture
def app(world: World) -> Api:
    return Api(world, "app")


@pytest.fixture
def nothing_kept(world: World) -> Iterator[None]:
    """Make sure that a refused request leaves no row behind."""
    entries = LedgerEntry.objects.filter(about_kind="case").count()
    yield
    assert not Signal.objects.exists()
    assert not Case.objects.exists()
    assert LedgerEntry.objects.filter(about_kind="case").count() == entries


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem of this kind, and give it."""
    assert answer["Content-Type"] == "application/problem+json", answer.content[:300]
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert problem["status"] == status
    assert problem["type"] == f"urn:anlan:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert "Traceback" not in answer.content.decode()
    return problem


pytestmark = pytest.mark.usefixtures("nothing_kept")


def test_an_unknown_place(app: Api) -> None:
    problem = refused(
        app.post("/signals", {"text": "路灯坏了", "place_code": "999999"}), 404, "PLACE_UNKNOWN"
    )
    assert problem["data"] == {"place": "999999"}


def test_a_point_outside_every_grid(app: Api) -> None:
    body = app.signal(lon=OUTSIDE[0], lat=OUTSIDE[1])
    problem = refused(app.post("/signals", body), 422, "POINT_OUTSIDE")
    assert problem["data"] == {"lon": OUTSIDE[0], "lat": OUTSIDE[1]}


def test_no_place_at_all(app: Api) -> None:
    refused(app.post("/signals", {"text": "路灯坏了"}), 422, "PLACE_MISSING")


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_an_empty_text(app: Api, text: str) -> None:
    refused(app.post("/signals", app.signal(text=text)), 422, "TEXT_MISSING")


def test_a_text_of_100_kilobytes(app: Api) -> None:
    text = "路灯" * 17_000
    problem = refused(app.post("/signals", app.signal(text=text)), 422, "TEXT_TOO_LONG")
    assert problem["data"] == {"length": 34_000, "limit": TEXT_LIMIT}


def test_a_body_of_two_megabytes(app: Api) -> None:
    refused(app.post("/signals", app.signal(text="a" * 2_000_000)), 413, "BODY_TOO_LARGE")


@pytest.mark.parametrize("text", ["路灯\x00坏了", "路灯\x1b[31m坏了"])
def test_control_characters_in_the_text(app: Api, text: str) -> None:
    problem = refused(app.post("/signals", app.signal(text=text)), 422, "CONTROL_CHARACTERS")
    assert problem["data"] == {"position": 2}


@pytest.mark.parametrize("field", ["place_text", "external_ref", "matter", "place_code"])
def test_control_characters_in_other_fields(app: Api, field: str) -> None:
    problem = refused(app.post("/signals", app.signal(**{field: "a\x00b"})), 422, "FIELDS_INVALID")
    assert problem["data"]["fields"][0]["field"] == field


def test_half_a_surrogate(app: Api) -> None:
    body = b'{"text": "\\ud800", "place_code": "330999001"}'
    assert app.post("/signals", body).status_code == 422


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"\xff\xfe", b"[" * 100_000, b'{"text": "a", "lon": NaN, "lat": 1}', b"1e999999"],
)
def test_malformed_json(app: Api, body: bytes) -> None:
    answer = app.post("/signals", body)
    assert answer.status_code in (400, 422)
    refused(answer, answer.status_code, answer.json()["code"])


def test_nan_is_not_json(app: Api) -> None:
    body = b'{"text": "a", "lon": NaN, "lat": 29.7}'
    refused(app.post("/signals", body), 400, "BODY_MALFORMED")


def test_nan_as_text_is_no_longitude(app: Api) -> None:
    problem = refused(app.post("/signals", app.signal(lon="NaN")), 422, "POINT_MALFORMED")
    assert problem["data"]["lon"] == "nan"


@pytest.mark.parametrize(("lon", "lat"), [(181, 29.7), (120.0, 91), (120.0, None)])
def test_a_point_off_the_globe(app: Api, lon: float, lat: float | None) -> None:
    refused(app.post("/signals", app.signal(lon=lon, lat=lat)), 422, "POINT_MALFORMED")


def test_a_field_of_the_wrong_type(app: Api) -> None:
    problem = refused(app.post("/signals", app.signal(lon="east")), 422, "FIELDS_INVALID")
    assert [each["field"] for each in problem["data"]["fields"]] == ["lon"]


def test_an_unknown_matter(app: Api) -> None:
    problem = refused(app.post("/signals", app.signal(matter="DRAGONS")), 422, "MATTER_UNKNOWN")
    assert problem["data"] == {"matter": "DRAGONS"}


@pytest.mark.parametrize("key", ["", "a b", "钥匙", "k" * 101])
def test_an_idempotency_key_that_is_none(app: Api, key: str) -> None:
    answer = app.post("/signals", app.signal(), **{"Idempotency-Key": key})
    refused(answer, 422, "KEY_UNUSABLE")


def test_a_wrong_token(app: Api) -> None:
    answer = app.post("/signals", app.signal(), Authorization="Bearer wrong")
    refused(answer, 401, "TOKEN_UNKNOWN")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token(app: Api, world: World) -> None:
    sent_before = app.post("/signals", app.signal(text=""))
    assert sent_before.status_code == 422
    client_id = world.clients["app"].client_id
    revoke_api_client(actor=SYSTEM, client_id=client_id, at=NOW)
    refused(app.post("/signals", app.signal()), 401, "TOKEN_UNKNOWN")


def test_no_token(world: World) -> None:
    nobody = Api(world)
    refused(nobody.post("/signals", nobody.signal()), 401, "SIGN_IN_NEEDED")


def test_another_kind_of_authorization(app: Api) -> None:
    answer = app.post("/signals", app.signal(), Authorization="Basic YTpi")
    refused(answer, 401, "SIGN_IN_NEEDED")


def test_an_unknown_address(app: Api) -> None:
    refused(app.get("/dragons"), 404, "ADDRESS_UNKNOWN")
    refused(app.client.get("/api/v2/signals"), 404, "ADDRESS_UNKNOWN")


def test_a_wrong_method(app: Api) -> None:
    answer = app.get("/signals")
    problem = refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert problem["data"] == {"method": "GET"}
    assert answer["Allow"] == "POST"


def test_a_case_id_that_is_none(world: World) -> None:
    refused(Api(world, "desk").get("/cases/1"), 404, "ADDRESS_UNKNOWN")


def test_a_tracking_code_that_is_none(world: World) -> None:
    refused(Api(world).get("/track/hello"), 422, "CODE_MALFORMED")


def test_a_tracking_code_of_nothing(world: World) -> None:
    refused(Api(world).get("/track/7KQF9-2MX4T-8PQZK"), 404, "TRACKING_CODE_WRONG")


def test_a_place_in_the_list_that_is_none(world: World) -> None:
    refused(Api(world, "desk").get("/cases", {"after": "yesterday"}), 422, "AFTER_MALFORMED")
    refused(Api(world, "desk").get("/cases", {"limit": "0"}), 422, "FIELDS_INVALID")


def test_guessing_tracking_codes_is_slowed_down(world: World) -> None:
    anybody = Api(world)
    answers = [anybody.get(f"/track/00000-000{n:02}-00000") for n in range(61)]
    assert [answer.status_code for answer in answers[:60]] == [404] * 60
    problem = refused(answers[60], 429, "TOO_MANY")
    assert answers[60]["Retry-After"] == str(problem["data"]["wait_seconds"])


def test_an_error_is_told_in_the_readers_language(app: Api) -> None:
    english = app.post("/signals", app.signal(text="")).json()["detail"]
    assert english.startswith("The report has no text")
    chinese = app.post("/signals", app.signal(text=""), **{"Accept-Language": "zh-CN"})
    assert re.match("[\u4e00-\u9fff]", chinese.json()["detail"])
    refused(chinese, 422, "TEXT_MISSING")


def test_a_transfer_from_anybody_but_110(app: Api) -> None:
    body = app.signal(external_ref="1")
    refused(app.post("/transfers", body), 403, "CHANNEL_NEEDED")


def test_a_list_without_a_seat(app: Api) -> None:
    refused(app.get("/cases"), 403, "SEAT_NEEDED")


def failing(wrong: Exception) -> Callable[..., Any]:
    """Let the one statement that takes a report fail."""

    def execute(run: Callable[..., Any], sql: str, *given: Any) -> Any:
        if "triage_take_signal(" in sql:
            raise wrong
        return run(sql, *given)

    return execute


def test_the_database_goes_away_in_the_middle(app: Api) -> None:
    with connection.execute_wrapper(failing(OperationalError("server closed the connection"))):
        answer = app.post("/signals", app.signal())
    refused(answer, 503, "DATABASE_AWAY")
    assert answer["Retry-After"] == "5"


def test_a_database_that_is_away_makes_the_health_call_fail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object, **given: object) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", gone)
        answer = Api(world).get("/health")
    refused(answer, 503, "DATABASE_AWAY")


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        (OperationalError("deadlock detected"), psycopg.errors.DeadlockDetected()),
        (IntegrityError("duplicate key"), psycopg.errors.UniqueViolation()),
    ],
)
def test_somebody_else_holds_the_lock_or_was_first(
    app: Api, wrong: Exception, cause: Exception
) -> None:
    wrong.__cause__ = cause
    with connection.execute_wrapper(failing(wrong)):
        refused(app.post("/signals", app.signal()), 409, "BUSY")


def test_a_fault_of_ours_shows_no_trace(app: Api, caplog: pytest.LogCaptureFixture) -> None:
    with connection.execute_wrapper(failing(RuntimeError("secret detail"))):
        answer = app.post("/signals", app.signal())
    refused(answer, 500, "FAILURE")
    assert b"secret detail" not in answer.content
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    "kind",
    ["text/plain; charset*=utf-8''a%00b", "x; charset*=none-such''a", "x; charset*=idna''a",
     "text/plain; b*=x; b*2=y"],
)  # fmt: skip
def test_a_content_type_that_cannot_be_understood(world: World, kind: str) -> None:
    handler, make = Handler(), RequestFactory()._base_environ  # type: ignore[attr-defined]

    def send(method: str, path: str) -> int:
        environ = make(PATH_INFO=path, REQUEST_METHOD=method, CONTENT_TYPE=kind)
        return handler.get_response(handler.request_class(environ)).status_code

    assert send("GET", "/api/v1/health") == 200
    assert send("GET", "/") == 200
    assert 400 <= send("POST", "/open311/v2/requests.json") < 500
    assert 400 <= send("POST", "/api/v1/signals") < 500


def test_the_server_runs_that_handler() -> None:
    text = (PROJECT / "src" / "anlan" / "config" / "wsgi.py").read_text(encoding="utf-8")
    assert "application = Handler()" in text

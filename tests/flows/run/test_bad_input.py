"""Bad input, each kind at each door. This page says where each is tested; what is missing elsewhere
is tested below.

| kind | API and Open311 (tests/flows/api) | pages (tests/flows/web, or here) | command line, files |
|---|---|---|---|
| unknown place | test_bad_input: unknown_place | test_resident_report: what_cannot_be_taken | tests/rooms/places/test_cli |
| point outside every grid | test_bad_input: a_point_outside | test_resident_report: what_cannot_be_taken | tests/rooms/places/test_cli |
| empty, 100 kB, control characters | test_bad_input | test_resident_report; here: a report from the field | tests/rules/intake |
| a wrong file type | test_reporting: no_photo | test_resident_report, test_desk_case; here: a report from the field | tests/rooms/documents |
| a zip bomb image | here | here, all three forms | tests/rooms/documents |
| a key with another body | here | test_resident_report: a_form_changed | – |
| a broken row, a wrong encoding | – | – | tests/rules/intake, tests/rooms/triage |
| a clock that runs backwards | here | here | – |
| the disk is full, here or the database's | here | here; test_under_faults: for real | – |
| the database goes away | test_bad_input, test_under_load; here: with a cookie | here; test_database_away: for real | `anlan.cli.DatabaseLost` |
"""  # fmt: skip

from __future__ import annotations

import errno
import io
import os
import struct
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from PIL import Image

from anlan.cases import queries as cases
from anlan.cases.models import Case, Step
from anlan.documents import store
from anlan.documents.models import Document
from anlan.intake.models import Signal
from anlan.kernel import clock
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from tests.flows.api.calls import Api
from tests.make import IN_GRID, NOW, World

TEXT = "村口路灯坏了三天，晚上看不清路"


def zip_bomb() -> bytes:
    """Make a PNG of 40 kB that would unpack to 40,000 × 40,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(40_000_000), 9)
    ends = chunk(b"IDAT", packed), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(ends)


def upload(data: bytes, name: str = "lamp.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/png")


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (32, 24), "teal").save(data, "PNG")
    return data.getvalue()


def form(**given: Any) -> dict[str, Any]:
    return {
        "text": TEXT, "lon": str(IN_GRID[0]), "lat": str(IN_GRID[1]), "token": str(uuid4()),
    } | given  # fmt: skip


def open_for(world: World, login: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.cookies["anlan_sign_in"] = world.token(login)
    return client


def kept() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Signal, Case, Step, Document))


def test_a_zip_bomb_stops_a_residents_report(world: World) -> None:
    answer = Client(headers={"accept-language": "en"}).post("/", form(photos=upload(zip_bomb())))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "lamp.png" in page or "million" in page or "pixels" in page
    assert TEXT in page, "the words are kept"
    assert kept() == (0, 0, 0, 0)


def test_a_zip_bomb_moves_no_case(world: World) -> None:
    taken, desk = world.take(), open_for(world, "desk")
    before = kept()
    answer = desk.post(
        f"/desk/cases/{taken.case_id}/moves/accept", {"seq": 1, "photos": upload(zip_bomb())}
    )
    assert answer.status_code == 422
    assert kept() == before
    assert cases.access_case(actor=SYSTEM, case_id=taken.case_id).state == "RECEIVED"


def test_a_zip_bomb_through_the_api(world: World) -> None:
    app = Api(world, "app")
    answer = app.client.post("/api/v1/photos", {"file": upload(zip_bomb())}, headers=app.headers)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert kept() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"photos": upload(b"%PDF-1.4 a letter", "letter.jpg")}, "letter.jpg"),
        ({"photos": upload(zip_bomb())}, "pixels"),
        ({"text": ""}, "required"),
        ({"text": "路灯\x07坏了"}, "control characters"),
        ({"text": "路" * 40_000}, "5"),
    ],
)
def test_a_report_from_the_field_that_cannot_be_taken(
    world: World, given: dict[str, Any], said: str
) -> None:
    grid = open_for(world, "grid")
    sent = {"text": TEXT, "lon": "120.0100", "lat": "29.7050", "key": str(uuid4())}
    answer = grid.post("/field/report", sent | given)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert kept() == (0, 0, 0, 0)


def test_a_key_sent_again_with_another_body(world: World) -> None:
    app = Api(world, "app")
    key = {"Idempotency-Key": "lamp-1"}
    assert app.post("/signals", app.signal(), **key).status_code == 201
    before = kept()
    answer = app.post("/signals", app.signal(text="另外，垃圾桶满了"), **key)
    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert kept() == before


def test_a_clock_set_back_by_an_hour_stops_moves_and_nothing_else(world: World) -> None:
    taken, desk = world.take(), open_for(world, "desk")
    address, before = f"/desk/cases/{taken.case_id}", kept()
    with clock.frozen(NOW - timedelta(hours=1)):
        answer = desk.post(f"{address}/moves/accept", {"seq": 1})
        assert answer.status_code == 503
        assert "CLOCK_RAN_BACKWARDS" in answer.content.decode()
        body = {"move": "accept"}
        refused = Api(world, "desk").post(f"/cases/{taken.case_id}/moves", body)
        assert (refused.status_code, refused.json()["code"]) == (503, "CLOCK_RAN_BACKWARDS")
        assert kept() == before
        for page in (address, "/desk/", f"/track/{taken.tracking_code}"):
            assert desk.get(page).status_code == 200
        app = Api(world, "app")
        assert app.post("/signals", app.signal()).status_code == 201
    assert desk.post(f"{address}/moves/accept", {"seq": 1}).status_code == 302


def test_a_clock_that_jumps_back_a_moment_keeps_the_order_of_steps(world: World) -> None:
    taken, desk = world.take(), open_for(world, "desk")
    with clock.frozen(NOW - timedelta(seconds=1)):
        sent = desk.post(f"/desk/cases/{taken.case_id}/moves/accept", {"seq": 1})
        assert sent.status_code == 302
    steps = Step.objects.filter(case_id=taken.case_id).order_by("seq")
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    written = LedgerEntry.objects.filter(about_kind="case", about_id=str(taken.case_id))
    assert [entry.what for entry in written.order_by("id")][-1] == "case.accept"


def going_away(when: str, wrong: Exception) -> Callable[..., Any]:
    """Let every statement that contains some words fail as if the server had gone."""

    def execute(run: Callable[..., Any], sql: str, *given: Any) -> Any:
        if when in sql:
            raise wrong
        return run(sql, *given)

    return execute


GONE = [OperationalError("the connection is lost"), InterfaceError("connection already closed")]


@pytest.mark.parametrize("wrong", GONE)
@pytest.mark.parametrize(
    ("when", "address"),
    [("people_signin", "/desk/"), ("cases_case", "/desk/"), ("cases_case", "/field/")],
)
def test_the_database_goes_away_while_a_page_is_made(
    world: World, when: str, address: str, wrong: Exception
) -> None:
    desk = open_for(world, "desk")
    with connection.execute_wrapper(going_away(when, wrong)):
        answer = desk.get(address)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "Not available just now" in answer.content.decode()
    assert "anlan_sign_in" not in answer.cookies, "he stays signed in"
    assert desk.get("/desk/").status_code == 200


def test_the_database_goes_away_while_a_caller_with_a_cookie_is_looked_up(world: World) -> None:
    desk = Api(world, "desk")
    with connection.execute_wrapper(going_away("people_signin", GONE[0])):
        answer = desk.get("/cases")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "DATABASE_AWAY"


@pytest.mark.parametrize("wrong", GONE)
def test_the_database_goes_away_while_a_report_is_taken(world: World, wrong: Exception) -> None:
    resident = Client(headers={"accept-language": "en"})
    with connection.execute_wrapper(going_away("triage_take_signal(", wrong)):
        answer = resident.post("/", form())
    assert answer.status_code == 503
    assert "Nothing was lost" in answer.content.decode()
    assert kept() == (0, 0, 0, 0)


def database_full() -> OperationalError:
    """What Django raises when the database server finds no room."""
    wrong = OperationalError('could not extend file "base/5/1259": No space left on device')
    wrong.__cause__ = psycopg.errors.DiskFull()
    return wrong


def test_a_full_disk_of_the_database_is_told_as_such(world: World) -> None:
    app, resident = Api(world, "app"), Client(headers={"accept-language": "en"})
    with connection.execute_wrapper(going_away("triage_take_signal(", database_full())):
        refused = app.post("/signals", app.signal(), **{"Idempotency-Key": "lamp-1"})
        page = resident.post("/", form())
    assert (refused.status_code, refused.json()["code"]) == (507, "STORAGE_FULL")
    assert refused["Retry-After"] == page["Retry-After"] == "5"
    assert page.status_code == 507
    assert "There is no room left" in page.content.decode()
    assert kept() == (0, 0, 0, 0)
    assert app.post("/signals", app.signal(), **{"Idempotency-Key": "lamp-1"}).status_code == 201


def test_a_full_disk_keeps_no_half_a_photo(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    app, desk = Api(world, "app"), open_for(world, "desk")
    photo, taken = picture(), world.take()
    before = kept()
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_room)
        refused = app.client.post("/api/v1/photos", {"file": upload(photo)}, headers=app.headers)
        page = desk.post(
            f"/desk/cases/{taken.case_id}/moves/accept", {"seq": 1, "photos": upload(photo)}
        )
    assert (refused.status_code, refused.json()["code"]) == (507, "STORAGE_FULL")
    assert page.status_code == 507
    assert kept() == before
    assert [path for path in store.folder().rglob("*") if path.name.startswith(".new")] == []
    kept_now = app.client.post("/api/v1/photos", {"file": upload(photo)}, headers=app.headers)
    assert kept_now.status_code == 201


def test_the_database_goes_away_in_the_middle_of_a_move(world: World) -> None:
    taken, desk = world.take(), open_for(world, "desk")
    before, entries = kept(), LedgerEntry.objects.count()
    with connection.execute_wrapper(going_away("ledger_entry", GONE[0])):
        answer = desk.post(f"/desk/cases/{taken.case_id}/moves/accept", {"seq": 1})
    assert answer.status_code == 503
    assert (kept(), LedgerEntry.objects.count()) == (before, entries)
    assert cases.access_case(actor=SYSTEM, case_id=taken.case_id).state == "RECEIVED"
    assert desk.post(f"/desk/cases/{taken.case_id}/moves/accept", {"seq": 1}).status_code == 302

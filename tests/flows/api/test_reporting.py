"""A partner system reports; the reporter follows by the tracking code alone, and rates."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from anlan.api.intake import SignalOut
from anlan.api.ratings import TrackedOut
from anlan.cases.actions import move_case
from anlan.cases.models import Case
from anlan.cases.rules import Given
from anlan.intake.models import Contact, Signal
from anlan.ledger.models import LedgerEntry
from anlan.places.rules import to_gcj02
from tests.flows.api.calls import Api
from tests.make import IN_GRID, IN_OTHER_GRID, OTHER_GRID, TOWN, World


@pytest.fixture
def app(world: World) -> Api:
    return Api(world, "app")


def close(world: World, case_id: str) -> None:
    """Carry a case of the construction office from receipt to close."""
    case = Case.objects.get(pk=case_id)
    for login, move, given in (
        ("desk", "assign_down", Given(unit_id=world.unit_id(TOWN, "CONSTRUCTION"))),
        ("builder", "sign_for", Given()),
        ("builder", "handle", Given(note="灯泡已更换")),
        ("desk", "verify", Given()),
        ("desk", "close", Given(outcome="SOLVED", note="已修好")),
    ):
        if case.state == "HANDLING" and move in ("assign_down", "sign_for"):
            continue
        case = move_case(
            actor=world.actor(login), case_id=case.id, move=move, given=given, at=case.last_at
        )


def test_a_report_is_classified_routed_and_answered_at_once(app: Api) -> None:
    answer = app.post("/signals", app.signal(contact={"name": "陈晓", "phone": "13800000000"}))
    assert answer.status_code == 201
    taken = answer.json()
    SignalOut.model_validate(taken)
    assert taken["state"] == "RECEIVED"
    assert taken["matter"]["code"] == "STREET_LAMP"
    assert taken["place"]["code"] == "330999001201001"
    assert taken["unit"]["name"] == "河东镇村镇建设办"
    assert taken["accept_due_at"] == "2026-03-10T04:00:00Z"  # two working hours after 10:00
    assert taken["tracking_code"].startswith(taken["code"])
    signal = Signal.objects.get(code=taken["code"].replace("-", ""))
    assert signal.channel == "API"
    assert b"13800000000" not in bytes(Contact.objects.get(signal=signal).sealed or b"")
    entry = LedgerEntry.objects.get(about_kind="case", about_id=taken["case_id"])
    assert entry.what == "case.opened"
    assert "路灯" not in entry.body


def test_the_reporter_follows_rates_unsatisfied_and_the_case_comes_back(
    app: Api, world: World
) -> None:
    taken = app.post("/signals", app.signal()).json()
    anybody = Api(world)
    path = f"/track/{taken['tracking_code']}"
    followed = anybody.get(path).json()
    TrackedOut.model_validate(followed)
    assert followed["state"] == "RECEIVED"
    assert not followed["may_rate"]
    assert [step["name"] for step in followed["steps"]] == ["待受理"]

    early = anybody.post(path + "/rating", {"is_satisfied": True})
    assert (early.status_code, early.json()["code"]) == (409, "NOT_CLOSED_YET")

    close(world, taken["case_id"])
    assert anybody.get(path).json()["may_rate"]
    rated = anybody.post(path + "/rating", {"is_satisfied": False, "comment": "还是不亮"})
    assert rated.status_code == 201
    back = anybody.get(path).json()
    assert back["state"] == "HANDLING"
    assert back["closed_at"] is None
    again = anybody.post(path + "/rating", {"is_satisfied": True})
    assert (again.status_code, again.json()["code"]) == (409, "NOT_CLOSED_YET")

    close(world, taken["case_id"])
    assert anybody.post(path + "/rating", {"is_satisfied": True}).status_code == 201
    twice = anybody.post(path + "/rating", {"is_satisfied": True})
    assert (twice.status_code, twice.json()["code"]) == (409, "RATED_ALREADY")


def test_the_reporter_sees_no_inner_steps_and_no_staff(app: Api, world: World) -> None:
    taken = app.post("/signals", app.signal()).json()
    close(world, taken["case_id"])
    followed = Api(world).get(f"/track/{taken['tracking_code']}")
    moves = [step["move"] for step in followed.json()["steps"]]
    assert moves == ["open", "assign_down", "close"]
    assert "同志" not in followed.content.decode()


def test_a_repeated_key_with_the_same_body_changes_nothing(app: Api) -> None:
    first = app.post("/signals", app.signal(), **{"Idempotency-Key": "a-1"})
    second = app.post("/signals", app.signal(), **{"Idempotency-Key": "a-1"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Case.objects.count() == Signal.objects.count() == 1


def test_keys_of_two_senders_do_not_meet(app: Api, world: World) -> None:
    app.post("/signals", app.signal(), **{"Idempotency-Key": "a-1"})
    other = Api(world, "system").post("/signals", app.signal(), **{"Idempotency-Key": "a-1"})
    assert other.status_code == 201
    assert Case.objects.count() == 2


def test_a_point_of_a_chinese_web_map_is_converted_at_the_door(app: Api) -> None:
    lon, lat = (float(degrees) for degrees in to_gcj02(*IN_OTHER_GRID))
    assert app.get("/places/locate", {"lon": lon, "lat": lat}).json()["places"][-1]["code"] != ""
    taken = app.post("/signals", app.signal(lon=lon, lat=lat, datum="gcj02")).json()
    assert taken["place"]["code"] == OTHER_GRID
    signal = Signal.objects.get()
    assert signal.lon == pytest.approx(IN_OTHER_GRID[0], abs=1e-6)


def test_a_report_may_name_its_place_and_its_matter(app: Api) -> None:
    body = {"text": "说不清", "place_code": "330999002", "matter": "GARBAGE"}
    taken = app.post("/signals", body).json()
    assert taken["place"]["code"] == "330999002"
    assert taken["matter"]["code"] == "GARBAGE"


def test_a_grid_worker_reports_with_his_sign_in(world: World) -> None:
    grid = Api(world, "grid")
    assert grid.post("/signals", grid.signal()).status_code == 201
    assert Signal.objects.get().channel == "FIELD"


def test_a_page_elsewhere_cannot_report_with_a_grid_workers_cookie(world: World) -> None:
    grid = Api(world, "grid", enforce_csrf_checks=True)
    answer = grid.post("/signals", grid.signal())
    assert (answer.status_code, answer.json()["code"]) == (403, "CROSS_SITE_REQUEST")
    assert not Signal.objects.exists()


def make_photo() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(file, "JPEG")
    file.seek(0)
    file.name = "lamp.jpg"
    return file


def send_photo(api: Api, file: io.BytesIO) -> dict[str, object]:
    answer = api.client.post("/api/v1/photos", {"file": file}, headers=api.headers)
    assert answer.status_code == 201, answer.content
    sent: dict[str, object] = answer.json()
    return sent


def test_photos_are_sent_first_and_then_named_in_the_report(app: Api, world: World) -> None:
    photo = send_photo(app, make_photo())
    assert (photo["width"], photo["height"]) == (64, 48)
    taken = app.post("/signals", app.signal(photos=[photo["id"]]))
    assert taken.status_code == 201
    case = Api(world, "desk").get(f"/cases/{taken.json()['case_id']}").json()
    assert case["photos"] == [photo["id"]]


def test_a_photo_belongs_to_one_report_and_to_its_sender(app: Api, world: World) -> None:
    photo = send_photo(app, make_photo())
    foreign = Api(world, "system").post("/signals", app.signal(photos=[photo["id"]]))
    assert (foreign.status_code, foreign.json()["code"]) == (422, "PHOTO_NOT_YOURS")
    assert app.post("/signals", app.signal(photos=[photo["id"]])).status_code == 201
    twice = app.post("/signals", app.signal(photos=[photo["id"]]))
    assert (twice.status_code, twice.json()["code"]) == (409, "PHOTO_USED")
    assert Case.objects.count() == 1


def add_photo(api: Api, code: str) -> Any:
    path = f"/api/v1/signals/{code}/photos"
    return api.client.post(path, {"file": make_photo()}, headers=api.headers)


def test_the_sender_adds_a_photo_later_while_the_matter_is_open(app: Api, world: World) -> None:
    taken = app.post("/signals", app.signal()).json()
    added = add_photo(app, taken["code"])
    assert added.status_code == 201
    case = Api(world, "desk").get(f"/cases/{taken['case_id']}").json()
    assert case["photos"] == [added.json()["id"]]
    assert LedgerEntry.objects.filter(what="case.photos_added").count() == 1

    foreign = add_photo(Api(world, "system"), taken["code"])
    assert (foreign.status_code, foreign.json()["code"]) == (404, "SIGNAL_UNKNOWN")
    close(world, taken["case_id"])
    late = add_photo(app, taken["code"])
    assert (late.status_code, late.json()["code"]) == (409, "PHOTOS_LATE")
    assert Case.objects.get().photos.count() == 1


def test_a_file_that_is_no_photo_is_refused(app: Api) -> None:
    file = io.BytesIO(b"%PDF-1.7 not a photo")
    file.name = "photo.jpg"
    answer = app.client.post("/api/v1/photos", {"file": file}, headers=app.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "WRONG_FILE_TYPE")


def test_a_point_tells_its_places_down_to_the_grid(world: World) -> None:
    found = Api(world).get("/places/locate", {"lon": IN_GRID[0], "lat": IN_GRID[1]}).json()
    assert [place["level"] for place in found["places"]] == ["COUNTY", "TOWN", "VILLAGE", "GRID"]
    assert not found["near_border"]


def test_the_catalogue_is_open(world: World) -> None:
    found = Api(world).get("/matters", {"jurisdiction": "TEST-SMALL"}).json()
    assert len(found) == 7
    assert Api(world).get("/matters", {"jurisdiction": "ELSEWHERE"}).json() == []

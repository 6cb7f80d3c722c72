"""A resident follows a report by its code, rates it, and nobody else can."""

from __future__ import annotations

import io
import json
import re
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.rules import Given, case_procedure
from anlan.documents import actions as documents
from anlan.kernel import codes
from anlan.ratings.models import Rating
from anlan.web.resident import stages
from tests.make import COUNTY, GRID, IN_GRID, NOW, VILLAGE, World


@pytest.fixture
def resident() -> Client:
    return Client(headers={"accept-language": "en"})


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), (1, 99, 9)).save(data, "PNG")
    return data.getvalue()


def close(world: World, case_id: UUID) -> None:
    """Take a case through the procedure to its end."""
    steps = [
        ("desk", "assign_down", Given(note="内部", unit_id=world.unit_id(VILLAGE, "GRID"))),
        ("grid", "sign_for", Given()),
        ("grid", "handle", Given(note="电工内部记录")),
        ("desk", "verify", Given()),
        ("desk", "close", Given(note="灯已换好", outcome="SOLVED")),
    ]
    for login, move, given in steps:
        cases.move_case(actor=world.actor(login), case_id=case_id, move=move, given=given, at=NOW)


def test_the_page_tells_what_was_done_and_by_when(world: World, resident: Client) -> None:
    taken = world.take()
    page = resident.get(f"/track/{taken.tracking_code}").content.decode()
    assert "To be accepted by" in page
    assert "In time" not in page
    assert "left" in page
    close(world, taken.case_id)
    page = resident.get(f"/track/{taken.tracking_code}").content.decode()
    assert "Closed" in page
    assert "灯已换好" in page
    assert "Was it done?" in page
    assert "电工内部记录" not in page
    assert "内部" not in page


def test_each_stage_is_told_in_a_sentence_of_its_own(world: World, resident: Client) -> None:
    taken = world.take()
    address = f"/track/{taken.tracking_code}"
    told = [lead(resident, address)]
    for login, move, given in (
        ("desk", "assign_down", Given(note="内部", unit_id=world.unit_id(VILLAGE, "GRID"))),
        ("grid", "sign_for", Given()),
        ("grid", "handle", Given(note="已换")),
        ("desk", "verify", Given()),
    ):
        world_actor = world.actor(login)
        cases.move_case(actor=world_actor, case_id=taken.case_id, move=move, given=given, at=NOW)
        told.append(lead(resident, address))
    assert all(told)
    assert len(set(told)) == len(told)
    assert set(stages.SENTENCES) <= set(case_procedure(1).states)


def lead(resident: Client, address: str) -> str:
    found = re.search(r'<p class="hero__lead">([^<]+)</p>', resident.get(address).content.decode())
    return found[1] if found else ""


def test_not_satisfied_sends_it_back_and_the_clock_runs_again(
    world: World, resident: Client
) -> None:
    taken = world.take()
    address = f"/track/{taken.tracking_code}"
    close(world, taken.case_id)
    assert resident.post(f"{address}/rate", {"satisfied": ""}).status_code == 422
    assert resident.post(f"{address}/rate", {"satisfied": "no"}).status_code == 422
    sent = {"satisfied": "no", "comment": "还是不亮"}
    assert resident.post(f"{address}/rate", sent)["Location"] == f"{address}#rating"
    case = Case.objects.get()
    assert (case.state, case.reopen_count) == ("HANDLING", 1)
    page = resident.get(address).content.decode()
    assert "You said it was not done" in page
    assert "To be done by" in page
    assert "Was it done?" not in page


def test_satisfied_is_thanked_and_counts_once(world: World, resident: Client) -> None:
    taken = world.take()
    close(world, taken.case_id)
    address = f"/track/{taken.tracking_code}"
    assert resident.post(f"{address}/rate", {"satisfied": "yes"}).status_code == 302
    assert "Thank you" in resident.get(address).content.decode()
    again = resident.post(f"{address}/rate", {"satisfied": "no", "comment": "x"})
    assert again.status_code == 422
    assert Rating.objects.count() == 1
    assert resident.get(f"{address}/rate").status_code == 302


def test_the_code_is_found_however_it_is_typed(world: World, resident: Client) -> None:
    taken = world.take()
    typed = taken.tracking_code.replace("-", " ").lower()
    answer = resident.get("/track", {"code": typed})
    assert answer["Location"] == f"/track/{taken.tracking_code}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("7KQF9", "is not a tracking code"), ("7KQF9-2MX4T-00000", "belongs to no report")],
)
def test_a_wrong_code_is_explained(world: World, resident: Client, typed: str, said: str) -> None:
    answer = resident.get("/track", {"code": typed})
    assert answer.status_code == 404
    assert said in answer.content.decode()
    assert said in resident.get(f"/track/{typed}").content.decode()


def test_staffs_code_opens_nothing(world: World, resident: Client) -> None:
    taken = world.take()
    assert resident.get(f"/track/{codes.show(taken.code)}").status_code == 422
    assert resident.get(f"/reported/{codes.show(taken.code)}00000").status_code in (404, 422)


def test_guessing_codes_is_slowed_down(world: World, resident: Client) -> None:
    for _ in range(60):
        resident.get("/track/7KQF9-2MX4T-00000")
    answer = resident.get("/track/7KQF9-2MX4T-00001")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "Too many tries" in answer.content.decode()


def test_only_the_own_photos_are_shown(world: World, resident: Client) -> None:
    sent = {
        "text": "路灯坏了，很暗", "lon": str(IN_GRID[0]), "lat": str(IN_GRID[1]), "token": str(uuid4()),
        "photos": [SimpleUploadedFile("lamp.png", picture(), "image/png")],
    }  # fmt: skip
    address = resident.post("/", sent)["Location"].replace("/reported/", "/track/")
    case = Case.objects.get()
    own = case.photos.get().document_id
    desk = world.actor("desk")
    result = documents.keep_photo(actor=desk, file=picture(), name="after.png", at=NOW).id
    cases.move_case(
        actor=desk,
        case_id=case.id,
        move="accept",
        given=Given(photos=(result,)),
        at=NOW,
    )
    assert case.photos.count() == 2
    page = resident.get(address).content.decode()
    assert f"/photos/{own}/small" in page
    shown = resident.get(f"{address}/photos/{own}/large")
    assert shown["Content-Type"] == "image/png"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown["Content-Disposition"] == "inline"
    assert b"".join(shown.streaming_content)[:4] == b"\x89PNG"
    small = resident.get(f"{address}/photos/{own}/small")
    assert b"".join(small.streaming_content)[:4] == b"\x89PNG"
    assert resident.get(f"{address}/photos/{result}/large").status_code == 404
    other = world.take()
    assert resident.get(f"/track/{other.tracking_code}/photos/{own}/large").status_code == 404


def test_outlines_are_served_small_and_once(world: World, resident: Client) -> None:
    first = resident.get(f"/map/outlines/{COUNTY}/VILLAGE", headers={"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    plain = resident.get(f"/map/outlines/{COUNTY}/GRID")
    features = json.loads(plain.content)["features"]
    assert GRID in {feature["properties"]["code"] for feature in features}
    again = resident.get(f"/map/outlines/{COUNTY}/GRID", headers={"if-none-match": plain["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert resident.get("/map/outlines/999/GRID").status_code == 404
    assert resident.get(f"/map/outlines/{COUNTY}/NONE").status_code == 422


def test_an_unknown_address_and_a_broken_page_have_words(
    world: World, resident: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = resident.get("/nothing/here")
    assert missing.status_code == 404
    assert "There is nothing here" in missing.content.decode()
    chinese = Client().get("/nothing/here").content.decode()
    assert "这里什么也没有" in chinese

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault that nobody foresaw")

    monkeypatch.setattr("anlan.web.resident.report.maps.list_outlines", fail)
    resident.raise_request_exception = False
    broken = resident.get("/")
    assert broken.status_code == 500
    assert "it is our fault" in broken.content.decode()
    assert "nobody foresaw" not in broken.content.decode()


def test_a_form_without_its_token_is_explained(world: World) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    answer = strict.post("/", {"text": "路灯坏了"})
    assert answer.status_code == 403
    assert "FORM_EXPIRED" in answer.content.decode()

"""A resident reports something without an account, with and without scripts."""

from __future__ import annotations

import io
import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from anlan.cases.models import Case
from anlan.documents.models import Document
from anlan.intake.models import Contact, Signal
from anlan.intake.rules import TEXT_LIMIT
from anlan.kernel import codes
from anlan.triage.models import Decision
from tests.make import GRID, IN_GRID, NEAR_BORDER, OUTSIDE, TOWN, VILLAGE, World

TEXT = "村口路灯坏了三天，晚上看不清路"


@pytest.fixture
def resident() -> Client:
    return Client(headers={"accept-language": "en"})


def form(**given: Any) -> dict[str, Any]:
    return {
        "text": TEXT,
        "lon": str(IN_GRID[0]),
        "lat": str(IN_GRID[1]),
        "token": str(uuid4()),
    } | given


def photo(name: str = "lamp.jpg") -> SimpleUploadedFile:
    data = io.BytesIO()
    picture = Image.new("RGB", (64, 48), (90, 90, 30))
    exif = Image.Exif()
    exif[0x010F] = "Telephone maker"
    picture.save(data, "JPEG", exif=exif)
    return SimpleUploadedFile(name, data.getvalue(), "image/jpeg")


def test_report_with_a_pin_and_photos_leads_to_a_code(world: World, resident: Client) -> None:
    sent = form(photos=[photo("a.jpg"), photo("b.jpg")], contact_phone="138 0000 0000")
    answer = resident.post("/", sent)
    assert answer.status_code == 302
    signal = Signal.objects.get()
    assert answer["Location"] == f"/reported/{codes.tracking_code(signal.code)}"
    assert (signal.channel, signal.place.code, signal.text) == ("WEB", GRID, TEXT)
    assert Contact.objects.get().signal_id == signal.id
    case = Case.objects.get()
    assert case.photos.count() == 2
    assert Document.objects.filter(kept_by=None, kept_at=signal.received_at).count() == 2

    page = resident.get(answer["Location"]).content.decode()
    assert codes.tracking_code(signal.code) in page
    assert "<svg" in page
    assert "Accepted by 10 Mar 2026" in page
    assert "no-store" in resident.get(answer["Location"])["Cache-Control"]


def test_reporting_takes_few_statements(world: World, resident: Client) -> None:
    resident.post("/", form())
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert resident.post("/", form()).status_code == 302
    assert len(caught) <= 12, [query["sql"] for query in caught]


def test_sending_twice_makes_one_report(world: World, resident: Client) -> None:
    sent = form()
    first = resident.post("/", sent | {"photos": [photo()]})
    again = resident.post("/", sent | {"photos": [photo()]})
    assert first["Location"] == again["Location"]
    assert Signal.objects.count() == 1
    assert Document.objects.count() == 1


def test_a_form_changed_after_sending_is_asked_about(world: World, resident: Client) -> None:
    sent = form()
    resident.post("/", sent)
    answer = resident.post("/", sent | {"text": "另外，旁边的垃圾桶满了"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "sent already" in page
    fresh = re.search(r'name="token" value="([^"]+)"', page)
    assert fresh is not None
    assert fresh[1] != sent["token"]
    assert resident.post("/", sent | {"text": "垃圾桶满了", "token": fresh[1]}).status_code == 302
    assert Signal.objects.count() == 2


def test_everything_wrong_is_said_at_once_and_the_words_are_kept(
    world: World, resident: Client
) -> None:
    sent = {
        "text": "  ",
        "contact_email": "not an address",
        "contact_name": "陈晓",
        "photos": [photo()],
    }
    answer = resident.post("/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The report has no text" in page
    assert "Say where it is" in page
    assert "This is not an e-mail address" in page
    assert 'value="陈晓"' in page
    assert "choose them again" in page
    assert Signal.objects.count() == Document.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "路" * (TEXT_LIMIT + 1)}, "is the most"),
        ({"text": "路灯\x07坏了"}, "control characters"),
        ({"lon": str(OUTSIDE[0]), "lat": str(OUTSIDE[1])}, "outside the area"),
        ({"lon": "east", "lat": "north"}, "outside the area"),
        ({"lon": "nan", "lat": "nan"}, "outside the area"),
        ({"lon": "", "lat": "", "place_code": "999"}, "do not know this place"),
        ({"contact_phone": "no number"}, "not a telephone number"),
        ({"contact_name": "陈" * 61}, "At most 60"),
    ],
)
def test_what_cannot_be_taken_is_said_next_to_its_field(
    world: World, resident: Client, given: dict[str, str], said: str
) -> None:
    answer = resident.post("/", form(**given))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Signal.objects.count() == 0


def test_a_file_that_is_no_photo_stops_the_report_and_leaves_nothing(
    world: World, resident: Client
) -> None:
    bad = SimpleUploadedFile("letter.jpg", b"%PDF-1.4 not a picture", "image/jpeg")
    answer = resident.post("/", form(photos=[photo(), bad]))
    assert answer.status_code == 422
    assert "letter.jpg" in answer.content.decode()
    assert Signal.objects.count() == Document.objects.count() == 0


def test_five_photos_are_one_too_many(world: World, resident: Client) -> None:
    answer = resident.post("/", form(photos=[photo(f"{n}.jpg") for n in range(5)]))
    assert answer.status_code == 422
    assert "At most 4 photos" in answer.content.decode()


def test_without_scripts_the_place_is_found_by_name(world: World, resident: Client) -> None:
    name = Signal.place.field.related_model.objects.get(code=VILLAGE).name
    asked = {"text": TEXT, "place_text": name, "find": "yes"}
    page = resident.post("/", asked).content.decode()
    assert f'value="{VILLAGE}"' in page
    assert TEXT in page
    sent = form(lon="", lat="", place_text=name, place_code=VILLAGE)
    assert resident.post("/", sent).status_code == 302
    assert Signal.objects.get().place.code == VILLAGE


def test_a_name_that_fits_one_place_needs_no_choice(world: World, resident: Client) -> None:
    name = Signal.place.field.related_model.objects.get(code=TOWN).name
    assert resident.post("/", form(lon="", lat="", place_text=name)).status_code == 302
    assert Signal.objects.get().place.code == TOWN


def test_a_place_that_is_not_in_the_list_goes_before_a_person(
    world: World, resident: Client
) -> None:
    sent = form(lon="", lat="", place_text="老樟树底下", place_code="?")
    assert resident.post("/", sent).status_code == 302
    assert Decision.objects.get().needs_person
    assert Signal.objects.get().place_text == "老樟树底下"


def test_suggestions_while_typing_become_the_stated_matter(world: World, resident: Client) -> None:
    page = resident.post("/report/suggestions", {"text": TEXT}).content.decode()
    found = re.findall(r'name="matter" value="(\w+)"', page)
    assert 1 <= len(found) <= 3
    assert resident.post("/", form(matter=found[0])).status_code == 302
    assert Signal.objects.get().stated_matter == found[0]
    assert resident.post("/report/suggestions", {"text": "路"}).content.strip() == b""


def test_the_pin_is_named_and_a_border_is_mentioned(world: World, resident: Client) -> None:
    def ask(point: tuple[float, float]) -> str:
        sent = {"lon": str(point[0]), "lat": str(point[1])}
        return resident.post("/report/spot", sent).content.decode()

    grid = Signal.place.field.related_model.objects.get(code=GRID)
    assert (grid.name_en or grid.name) in ask(IN_GRID)
    assert "Near a border" in ask(NEAR_BORDER)
    assert "outside the area" in ask(OUTSIDE)


def test_the_page_speaks_chinese_unless_asked_otherwise(world: World) -> None:
    client = Client()
    assert "身边有事" in client.get("/").content.decode()
    switched = client.post("/language", {"language": "en", "next": "/track?code="})
    assert switched["Location"] == "/track?code="
    assert "How far is my report?" in client.get("/track").content.decode()


def test_markup_in_a_report_stays_text(world: World, resident: Client) -> None:
    sent = resident.post("/", form(text="<script>alert(1)</script> 路灯坏了"))
    page = resident.get(sent["Location"].replace("reported", "track")).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_installation_without_places_still_shows_its_pages(db: None, resident: Client) -> None:
    assert resident.get("/").status_code == 200
    assert resident.get("/track").status_code == 200
    answer = resident.post("/", form(lon="", lat="", place_text="桥头", place_code="?"))
    assert answer.status_code == 422
    assert "Say where it is" in answer.content.decode()
    assert resident.post("/report/suggestions", {"text": TEXT}).status_code == 200


def test_who_writes_of_danger_is_told_whom_to_call_where_he_writes(
    world: World, resident: Client
) -> None:
    urgent = resident.post("/report/suggestions", {"text": "消防通道被堵"}).content.decode()
    assert 'href="tel:119"' in urgent
    assert "tel:" not in resident.post("/report/suggestions", {"text": TEXT}).content.decode()

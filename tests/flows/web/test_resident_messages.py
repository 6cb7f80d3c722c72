"""A resident writes to the unit by his code, reads the answer on the same page, and makes the text larger."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anlan.cases.actions import move_case
from anlan.cases.models import Step
from anlan.cases.rules import HEAR, Given
from anlan.documents.models import Document
from anlan.documents.rules import FILE_LIMIT_BYTES
from anlan.people.actions import rates
from anlan.people.actions.rates import MESSAGES_PER_CODE
from tests.flows.web.test_desk_case import Browser, move
from tests.flows.web.test_desk_case import picture as result
from tests.flows.web.test_resident_track import close, picture, resident
from tests.make import NOW, World

__all__ = ["resident"]


def photo(name: str = "lamp.png", data: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or picture(), "image/png")


def shown(page: str) -> list[UUID]:
    return [UUID(found) for found in re.findall(r"/photos/([0-9a-f-]{36})/small", page)]


def look(client: Client, address: str) -> int:
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)  # which closes the file
    return answer.status_code


def write(
    resident: Client, code: str, text: str, key: str = "", photos: tuple[object, ...] = ()
) -> int:
    sent = {"message": text, "key": key or str(uuid4()), "photos": photos}
    return resident.post(f"/track/{code}/message", sent).status_code


def test_a_message_and_the_answer_stand_on_the_page(world: World, resident: Client) -> None:
    taken = world.take()
    code = taken.tracking_code
    assert "Write to the unit" in resident.get(f"/track/{code}").content.decode()
    assert write(resident, code, "灯又不亮了\n<b>三天了</b>") == 302
    page = resident.get(f"/track/{code}").content.decode()
    assert "You wrote" in page
    assert "&lt;b&gt;三天了" in page
    move_case(
        actor=world.actor("desk"), case_id=taken.case_id, move="accept", given=Given(), at=NOW
    )
    move_case(
        actor=world.actor("desk"), case_id=taken.case_id, move="report_back",
        given=Given(note="今晚派人去看"), at=NOW,
    )  # fmt: skip
    assert "今晚派人去看" in resident.get(f"/track/{code}").content.decode()


def test_the_same_form_sent_twice_leaves_one(world: World, resident: Client) -> None:
    code, key = world.take().tracking_code, str(uuid4())
    for _ in range(2):
        assert write(resident, code, "灯又不亮了", key, (photo(),)) == 302
    assert Step.objects.filter(move=HEAR).count() == 1
    assert Document.objects.count() == 1


def test_what_is_wrong_is_said_next_to_the_field_and_nothing_is_lost(
    world: World, resident: Client
) -> None:
    code = world.take().tracking_code
    long = "长" * 1001
    answer = resident.post(f"/track/{code}/message", {"message": long, "key": "x"})
    assert answer.status_code == 422
    assert long in answer.content.decode()
    assert "1000 is the most" in answer.content.decode()
    assert write(resident, code, " ") == 422
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert resident.post(f"/track/{wrong}/message", {"message": "好"}).status_code == 404


def test_photos_of_a_message_and_of_its_answer_are_seen_by_these_two_sides_alone(
    world: World, resident: Client, browser: Browser
) -> None:
    taken, other = world.take(), world.take("桥栏杆松了", idempotency_key="2")
    address = f"/track/{taken.tracking_code}"
    assert write(resident, taken.tracking_code, "又坏了", "", (photo(), photo("b.png"))) == 302
    sent = shown(resident.get(address).content.decode())
    assert len(sent) == 2
    desk = browser("desk")
    page = desk.get(f"/desk/cases/{taken.case_id}").content.decode()
    timeline = page.partition('aria-labelledby="h-story"')[2].partition("</section>")[0]
    assert shown(timeline) == sent
    for name, given in (("accept", {}), ("report_back", {"note": "配件到了", "photos": result()})):
        assert move(desk, taken.case_id, name, **given) == 302
    *_, answered = every = shown(resident.get(address).content.decode())
    assert [one for one in every if one != answered] == sent
    for one in every:
        for size in ("small", "large"):
            own = resident.get(f"{address}/photos/{one}/{size}")
            assert own["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert b"".join(own.streaming_content)[:3] in (b"\x89PN", b"\xff\xd8\xff")
            strange = resident.get(f"/track/{other.tracking_code}/photos/{one}/{size}")
            assert strange.status_code == 404
        assert look(desk, f"/desk/photos/{one}") == 200
        assert browser("other_desk").get(f"/desk/photos/{one}").status_code == 404


def test_looking_at_many_photos_is_no_guessing(
    world: World, resident: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "TRACKING_TRIES_PER_ADDRESS", (4, 60))
    code = world.take().tracking_code
    assert write(resident, code, "又坏了", "", (photo(),)) == 302
    page = resident.get(f"/track/{code}").content.decode()
    (small,) = re.findall(r'src="(/track/[^"]+/small[^"]*)"', page)
    assert {look(resident, small) for _ in range(6)} == {200}
    wrong = small.replace(code, "7KQF9-2MX4T-00000")
    assert [resident.get(wrong).status_code for _ in range(3)] == [404, 404, 429]
    assert resident.get(small.partition("?")[0]).status_code == 429
    assert look(resident, small) == 200


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ((photo("brief.png", b"%PDF-1.4 no picture"),), 422, "brief.png"),
        ((photo(), photo("brief.png", b"<svg onload=alert(1)>")), 422, "brief.png"),
        ((photo("empty.png", b"\x89PNG\r\n\x1a\n"),), 422, "empty.png"),
        ((photo("large.png", b"\xff\xd8\xff" + bytes(FILE_LIMIT_BYTES)),), 413, "10 MB"),
        (tuple(photo(f"{n}.png") for n in range(5)), 422, "At most 4 photos"),
    ],
)
def test_photos_that_cannot_be_kept_are_named_and_the_words_stay(
    world: World, resident: Client, files: tuple[SimpleUploadedFile, ...], status: int, said: str
) -> None:
    code = world.take().tracking_code
    for file in files:
        file.seek(0)
    sent = {"message": "看得见裂缝", "key": str(uuid4()), "photos": files}
    answer = resident.post(f"/track/{code}/message", sent)
    page = answer.content.decode()
    assert answer.status_code == status
    assert said in page
    assert "看得见裂缝" in page
    assert "please choose them again" in page
    assert not Step.objects.filter(move=HEAR).exists()
    assert not Document.objects.exists()


def test_so_many_an_hour_and_none_once_it_is_closed(world: World, resident: Client) -> None:
    taken = world.take()
    code = taken.tracking_code
    sent = [write(resident, code, f"第{n}条") for n in range(MESSAGES_PER_CODE[0] + 1)]
    assert sent == [302] * MESSAGES_PER_CODE[0] + [429]
    close(world, taken.case_id)
    assert "Write to the unit" not in resident.get(f"/track/{code}").content.decode()


def test_larger_text_is_kept_and_taken_back_and_leads_nowhere_else(
    world: World, resident: Client
) -> None:
    assert 'class="large"' not in resident.get("/").content.decode()
    answer = resident.post("/text-size", {"text": "large", "next": "/track"})
    assert (answer.status_code, answer["Location"]) == (302, "/track")
    for address in ("/", "/track", "/nothing"):
        assert 'class="large"' in resident.get(address).content.decode()
    away = resident.post("/text-size", {"text": "usual", "next": "https://evil.example/"})
    assert away["Location"] == "/"
    assert 'class="large"' not in resident.get("/").content.decode()

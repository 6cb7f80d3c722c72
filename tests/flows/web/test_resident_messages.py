"""A resident writes to the unit by his code, reads the answer on the same page, and makes the text larger."""

from __future__ import annotations

from uuid import uuid4

from django.test import Client

from anlan.cases.actions import move_case
from anlan.cases.models import Step
from anlan.cases.rules import HEAR, Given
from anlan.people.actions.rates import MESSAGES_PER_CODE
from tests.flows.web.test_resident_track import close, resident
from tests.make import NOW, World

__all__ = ["resident"]


def write(resident: Client, code: str, text: str, key: str = "") -> int:
    sent = {"message": text, "key": key or str(uuid4())}
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
    assert [write(resident, code, "灯又不亮了", key) for _ in range(2)] == [302, 302]
    assert Step.objects.filter(move=HEAR).count() == 1


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
    assert resident.post(f"/track/{code[:-1]}0/message", {"message": "好"}).status_code == 404


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

"""A resident asks what became of her data: who looked, a copy, erasure; at the page and at the desk."""

from __future__ import annotations

import io
import json
import zipfile
from uuid import UUID

import pytest
from django.test import Client

from anlan.cases import actions as cases
from anlan.cases.rules import Given
from anlan.intake.models import Contact, Signal
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.privacy.models import Look
from tests.make import NOW, World

PHONE = "13800000000"


@pytest.fixture
def resident() -> Client:
    return Client(headers={"accept-language": "en"})


def staff(world: World, login: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.cookies[SIGN_IN_COOKIE] = world.token(login)
    return client


def test_the_page_tells_who_looked_and_why(world: World, resident: Client) -> None:
    taken = world.take()
    page = resident.get(f"/track/{taken.tracking_code}/data").content.decode()
    assert "Nobody has opened it yet." in page
    desk = staff(world, "desk")
    assert desk.get(f"/desk/cases/{taken.case_id}").status_code == 200
    signal_id = Signal.objects.get().id
    for _ in range(2):
        desk.post(f"/desk/cases/{taken.case_id}/signals/{signal_id}/contact")
    staff(world, "grid").get(f"/field/cases/{taken.case_id}")
    page = resident.get(f"/track/{taken.tracking_code}/data").content.decode()
    assert "Town desk · Hedong Town" in page
    assert "Looked at the contact: the office handles it" in page
    assert "2 times" in page
    assert "Grid worker" in page
    assert "同志" not in page
    assert "180 days from the day of the report" in page
    assert str(world.person_ids["desk"]) not in page


def test_without_the_secret_tail_nothing_is_told(world: World, resident: Client) -> None:
    taken = world.take()
    for address in ("data", "data/export", "data/erase"):
        answer = (
            resident.get(f"/track/{taken.code}00000/{address}")
            if address == "data"
            else resident.post(f"/track/{taken.code}00000/{address}", {"contact": PHONE})
        )
        assert answer.status_code == 404
    assert Contact.objects.get().sealed is not None


def test_a_copy_needs_the_contact_and_holds_everything(world: World, resident: Client) -> None:
    taken = world.take()
    address = f"/track/{taken.tracking_code}/data/export"
    for typed, told in (("", "so that nobody else can ask"), ("13811111111", "not the telephone")):
        answer = resident.post(address, {"contact": typed})
        assert answer.status_code == 422
        assert told in answer.content.decode()
    answer = resident.post(address, {"contact": PHONE})
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        data = json.loads(archive.read("data.json"))
    assert data["contact"]["phone"] == PHONE


def test_guessing_the_contact_is_counted(world: World, resident: Client) -> None:
    taken = world.take()
    address = f"/track/{taken.tracking_code}/data/erase"
    statuses = [
        resident.post(address, {"contact": f"1380000000{n}"}).status_code for n in range(1, 8)
    ]
    assert statuses[:5] == [422] * 5
    assert statuses[5:] == [429] * 2


def close(world: World, case_id: UUID) -> None:
    cases.move_case(
        actor=world.actor("desk"), case_id=case_id, move="decline", given=Given(note="重复"), at=NOW
    )


def test_erasing_takes_the_contact_now_and_the_words_with_the_close(
    world: World, resident: Client
) -> None:
    taken = world.take()
    page = f"/track/{taken.tracking_code}/data"
    answer = resident.post(f"{page}/erase", {"contact": PHONE, "sure": "yes"}, follow=True)
    assert "Your contact is erased." in answer.content.decode()
    assert Contact.objects.get().sealed is None
    close(world, taken.case_id)
    answer = resident.post(f"{page}/erase", {"sure": "yes"}, follow=True)
    assert "nothing of it says who you are" in answer.content.decode()
    assert Signal.objects.get().text == ""
    for address in (f"/track/{taken.tracking_code}", page):
        shown = resident.get(address)
        assert shown.status_code == 200
        assert "路灯坏了" not in shown.content.decode()
    shown = staff(world, "desk").get(f"/desk/cases/{taken.case_id}").content.decode()
    assert "Erased: its term has ended" in shown
    assert "Street lamp out" in shown


def test_at_the_desk_the_reporter_names_the_contact(world: World) -> None:
    taken = world.take()
    signal_id = Signal.objects.get().id
    desk = staff(world, "desk")
    address = f"/desk/cases/{taken.case_id}/signals/{signal_id}"
    assert desk.post(f"{address}/export", {"contact": "13811111111"}).status_code == 422
    answer = desk.post(f"{address}/export", {"contact": PHONE})
    assert answer["Content-Type"] == "application/zip"
    assert Look.objects.get(what="EXPORT").role == "TOWN_DESK"
    assert desk.post(f"{address}/erase", {"contact": PHONE}).status_code == 302
    assert Contact.objects.get().sealed is None
    # There is nothing left to show who asks: the tracking page is the way now.
    assert desk.post(f"{address}/erase", {"contact": PHONE}).status_code == 422


@pytest.mark.parametrize(("login", "status"), [("other_desk", 404), ("principal", 403)])
def test_nobody_else_exports_or_erases(world: World, login: str, status: int) -> None:
    taken = world.take()
    signal_id = Signal.objects.get().id
    for what in ("export", "erase"):
        answer = staff(world, login).post(
            f"/desk/cases/{taken.case_id}/signals/{signal_id}/{what}", {"contact": PHONE}
        )
        assert answer.status_code == status
    assert Contact.objects.get().sealed is not None


def test_staff_download_their_own_data(world: World) -> None:
    answer = staff(world, "grid").post("/own-data")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("data.json"))["account"]["login"] == "grid"
    assert Client().post("/own-data").status_code == 302

"""A resident finds that somebody has reported it already, and joins; nothing of the other is given away."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.cases import actions as cases
from anlan.cases.models import Case, CaseSignal
from anlan.cases.rules import Given
from anlan.intake.models import Signal
from anlan.kernel import codes
from anlan.people.actions import rates
from tests.make import GRID, IN_GRID, IN_OTHER_GRID, NOW, VILLAGE, World

LAMP, SAME = "村口路灯坏了三天，晚上看不清路，陈晓家门口", "村口的路灯坏了,晚上太黑"


@pytest.fixture
def resident() -> Client:
    cache.clear()
    return Client(headers={"accept-language": "en"})


def form(**given: Any) -> dict[str, Any]:
    return {
        "text": SAME,
        "lon": str(IN_GRID[0]),
        "lat": str(IN_GRID[1]),
        "token": str(uuid4()),
    } | given


def look(resident: Client, **given: Any) -> str:
    answer = resident.post("/report/alike", form(**given))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_while_it_is_typed_what_is_known_is_shown_and_joined(
    world: World, resident: Client
) -> None:
    first = world.take(LAMP)
    shown = look(resident)
    assert codes.show(first.code) in shown
    assert "Reported already?" in shown
    answer = resident.post("/", form(join=codes.show(first.code)))
    assert answer.status_code == 302
    signal = Signal.objects.exclude(code=first.code).get()
    assert CaseSignal.objects.get(signal=signal).case_id == first.case_id
    assert Case.objects.get(code=signal.code).state == "MERGED"
    page = resident.get(answer["Location"]).content.decode()
    assert "goes on together with an earlier report" in page
    assert codes.tracking_code(signal.code) in page
    assert "陈晓" not in page
    assert "Is it one of these?" not in page


def test_without_scripts_the_page_after_sending_asks(world: World, resident: Client) -> None:
    first = world.take(LAMP)
    sent = resident.post("/", form())
    page = resident.get(sent["Location"]).content.decode()
    assert "Is it one of these?" in page
    signal = Signal.objects.exclude(code=first.code).get()
    code = codes.tracking_code(signal.code)
    answer = resident.post(f"/reported/{code}/join", {"code": codes.show(first.code)}, follow=True)
    assert "goes on together" in answer.content.decode()
    again = resident.post(f"/reported/{code}/join", {"code": codes.show(first.code)}, follow=True)
    assert again.status_code == 200
    track = resident.get(f"/track/{code}").content.decode()
    assert "What was done" in track
    assert "陈晓" not in track
    # Who was asked while typing and said no is not asked again.
    other = resident.post("/", form(join="new"))
    assert other["Location"].endswith("?asked")
    assert "Is it one of these?" not in resident.get(other["Location"]).content.decode()


def test_nothing_of_another_report_is_given_away(world: World, resident: Client) -> None:
    first = world.take(LAMP, lon=IN_GRID[0] + 0.0004, lat=IN_GRID[1] - 0.0003)
    signal = Signal.objects.get(code=first.code)
    shown = look(resident)
    for secret in ("陈晓", "138", "看不清路", str(signal.lon), str(signal.lat), str(signal.id),
                   str(first.case_id), first.tracking_code):  # fmt: skip
        assert secret not in shown
    # Where the other pin stands cannot be found by moving one's own within the place.
    for shift in (-0.0009, -0.0004, 0.0, 0.0004):
        assert look(resident, lon=str(IN_GRID[0] + shift)) == shown
    assert look(resident, place_code=GRID, lon="", lat="") == shown


@pytest.mark.parametrize(
    "given",
    [
        {"text": ""},
        {"text": "路灯"},
        {"text": "楼道堆物堵住消防通道很久了"},
        {"lon": "", "lat": ""},
        {"lon": "x", "lat": "y"},
        {"lon": "nan", "lat": "29.7"},
        {"lon": str(IN_OTHER_GRID[0]), "lat": str(IN_OTHER_GRID[1])},
        {"place_code": "999", "lon": "", "lat": ""},
        {"place_code": "?", "lon": "", "lat": ""},
        {"matter": "GARBAGE"},
    ],
)
def test_what_is_not_alike_shows_nothing(
    world: World, resident: Client, given: dict[str, str]
) -> None:
    world.take(LAMP)
    assert "<fieldset" not in look(resident, **given)


def test_quarrels_ended_and_merged_cases_are_not_shown(world: World, resident: Client) -> None:
    world.take("楼上装修吵闹，邻居天天吵架打人")
    quarrel = Case.objects.get()
    assert "<fieldset" not in look(resident, text="楼上装修吵闹，邻居天天吵架打人")
    assert quarrel.matter.matter_class == "DISPUTE"
    ended = world.take(LAMP)
    cases.move_case(
        actor=world.actor("desk"), case_id=ended.case_id, move="decline",
        given=Given(note="不属实"), at=NOW,
    )  # fmt: skip
    assert "<fieldset" not in look(resident)


def test_nobody_joins_what_he_was_not_shown(world: World, resident: Client) -> None:
    quarrel = world.take("楼上装修吵闹，邻居天天吵架打人")
    far = world.take(LAMP, lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
    for code in (quarrel.code, far.code, "7KQF92MX4T", "<b>", "\0", "x" * 500):
        answer = resident.post("/", form(join=code))
        assert answer.status_code == 302
        page = resident.get(answer["Location"]).content.decode()
        assert "goes on together" not in page
    assert not Case.objects.filter(merged_into__isnull=False).exists()
    mine = world.take(SAME)
    other = world.take(LAMP)
    wrong = other.tracking_code[:-1] + ("0" if other.tracking_code[-1] != "0" else "1")
    assert resident.post(f"/reported/{wrong}/join", {"code": mine.code}).status_code == 404
    # What a desk has begun with is not moved by its reporter any more.
    cases.move_case(
        actor=world.actor("desk"), case_id=mine.case_id, move="accept", given=Given(), at=NOW
    )
    answer = resident.post(f"/reported/{mine.tracking_code}/join", {"code": other.code})
    assert answer["Location"].endswith("?late")


def test_who_joined_sends_back_nobody_elses_case(world: World, resident: Client) -> None:
    first = world.take(LAMP)
    resident.post("/", form(join=first.code))
    signal = Signal.objects.exclude(code=first.code).get()
    own = Case.objects.get(code=signal.code)

    def move(login: str, name: str, **given: Any) -> None:
        cases.move_case(
            actor=world.actor(login), case_id=first.case_id, move=name, given=Given(**given), at=NOW
        )

    move("desk", "assign_down", unit_id=world.unit_id(VILLAGE, "GRID"))
    move("grid", "sign_for")
    move("grid", "handle", note="换了灯泡")
    move("desk", "verify")
    move("desk", "close", note="已修", outcome="SOLVED")
    code = codes.tracking_code(signal.code)
    said = {"satisfied": "no", "comment": "我家门口那盏还是黑的"}
    assert resident.post(f"/track/{code}/rate", said).status_code == 302
    assert Case.objects.get(pk=first.case_id).state == "CLOSED"
    own.refresh_from_db()
    assert (own.state, own.merged_into_id, own.needs_person) == ("RECEIVED", None, True)
    assert CaseSignal.objects.get(signal=signal).case_id == own.id
    page = resident.get(f"/track/{code}").content.decode()
    assert "我家门口那盏还是黑的" in page


def test_the_door_is_counted(world: World, resident: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(rates, "LIKENESS_PER_ADDRESS", (2, 600))
    assert [resident.post("/report/alike", form()).status_code for _ in range(3)] == [200, 200, 429]


def test_looking_takes_few_statements(world: World, resident: Client) -> None:
    for _ in range(5):
        world.take(LAMP)
    look(resident)
    with CaptureQueriesContext(connection) as caught:
        look(resident)
    assert len(caught) <= 4, [q["sql"][:90] for q in caught]

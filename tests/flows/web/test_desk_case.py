"""A dark lamp goes from the desk to the grid worker and back until it is closed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from anlan.cases import queries as cases
from anlan.dispatch import queries as dispatch
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
STATEMENTS_LIMIT = 16


def state_of(case_id: UUID) -> str:
    return cases.access_case(actor=SYSTEM, case_id=case_id).state


def picture(name: str = "lamp.jpg") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(buffer, "JPEG")
    return SimpleUploadedFile(name, buffer.getvalue(), content_type="image/jpeg")


def bytes_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def move(client: Client, case_id: UUID, name: str, **given: object) -> int:
    return client.post(f"/desk/cases/{case_id}/moves/{name}", given).status_code


def test_case_page_tells_what_where_why_and_until_when(world: World, browser: Browser) -> None:
    taken = world.take()
    answer = browser("desk").get(f"/desk/cases/{taken.case_id}")
    body = answer.content.decode()
    assert answer.status_code == 200
    for words in (
        "What was reported", "村口路灯坏了三天", "Why it came here", "The pin lies in this grid.",
        "Accept", "Send people", "amber", "Held by", "<svg", "generated, not surveyed",
    ):  # fmt: skip
        assert words in body, words
    assert taken.tracking_code not in body
    assert "13800000000" not in body


def test_a_lamp_is_dispatched_handled_with_a_photo_verified_and_closed(
    world: World, browser: Browser
) -> None:
    taken = world.take()
    desk, grid, case_id = browser("desk"), browser("grid"), taken.case_id
    assert move(desk, case_id, "accept", seq=1) == 302
    assert "Done: Accept." in desk.get(f"/desk/cases/{case_id}").content.decode()
    assert "Done: Accept." not in desk.get(f"/desk/cases/{case_id}").content.decode()

    sent = desk.post(
        f"/desk/cases/{case_id}/dispatches",
        {"duty": [world.duty_ids["grid"], world.duty_ids["cadre"]], "note": "先拍照"},
    )
    assert sent.status_code == 302
    assert state_of(case_id) == "ASSIGNED"
    assert "Sent to 2 people" in desk.get(f"/desk/cases/{case_id}").content.decode()

    (errand,) = dispatch.list_running_for(actor=world.actor("grid"))
    today = grid.get("/field/").content.decode()
    assert "Sent to you" in today
    assert "先拍照" in today
    assert grid.post(f"/field/dispatches/{errand.id}/sign_for").status_code == 302
    assert state_of(case_id) == "HANDLING"
    assert grid.post(f"/field/dispatches/{errand.id}/arrive").status_code == 302
    page = grid.get(f"/field/cases/{case_id}").content.decode()
    assert "Done, with photo" in page
    seq = cases.access_case(actor=SYSTEM, case_id=case_id).seq
    finished = grid.post(
        f"/field/dispatches/{errand.id}/finish",
        {"note": "换了灯泡", "photos": [picture(), picture("two.jpg")], "seq": seq},
    )
    assert finished["Location"] == "/field/"
    assert state_of(case_id) == "HANDLED"
    assert dispatch.list_running_for(actor=world.actor("grid")) == []
    assert len(cases.list_photo_ids(case_id=case_id)) == 2

    body = desk.get(f"/desk/cases/{case_id}").content.decode()
    assert "换了灯泡" in body
    assert "grid 同志" in body
    assert move(desk, case_id, "verify") == 302
    assert move(desk, case_id, "close", outcome="SOLVED", note="已修好") == 302
    assert state_of(case_id) == "CLOSED"
    closed = desk.get("/desk/?tab=closed").content.decode()
    assert f"/desk/cases/{case_id}" in closed


def test_a_form_filled_in_before_somebody_else_moved_is_refused_kindly(
    world: World, browser: Browser
) -> None:
    taken = world.take()
    desk, centre = browser("desk"), browser("centre")
    assert move(centre, taken.case_id, "accept", seq=1) == 302
    answer = desk.post(
        f"/desk/cases/{taken.case_id}/moves/decline",
        {"seq": 1, "note": "重复"},
        headers={"referer": f"http://testserver/desk/cases/{taken.case_id}"},
    )
    body = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody was faster" in body
    assert f'href="http://testserver/desk/cases/{taken.case_id}"' in body
    assert state_of(taken.case_id) == "ACCEPTED"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("assign_down", {}),
        ("assign_down", {"unit": "999999"}),
        ("assign_down", {"unit": "nonsense"}),
        ("decline", {"note": "  "}),
        ("reclassify", {"matter": "NO-SUCH-MATTER"}),
        ("decline", {"note": "x" * 2001}),
    ],
)
def test_an_incomplete_move_changes_nothing(
    world: World, browser: Browser, name: str, given: dict[str, str]
) -> None:
    taken = world.take()
    assert move(browser("desk"), taken.case_id, name, **given) == 422
    assert state_of(taken.case_id) == "RECEIVED"
    assert cases.access_case(actor=SYSTEM, case_id=taken.case_id).seq == 1


def test_a_case_out_of_scope_looks_like_one_that_does_not_exist(
    world: World, browser: Browser
) -> None:
    taken, nothing = world.take(), uuid4()
    stranger = browser("other_desk")
    bodies = []
    for case_id in (taken.case_id, nothing):
        answer = stranger.get(f"/desk/cases/{case_id}")
        assert answer.status_code == 404
        body = answer.content.decode().replace(str(case_id), "ID")
        bodies.append(re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1", body))
        for post in ("moves/accept", "dispatches", f"signals/{nothing}/contact"):
            data = {"duty": world.duty_ids["other_grid"]}
            assert stranger.post(f"/desk/cases/{case_id}/{post}", data).status_code == 404
        assert stranger.get(f"/field/cases/{case_id}").status_code == 404
        assert stranger.get(f"/desk/cases/{case_id}/matters?q=a").status_code == 404
    assert bodies[0] == bodies[1]
    assert state_of(taken.case_id) == "RECEIVED"


def test_a_file_that_is_no_photo_is_refused_and_nothing_moves(
    world: World, browser: Browser
) -> None:
    taken = world.take()
    file = SimpleUploadedFile("notes.jpg", b"<html>not a photo</html>", "image/jpeg")
    assert move(browser("desk"), taken.case_id, "report_back", note="x", photos=file) in (409, 422)
    assert cases.list_photo_ids(case_id=taken.case_id) == []


def test_photos_are_given_only_to_those_who_see_the_case(world: World, browser: Browser) -> None:
    taken = world.take()
    desk, case_id = browser("desk"), taken.case_id
    move(desk, case_id, "accept")
    assert move(desk, case_id, "report_back", note="现场照片", photos=picture()) == 302
    (photo,) = cases.list_photo_ids(case_id=case_id)
    for size in ("", "/small"):
        answer = desk.get(f"/desk/photos/{photo}{size}")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"].startswith("private")
        assert bytes_of(answer)[:2] == b"\xff\xd8"
        on_phone = browser("grid").get(f"/field/photos/{photo}{size}")
        assert on_phone.status_code == 200
        assert bytes_of(on_phone)
        assert browser("other_desk").get(f"/desk/photos/{photo}{size}").status_code == 404
        assert browser("other_grid").get(f"/field/photos/{photo}{size}").status_code == 404
        assert Client().get(f"/desk/photos/{photo}{size}").status_code == 302


def test_the_reporters_contact_shows_on_a_click_and_leaves_a_trace(
    world: World, browser: Browser
) -> None:
    taken = world.take()
    (signal_id,) = cases.list_signal_ids(case_id=taken.case_id)
    address = f"/desk/cases/{taken.case_id}/signals/{signal_id}/contact"
    desk = browser("desk")
    before = LedgerEntry.objects.filter(what="contact.opened").count()
    for headers in ({"hx-request": "true"}, {}):
        answer = desk.post(address, headers=headers)
        assert "13800000000" in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
    assert LedgerEntry.objects.filter(what="contact.opened").count() == before + 2
    assert browser("principal").post(address).status_code == 403
    assert browser("other_desk").post(address).status_code == 404
    assert LedgerEntry.objects.filter(what="contact.opened").count() == before + 2


def test_the_catalogue_is_searched_while_correcting_the_matter(
    world: World, browser: Browser
) -> None:
    taken = world.take()
    desk = browser("desk")
    found = desk.get(f"/desk/cases/{taken.case_id}/matters", {"q": "消防"}).content.decode()
    code = found.split('value="', 1)[1].split('"', 1)[0]
    assert move(desk, taken.case_id, "reclassify", matter=code, seq=1) == 302
    case = cases.access_case(actor=SYSTEM, case_id=taken.case_id)
    assert cases.get_catalogue().matters[case.matter_id].code == code


def test_somebody_who_was_sent_can_be_recalled(world: World, browser: Browser) -> None:
    taken = world.take()
    desk, case_id = browser("desk"), taken.case_id
    desk.post(f"/desk/cases/{case_id}/dispatches", {"duty": world.duty_ids["grid"]})
    (errand,) = dispatch.list_dispatches(case_id=case_id)
    address = f"/desk/cases/{case_id}/dispatches/{errand.id}/recall"
    assert desk.post(address, {}).status_code == 422
    assert desk.post(address, {"note": "派错了"}).status_code == 302
    assert dispatch.list_running_for(actor=world.actor("grid")) == []
    assert desk.post(f"/desk/cases/{case_id}/dispatches", {}).status_code == 422


def test_a_case_page_costs_the_same_however_long_its_story(world: World, browser: Browser) -> None:
    taken = world.take()
    desk, address = browser("desk"), f"/desk/cases/{taken.case_id}"
    desk.get(address)
    with CaptureQueriesContext(connection) as at_first:
        desk.get(address)
    move(desk, taken.case_id, "accept")
    desk.post(f"{address}/dispatches", {"duty": [world.duty_ids["grid"], world.duty_ids["cadre"]]})
    for number in range(6):
        move(desk, taken.case_id, "report_back", note=f"第{number}次", photos=picture())
    desk.get(address)
    with CaptureQueriesContext(connection) as later:
        desk.get(address)
    assert len(later) <= STATEMENTS_LIMIT
    assert len(later) <= len(at_first) + 1  # the names of those who moved it


def test_a_page_tells_why_each_clock_stands_where_it_stands(world: World, browser: Browser) -> None:
    case_id = world.take().case_id
    desk = browser("desk")
    move(desk, case_id, "accept")
    assert move(desk, case_id, "pause", note="等鉴定意见") == 302
    with CaptureQueriesContext(connection) as captured:
        answer = desk.get(f"/desk/cases/{case_id}/clocks")
    assert len(captured) <= STATEMENTS_LIMIT
    body = answer.content.decode()
    for words in (
        "First response", "Update", "Solution", "2 working hours", "3 working days", "Started",
        "Stopped", "Paused", "等鉴定意见", "Clocks paused", "default, to be checked", "strip__COUNTS",
    ):  # fmt: skip
        assert words in body, words
    page = desk.get(f"/desk/cases/{case_id}").content.decode()
    assert "moves/resume" in page
    assert "moves/pause" not in page
    assert f"/desk/cases/{case_id}/clocks" in page
    assert browser("grid").get(f"/desk/cases/{uuid4()}/clocks").status_code == 404


def test_a_case_is_shown_beside_what_may_be_the_same(world: World, browser: Browser) -> None:
    first = world.take("村口的路灯坏了,晚上太黑")
    second = world.take()
    page = browser("desk").get(f"/desk/cases/{second.case_id}").content.decode()
    assert "Perhaps the same thing" in page
    assert f"/desk/cases/{first.case_id}" in page
    assert "<mark>路灯坏了</mark>" in page
    alone = world.take("楼道堆物堵住消防通道")
    page = browser("desk").get(f"/desk/cases/{alone.case_id}").content.decode()
    assert "Perhaps the same thing" not in page

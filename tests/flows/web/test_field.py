"""The grid worker's phone: report on the spot, decline an errand, read notices."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from anlan.cases import queries as cases
from anlan.dispatch import queries as dispatch
from anlan.intake import queries as intake
from anlan.kernel import clock, codes
from anlan.kernel.actor import SYSTEM
from anlan.notices import actions as notices
from anlan.notices.rules import Channel

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]


def test_a_worker_reports_on_the_spot_with_photo_and_position(
    world: World, browser: Browser
) -> None:
    from tests.make import IN_GRID

    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "gray").save(buffer, "PNG")
    form = {
        "key": str(uuid4()), "text": "井盖缺失", "lon": IN_GRID[0], "lat": IN_GRID[1],
        "photos": SimpleUploadedFile("cover.png", buffer.getvalue(), "image/png"),
    }  # fmt: skip
    client = browser("grid")
    answer = client.post("/field/report", form)
    assert answer.status_code == 302
    case_id = UUID(answer["Location"].rsplit("/", 1)[1])
    page = client.get(answer["Location"]).content.decode()
    case = cases.access_case(actor=world.actor("desk"), case_id=case_id)
    assert f"Reported as {codes.show(case.code)}" in page
    (signal_id,) = cases.list_signal_ids(case_id=case.id)
    signal = intake.get_signal(signal_id=signal_id)
    assert (signal.channel, signal.text) == ("FIELD", "井盖缺失")
    assert len(cases.list_photo_ids(case_id=case.id)) == 1


def test_a_double_tap_reports_once(world: World, browser: Browser) -> None:
    form = {"key": str(uuid4()), "text": "井盖缺失"}
    client = browser("grid")
    first, second = client.post("/field/report", form), client.post("/field/report", form)
    assert first["Location"] == second["Location"]
    page = cases.list_cases(actor=SYSTEM, wanted=cases.Filter(), at=clock.now())
    assert len(page.cases) == 1


def test_a_report_without_words_is_given_back_with_what_was_typed(
    world: World, browser: Browser
) -> None:
    answer = browser("grid").post("/field/report", {"key": str(uuid4()), "place_text": "桥头"})
    assert answer.status_code == 422
    assert "桥头" in answer.content.decode()


def test_a_worker_declines_with_a_reason_and_only_his_own_errand(
    world: World, browser: Browser
) -> None:
    taken = world.take()
    browser("desk").post(
        f"/desk/cases/{taken.case_id}/dispatches", {"duty": world.duty_ids["grid"]}
    )
    (errand,) = dispatch.list_dispatches(case_id=taken.case_id)
    address = f"/field/dispatches/{errand.id}"
    assert browser("other_grid").post(f"{address}/sign_for").status_code == 404
    assert browser("other_grid").post(f"{address}/finish", {"note": "x"}).status_code == 404
    assert browser("grid").post(f"{address}/decline").status_code == 422
    answer = browser("grid").post(f"{address}/decline", {"note": "在县里开会"})
    assert answer["Location"] == "/field/"
    assert dispatch.list_running_for(actor=world.actor("grid")) == []


def test_a_finish_that_comes_too_late_changes_neither_case_nor_errand(
    world: World, browser: Browser
) -> None:
    taken = world.take()
    desk, grid = browser("desk"), browser("grid")
    desk.post(f"/desk/cases/{taken.case_id}/dispatches", {"duty": world.duty_ids["grid"]})
    (errand,) = dispatch.list_dispatches(case_id=taken.case_id)
    grid.post(f"/field/dispatches/{errand.id}/sign_for")
    desk.post(f"/desk/cases/{taken.case_id}/moves/report_back", {"note": "已联系"})
    answer = grid.post(f"/field/dispatches/{errand.id}/finish", {"note": "好了", "seq": 2})
    assert answer.status_code == 409
    (errand,) = dispatch.list_dispatches(case_id=taken.case_id)
    assert errand.state == "SIGNED"
    assert cases.access_case(actor=SYSTEM, case_id=taken.case_id).state == "HANDLING"


def test_todays_list_costs_few_statements(world: World, browser: Browser) -> None:
    for number in range(20):
        taken = world.take(f"路灯坏了，第{number}盏")
        browser("desk").post(
            f"/desk/cases/{taken.case_id}/dispatches", {"duty": world.duty_ids["grid"]}
        )
    client = browser("grid")
    client.get("/field/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/field/").status_code == 200
    assert len(captured) <= 8


def test_notices_are_counted_read_and_lead_to_their_case(world: World, browser: Browser) -> None:
    taken = world.take()
    (notice,) = notices.notify(
        channel=Channel.IN_APP, subject="新派单", body="请签收", about_kind="case",
        about_id=taken.case_id, at=clock.now(), link=f"/field/cases/{taken.case_id}",
        person_ids=[world.person_ids["grid"]],
    )  # fmt: skip
    client = browser("grid")
    page = client.get("/notices/").content.decode()
    assert "新派单" in page
    assert "count--new" in page
    answer = client.post(f"/notices/{notice.id}")
    assert answer["Location"] == f"/field/cases/{taken.case_id}"
    assert "count--new" not in client.get("/notices/").content.decode()
    assert "新派单" not in browser("desk").get("/notices/").content.decode()


def test_a_worker_sent_beyond_his_grid_sees_the_case_and_signs(
    world: World, browser: Browser
) -> None:
    from tests.make import TOWN

    taken = world.take(lon=None, lat=None, place_code=TOWN)
    grid = browser("grid")
    assert grid.get(f"/desk/cases/{taken.case_id}").status_code == 404
    browser("desk").post(
        f"/desk/cases/{taken.case_id}/dispatches", {"duty": world.duty_ids["grid"]}
    )
    (errand,) = dispatch.list_dispatches(case_id=taken.case_id)
    assert grid.get(f"/desk/cases/{taken.case_id}").status_code == 200
    assert "村口路灯" in grid.get(f"/field/cases/{taken.case_id}").content.decode()
    assert grid.post(f"/field/dispatches/{errand.id}/sign_for").status_code == 302


def test_no_number_is_shown_until_somebody_says_what_for(
    world: World, browser: Browser, settings: Any
) -> None:
    taken = world.take()
    (signal_id,) = cases.list_signal_ids(case_id=taken.case_id)
    address = f"/field/cases/{taken.case_id}"
    client = browser("builder")
    page = client.get(address).content.decode()
    assert "13800000000" not in page
    assert "Connect us" not in page
    assert client.post(f"{address}/signals/{signal_id}/contact").status_code == 422
    assert client.post(f"{address}/signals/{signal_id}/call", {"reason": "FIND"}).status_code == 409
    shown = client.post(f"{address}/signals/{signal_id}/contact", {"reason": "FIND"})
    assert "13800000000" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    settings.CALL_RELAY_URL = "https://relay.example/calls"
    assert "Connect us" in client.get(address).content.decode()
    asked = client.post(
        f"{address}/signals/{signal_id}/call", {"reason": "FIND", "own_number": "139 0000 0000"}
    )
    assert asked["Location"] == address
    assert "13800000000" not in client.get(address).content.decode()

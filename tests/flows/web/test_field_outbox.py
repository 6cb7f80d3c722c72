"""The outbox of a phone over HTTP: who, what to keep, one answer an act, bad input one kind at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from anlan.cases import queries as cases
from anlan.dispatch import queries as dispatch
from anlan.dispatch.models import Act, Dispatch

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
DEVICE = "5a0c3f6e-1b7d-4c7e-9a55-0d2f6f1f9b11"


def envelope(clock: str, acts: str) -> str:
    return f'{{"clock": {clock}, "device": "{DEVICE}", "person": "", "acts": {acts}}}'


def send(client: Client, world: World, acts: list[dict[str, Any]], **more: Any) -> Any:
    from tests.make import NOW

    clock = round(NOW.timestamp() * 1000) - 7_200_000  # two hours slow
    for act in acts:
        act.setdefault("made", clock - 600_000)
        act.setdefault("offset", 7_200_000)
        act.setdefault("after", act["number"] - 1)
    sent = {"clock": clock, "device": DEVICE, "person": str(world.person_ids["grid"]), "acts": acts}
    files = more.pop("files", {})
    return client.post("/field/acts", {"sent": json.dumps(sent | more), **files})


def errand_of(world: World, browser: Browser) -> Any:
    taken = world.take()
    browser("desk").post(
        f"/desk/cases/{taken.case_id}/dispatches", {"duty": world.duty_ids["grid"]}
    )
    (errand,) = dispatch.list_dispatches(case_id=taken.case_id)
    return errand


def photo() -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), "gray").save(buffer, "PNG")
    return SimpleUploadedFile("lamp.png", buffer.getvalue(), "image/png")


def test_a_phone_is_told_who_is_signed_in_and_what_to_keep(world: World, browser: Browser) -> None:
    errand = errand_of(world, browser)
    client = browser("grid")
    with CaptureQueriesContext(connection) as captured:
        told = client.get("/field/keep")
    assert len(captured) <= 8
    assert told["Cache-Control"].startswith("max-age=0")
    assert told.json()["person"] == str(world.person_ids["grid"])
    assert f"/field/cases/{errand.case_id}" in told.json()["pages"]
    assert browser("other_grid").get("/field/keep").json()["pages"] == ["/field/", "/field/report"]


def test_a_batch_is_taken_in_order_with_its_photos_and_only_once(
    world: World, browser: Browser
) -> None:
    errand = errand_of(world, browser)
    Dispatch.objects.update(asked_at=errand.asked_at - timedelta(hours=1))
    seq = cases.access_case(actor=world.actor("desk"), case_id=errand.case_id).seq
    about = {"about": str(errand.id), "seen": seq}
    key = str(uuid4())

    def batch() -> list[dict[str, Any]]:
        return [
            {"key": keys[0], "number": 1, "kind": "DISPATCH", "move": "sign_for", **about},
            {"key": keys[1], "number": 2, "kind": "DISPATCH", "move": "arrive", **about},
            {"key": key, "number": 4, "after": 2, "kind": "FINISH", "move": "finish",
             "note": "已更换", **about},
        ]  # fmt: skip

    keys = [str(uuid4()), str(uuid4())]
    client = browser("grid")
    first = send(client, world, batch(), files={f"photo-{key}": photo()}).json()
    assert [a["outcome"] for a in first["answers"]] == ["TAKEN"] * 3
    again = send(client, world, batch(), files={f"photo-{key}": photo()}).json()
    assert again["answers"] == first["answers"]
    assert len(cases.list_photo_ids(case_id=errand.case_id)) == 1
    assert Act.objects.count() == 3
    from tests.make import NOW

    act = Act.objects.get(key=key)
    assert (NOW - act.said_at).total_seconds() == 600
    assert (act.clock_off_s, act.is_sure) == (7200, True)
    page = client.get(f"/field/cases/{errand.case_id}").content.decode()
    assert "said to have happened" in page
    case_page = browser("desk").get(f"/desk/cases/{errand.case_id}").content.decode()
    assert case_page.count("(by his word ") == 3


def test_what_waits_stops_the_rest_and_says_where_it_stands(world: World, browser: Browser) -> None:
    errand = errand_of(world, browser)
    acts = [
        {"key": str(uuid4()), "number": n, "kind": "DISPATCH", "move": "arrive",
         "about": str(errand.id)} for n in (5, 6)
    ]  # fmt: skip
    (answer,) = send(browser("grid"), world, acts).json()["answers"]
    assert (answer["outcome"], answer["code"], answer["last"]) == ("LATER", "ACT_OUT_OF_ORDER", 0)


def test_a_conflict_is_told_with_code_and_sentence_in_both_languages(
    world: World, browser: Browser
) -> None:
    errand = errand_of(world, browser)
    browser("desk").post(
        f"/desk/cases/{errand.case_id}/dispatches/{errand.id}/recall", {"note": "改派"}
    )
    act = {"key": str(uuid4()), "number": 1, "kind": "DISPATCH", "move": "sign_for",
           "about": str(errand.id)}  # fmt: skip
    (english,) = send(browser("grid"), world, [act]).json()["answers"]
    (chinese,) = send(browser("grid", "zh-hans"), world, [act]).json()["answers"]
    assert english["code"] == chinese["code"] == "RECALLED_MEANWHILE"
    assert "taken you off this case" in english["message"]
    assert "撤" in chinese["message"]


def test_only_whoever_did_it_sends_it(world: World, browser: Browser) -> None:
    act = {"key": str(uuid4()), "number": 1, "kind": "CASE", "move": "x", "about": str(uuid4())}
    assert send(browser("other_grid"), world, [act]).status_code == 403
    assert not Act.objects.exists()


GOOD = {"number": 1, "kind": "CASE", "move": "report_back", "note": "x"}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"key": "no uuid"}, {"kind": "OTHER"}, {"number": 0}, {"number": 2**31}, {"after": -1},
        {"made": "soon"}, {"made": -1}, {"ago": -5}, {"about": "?"}, {"about": None},
        {"move": "a b"}, {"note": "x" * 2001}, {"lon": "east"}, {"kind": "REPORT", "text": ""},
        {"seen": -1},
    ],
)  # fmt: skip
def test_an_act_that_is_broken_is_refused_alone(
    world: World, browser: Browser, spoilt: dict[str, Any]
) -> None:
    act = {"key": str(uuid4()), "about": str(uuid4()), **GOOD, **spoilt}
    (answer,) = send(browser("grid"), world, [act]).json()["answers"]
    assert (answer["outcome"], answer["code"]) == ("REFUSED", "ACT_BROKEN")
    assert not Act.objects.exists()


@pytest.mark.parametrize(
    "sent",
    ["", "{", "[]", "null", "[" * 9000, '{"acts": []}', '{"clock": 1e99, "device": "x", "acts": [{}]}',
     envelope("NaN", "[{}]"), envelope("1", "[1]"), envelope("1", f"[{', '.join(['{}'] * 11)}]")],
)  # fmt: skip
def test_what_is_no_batch_is_refused(world: World, browser: Browser, sent: str) -> None:
    assert browser("grid").post("/field/acts", {"sent": sent}).status_code == 422


def test_whoever_has_not_signed_in_is_sent_to_do_so(world: World) -> None:
    assert Client().get("/field/keep")["Location"].startswith("/sign-in")

"""What makes the field installable: manifest, worker and script, in the reader's language; nothing personal in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from anlan.people.queries import find_sign_in
from tests.make import NOW

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
pytestmark = pytest.mark.django_db


def test_the_worker_reaches_the_field_only_and_changes_with_the_language() -> None:
    english = Client(headers={"accept-language": "en"}).get("/field/sw.js")
    chinese = Client(headers={"accept-language": "zh-hans"}).get("/field/sw.js")
    assert english["Content-Type"].startswith("text/javascript")
    assert english["Cache-Control"] == "no-cache"
    assert "Service-Worker-Allowed" not in english
    versions = [
        re.search(r'const VERSION = "(\w+)"', a.content.decode()) for a in (english, chinese)
    ]
    first, second = (found[1] for found in versions if found)
    assert first != second


def test_every_address_that_the_worker_keeps_exists() -> None:
    text = Client().get("/field/sw.js").content.decode()
    (script,) = [
        a for a in json.loads(re.findall(r"const ASSETS = (.+);", text)[0]) if "script" in a
    ]
    answer = Client().get(script)
    assert "immutable" in answer["Cache-Control"]
    assert Client().get("/field/script-old.js")["Cache-Control"] == "no-cache"
    assert Client().get("/field/offline").status_code == 200
    assert Client().get("/field/left").status_code == 200
    packed = Client(headers={"accept-encoding": "gzip"}).get(script)
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(answer.content) / 2


def test_the_manifest_speaks_the_readers_language() -> None:
    told = Client(headers={"accept-language": "zh-hans"}).get("/field/manifest.webmanifest")
    assert told["Content-Type"] == "application/manifest+json"
    assert (told.json()["lang"], told.json()["scope"]) == ("zh-hans", "/field/")
    assert "安澜" in told.json()["name"]


def test_pages_with_cases_stay_out_of_the_browsers_cache_and_history(
    world: World, browser: Browser
) -> None:
    taken = world.take("村口路灯坏了三天")
    for address in ("/field/", "/field/report", f"/field/cases/{taken.case_id}"):
        answer = browser("grid").get(address)
        assert "no-store" in answer["Cache-Control"], address
        title = re.search(r"<title>(.*?)</title>", answer.content.decode())
        assert title
        assert "路灯" not in title[1]


def test_signing_out_tells_the_browser_to_forget(world: World, browser: Browser) -> None:
    assert browser("grid").post("/sign-out")["Clear-Site-Data"] == '"storage"'


def test_ending_this_browsers_sign_in_among_all_of_ones_own_does_the_same(
    world: World, browser: Browser
) -> None:
    found = find_sign_in(token=world.token("grid"), at=NOW)
    assert found is not None
    answer = browser("grid").post(f"/account/sign-ins/{found.sign_in_id}")
    assert answer["Location"] == "/sign-in"
    assert answer["Clear-Site-Data"] == '"storage"'


def test_the_steps_to_come_stand_in_the_page_and_are_hidden(world: World, browser: Browser) -> None:
    taken = world.take()
    browser("desk").post(
        f"/desk/cases/{taken.case_id}/dispatches", {"duty": world.duty_ids["grid"]}
    )
    page = browser("grid").get(f"/field/cases/{taken.case_id}").content.decode()
    shown = dict(re.findall(r'<div data-in="(\w+)"( hidden)?>', page))
    assert shown == {"OFFERED": "", "SIGNED": " hidden", "ON_THE_WAY": " hidden"}
    assert 'data-in="SIGNED ON_THE_WAY ARRIVED" hidden' in page

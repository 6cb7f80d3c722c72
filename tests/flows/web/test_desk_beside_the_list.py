"""Beside the queue: kept filters, a preview of the case in focus, and what the rows tell a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.kernel import codes
from anlan.privacy.models import Look

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
STATEMENTS_LIMIT = 10


def test_a_view_is_kept_used_and_dropped(world: World, browser: Browser) -> None:
    desk = browser("desk")
    assert "Keep this view" not in desk.get("/desk/").content.decode()
    assert "Keep this view" in desk.get("/desk/?tab=red&class=SAFETY").content.decode()
    sent = {"name": "危险", "tab": "red", "class": "SAFETY", "q": "", "place": "", "lend": "yes"}
    kept = desk.post("/desk/filters", sent)
    assert kept["Location"] == "/desk/?tab=red&class=SAFETY"
    page = desk.get(kept["Location"]).content.decode()
    assert 'href="/desk/?tab=red&amp;class=SAFETY" aria-current="page">危险' in page
    assert "Keep this view" not in page
    lent = browser("builder").get("/desk/").content.decode()
    assert "危险" in lent
    assert "lent by a colleague" in lent
    drop = page.split('action="/desk/filters/', 1)[1].split('"', 1)[0]
    assert browser("builder").post(f"/desk/filters/{drop}").status_code == 404
    desk.post(f"/desk/filters/{drop}")
    assert "危险" not in browser("builder").get("/desk/").content.decode()


def test_a_nameless_filter_is_refused_in_words(world: World, browser: Browser) -> None:
    answer = browser("desk").post("/desk/filters", {"name": " ", "tab": "red"})
    assert answer.status_code == 422
    assert "Give the filter a name" in answer.content.decode()


def test_the_preview_tells_what_the_case_says_and_leaves_a_trace(
    world: World, browser: Browser
) -> None:
    taken = world.take("桥头的路灯坏了，晚上看不清")
    desk = browser("desk")
    desk.get(f"/desk/cases/{taken.case_id}/preview")
    with CaptureQueriesContext(connection) as captured:
        answer = desk.get(f"/desk/cases/{taken.case_id}/preview")
    body = answer.content.decode()
    assert "<html" not in body
    assert "桥头的路灯坏了，晚上看不清" in body
    assert codes.show(taken.code) in body
    assert f"/desk/cases/{taken.case_id}/moves/accept" in body
    assert "data-due=" in body
    assert answer["Cache-Control"] == "no-store"
    assert len(captured) <= STATEMENTS_LIMIT
    assert Look.objects.filter(case_id=taken.case_id, actor_id=world.person_ids["desk"]).exists()


def test_rows_tell_their_place_and_their_deadline(world: World, browser: Browser) -> None:
    first, second = world.take("路灯坏了"), world.take("桥头有垃圾")
    body = browser("desk").get("/desk/").content.decode()
    sorts = [part.split('"', 1)[0] for part in body.split('data-sort="')[1:]]
    assert len(sorts) == 2
    assert sorts == sorted(sorts)
    assert all(str(one.case_id) in body for one in (first, second))
    assert body.count("data-due=") == 2

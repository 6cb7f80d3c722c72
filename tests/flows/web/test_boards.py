"""The board's pages: for those who watch over a place, and for everybody with small counts held back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
import shapely
from django.test import Client

from anlan.boards import queries
from anlan.places.models import PlaceShape
from anlan.web.command import drawing
from tests.make import COUNTY, OTHER_TOWN, TOWN, VILLAGE, World

Browser = Callable[..., Client]


@pytest.fixture(autouse=True)
def no_past() -> None:
    queries.forget_past()


def rows_of(body: bytes) -> dict[str, dict[str, str]]:
    text = body.decode("utf-8-sig")
    return {row["place_code"]: row for row in csv.DictReader(io.StringIO(text))}


def test_one_is_led_to_the_board_of_ones_widest_place(world: World, browser: Browser) -> None:
    assert browser("desk").get("/command/").headers["location"] == f"/command/{TOWN}"
    assert browser("leader").get("/command/").headers["location"] == f"/command/{COUNTY}"


def test_a_leader_drills_down_to_the_cases_of_a_village(world: World, browser: Browser) -> None:
    case_id = world.take().case_id
    leader = browser("leader")
    county = leader.get(f"/command/{COUNTY}").content.decode()
    assert f'href="/command/{TOWN}"' in county
    town = leader.get(f"/command/{TOWN}").content.decode()
    assert f'href="/desk/?place={VILLAGE}"' in town
    assert str(case_id) in leader.get(f"/desk/?place={VILLAGE}").content.decode()
    assert str(case_id) not in leader.get(f"/desk/?place={OTHER_TOWN}").content.decode()


def test_a_place_without_outlines_is_a_tile_for_each_place_below(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_board() -> str:
        monkeypatch.setattr(drawing, "_kept", None)
        return browser("leader").get(f"/command/{COUNTY}").content.decode()

    square = shapely.to_wkb(shapely.box(120.0, 29.7, 120.1, 29.8))
    PlaceShape.objects.create(
        place_id=world.place_id(TOWN), wkb=square, is_generated=False, source="test"
    )
    drawn = open_board()
    assert "No outlines are known here" not in drawn
    assert f'class="area" data-place="{TOWN}" data-step="-1"' in drawn
    assert f'class="area" data-place="{OTHER_TOWN}"' not in drawn
    PlaceShape.objects.filter(place__code=TOWN).delete()
    tiles = open_board()
    assert "No outlines are known here" in tiles
    for code in (TOWN, OTHER_TOWN):
        assert f'class="area" data-place="{code}" data-step="-1"' in tiles


def test_a_board_elsewhere_is_refused_in_words(world: World, browser: Browser) -> None:
    answer = browser("desk").get(f"/command/{OTHER_TOWN}")
    assert answer.status_code == 403
    assert "outside your duties" in answer.content.decode()
    assert browser("desk").get(f"/command/{OTHER_TOWN}/csv").status_code == 403
    assert browser("desk").get("/command/999999").status_code == 404


def test_the_export_holds_the_figures_of_the_page(world: World, browser: Browser) -> None:
    for n in range(6):
        world.take(f"第{n}号路灯坏了")
    answer = browser("centre").get(f"/command/{COUNTY}/csv")
    assert answer["content-type"] == "text/csv; charset=utf-8"
    rows = rows_of(answer.content)
    assert (rows[COUNTY]["open"], rows[TOWN]["open"], rows[OTHER_TOWN]["open"]) == ("6", "6", "0")
    assert rows[TOWN]["late_share"] == "0.0000"


def test_everybody_sees_the_public_board_small_counts_held_back(world: World) -> None:
    world.take()
    visitor = Client(headers={"accept-language": "en"})
    assert visitor.get("/board").headers["location"] == f"/board/{COUNTY}"
    page = visitor.get(f"/board/{TOWN}").content.decode()
    assert "&lt;5" in page
    assert "/desk/?place=" not in page
    rows = rows_of(visitor.get(f"/board/{TOWN}/csv").content)
    assert rows[VILLAGE]["open"] == "<5"
    assert rows_of(visitor.get(f"/board/{VILLAGE}/csv").content)[VILLAGE]["open"] == "<5"


def test_a_page_may_listen_to_its_stream_and_to_nothing_else(
    world: World, browser: Browser, settings: Any
) -> None:
    settings.LIVE_PORT = 4321
    answer = browser("leader").get(f"/command/{COUNTY}")
    assert f'data-stream="http://testserver:4321/live/command/{COUNTY}"' in answer.content.decode()
    assert "connect-src 'self' http://testserver:4321;" in answer["content-security-policy"]
    settings.LIVE_PORT = 0
    answer = browser("leader").get(f"/command/{COUNTY}")
    assert 'data-stream=""' in answer.content.decode()
    assert "connect-src 'self';" in answer["content-security-policy"]


def test_behind_a_proxy_the_stream_is_where_the_operator_says(
    world: World, browser: Browser, settings: Any
) -> None:
    settings.LIVE_URL = "https://anlan.example.cn"
    page = browser("leader").get(f"/command/{COUNTY}").content.decode()
    assert f'data-stream="https://anlan.example.cn/live/command/{COUNTY}"' in page

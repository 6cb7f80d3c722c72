"""The county publishes its towns' cards, a town reads what it lost points for, objects, and gets a card that says what changed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.assessment.models import Card, Objection
from tests.make import COUNTY, OTHER_TOWN, TOWN, World
from tests.worlds.assessed import fill_month, published
from tests.worlds.figures import MONTH

Browser = Callable[..., Client]
STATEMENTS_LIMIT = 8
LIST = f"/desk/assessment?group=MONTHLY.{COUNTY}&period={MONTH}"
CARD = f"/desk/assessment/MONTHLY/{TOWN}/{MONTH}"


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def test_from_publication_to_a_corrected_card(world: World, browser: Browser) -> None:
    fill_month()
    leader, desk = browser("leader"), browser("desk")
    assert 'href="/desk/assessment"' in page(leader, "/desk/")
    assert "Not published" in page(leader, LIST)
    assert "Publish the cards" not in page(desk, LIST)
    given = {"scheme": "MONTHLY", "place": COUNTY, "period": MONTH}
    assert desk.post("/desk/assessment/publish", given).status_code == 403
    assert (
        "2 cards are published"
        in leader.post("/desk/assessment/publish", given, follow=True).content.decode()
    )
    shown = page(desk, CARD)
    for words in (
        "What 82.0 points were lost for",
        "−32.0",
        "40.0 % gives 20 of 100 points",
        "Deduction",
        "SHA-256",
        "File the objection",
    ):
        assert words in shown, words
    card = Card.objects.get(place__code=TOWN)
    said = desk.post(
        f"/desk/assessment/cards/{card.id}/object",
        {"indicator": "LATE", "value": "15", "text": "有五件已办延期"},
        follow=True,
    )
    assert "The objection is filed" in said.content.decode()
    assert "有五件已办延期" in page(leader, LIST)
    assert "有五件已办延期" not in page(browser("other_desk"), LIST)
    one = Objection.objects.get()
    said = leader.post(
        f"/desk/assessment/objections/{one.id}/accept",
        {"note": "台账核实", "value": "15"},
        follow=True,
    )
    shown = said.content.decode()
    for words in ("What this version corrects", "台账核实", "40.0 → 15.0", "Published, version 2"):
        assert words in shown, words
    assert "corrected since" in page(desk, CARD + "?version=1")


def test_no_rank_stands_without_its_interval(world: World, browser: Browser) -> None:
    published()
    for login, address in (
        ("leader", LIST),
        ("desk", CARD),
        ("leader", f"/desk/assessment/MONTHLY/{COUNTY}/{MONTH}/try?w_LATE=90"),
    ):
        ranks = re.findall(
            r'<span class="rank__words num">(.*?)</span>', page(browser(login), address)
        )
        assert ranks
        assert all(
            re.fullmatch(r"<strong>\d+</strong> <small>\(\d+(–\d+)?\)</small>", rank)
            for rank in ranks
        )


def test_trying_changes_scores_and_saves_nothing(world: World, browser: Browser) -> None:
    published()
    desk = browser("desk")
    address = CARD + "/try"
    assert "Score then" not in page(desk, address)
    shown = page(
        desk, address + "?w_LATE=10&w_LAMPS=0&w_SATISFIED=0&m_LATE=MINMAX&mean=GEOMETRIC&v_LATE=0"
    )
    assert "Score then" in shown
    assert "100.0" in shown
    assert Card.objects.count() == 2
    for wrong, said in (
        ("w_LATE=viel", "is not a number"),
        ("w_LATE=-1", "A weight is a number"),
        ("v_LATE=nan", "is not a number"),
    ):
        assert said in page(desk, f"{address}?{wrong}", 422)


def test_elsewhere_nothing_is_told(world: World, browser: Browser) -> None:
    card = published()
    other = browser("other_desk")
    assert other.get(CARD).status_code == 404
    assert other.get(f"/desk/assessment/MONTHLY/{OTHER_TOWN}/{MONTH}").status_code == 200
    assert (
        other.post(f"/desk/assessment/cards/{card.id}/object", {"text": "邻镇来看"}).status_code
        == 404
    )
    assert browser("grid").get("/desk/assessment").status_code == 403
    assert browser("leader").get(f"/desk/assessment/NONE/{TOWN}/{MONTH}").status_code == 404


@pytest.mark.parametrize(
    "given",
    [{"value": "viel", "text": "有五件已办延期"}, {"text": ""}, {"text": "致电13800000000"}],
)
def test_an_objection_that_cannot_be_used_says_why(
    world: World, browser: Browser, given: dict[str, str]
) -> None:
    card = published()
    said = browser("desk").post(
        f"/desk/assessment/cards/{card.id}/object", {"indicator": "LATE", **given}, follow=True
    )
    assert said.status_code == 200
    assert "The objection is filed" not in said.content.decode()
    assert not Objection.objects.exists()


@pytest.mark.parametrize(
    ("period", "said"),
    [("2026-13", "is no period"), ("2027-01", "has not begun"), ("2026-03", "Not over yet")],
)
def test_a_period_that_cannot_be_shown_says_so(
    world: World, browser: Browser, period: str, said: str
) -> None:
    answer = browser("leader").get(f"/desk/assessment?group=MONTHLY.{COUNTY}&period={period}")
    assert said in answer.content.decode()


def test_the_pages_take_few_statements(world: World, browser: Browser) -> None:
    published()
    leader = browser("leader")
    for address in (LIST, CARD, CARD + "/try", "/desk/assessment"):
        leader.get(address)
        with CaptureQueriesContext(connection) as caught:
            assert leader.get(address).status_code == 200
        assert len(caught) <= STATEMENTS_LIMIT, (address, [one["sql"][:90] for one in caught])

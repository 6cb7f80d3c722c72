"""The desk writes a rule, tries it on past cases, saves it, and reads it at the cases it decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from anlan.triage.models import RoutingRule
from anlan.triage.queries import routing
from tests.make import TOWN

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]


@pytest.fixture(autouse=True)
def forget() -> None:
    routing.forget_rules()


def wanted(**changes: object) -> dict[str, object]:
    return {
        "place": TOWN, "matters": ["STREET_LAMP"], "target": "PERSON", "is_active": "on",
        "why": "夜间由指挥室派单", "from_time": "", "until_time": "",
    } | changes  # fmt: skip


def test_a_rule_is_tried_saved_followed_and_read(world: World, browser: Browser) -> None:
    world.take()
    desk = browser("desk")
    empty = desk.get("/desk/rules").content.decode()
    assert "There is no rule." in empty
    assert "/desk/rules" in desk.get("/desk/").content.decode()

    tried = desk.post("/desk/rules/new", {"do": "try", **wanted()})
    assert tried.status_code == 200
    page = tried.content.decode()
    assert "<strong>1</strong> would have gone elsewhere." in page
    assert "Nothing has been written." in page
    assert not RoutingRule.objects.exists()

    assert desk.post("/desk/rules/new", {"do": "save", **wanted()}).status_code == 302
    routing.forget_rules()
    taken = world.take()
    case = desk.get(f"/desk/cases/{taken.case_id}").content.decode()
    assert "Rule 1, because place:" in case
    assert "夜间由指挥室派单" in case
    listed = desk.get("/desk/rules").content.decode()
    assert "decided 1 case" in listed


def test_shadowed_rules_are_marked_and_moving_mends_it(world: World, browser: Browser) -> None:
    desk = browser("desk")
    desk.post("/desk/rules/new", {"do": "save", **wanted(matters=[])})
    desk.post("/desk/rules/new", {"do": "save", **wanted()})
    assert "Never decides" in desk.get("/desk/rules").content.decode()
    below = RoutingRule.objects.get(position=2)
    assert desk.post(f"/desk/rules/{below.pk}/up").status_code == 302
    assert "Never decides" not in desk.get("/desk/rules").content.decode()
    assert desk.post(f"/desk/rules/{below.pk}/remove").status_code == 302
    assert RoutingRule.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"why": ""}, "required"),
        ({"target": "UNIT"}, "unit"),
        ({"target": "DEPARTMENT"}, "department"),
        ({"matters": ["NONE"]}, "NONE"),
        ({"from_time": "25:99"}, "valid time"),
        ({"valid_from": "2026-03-10", "valid_until": "2026-03-01"}, "ends before"),
        ({"words": "火"}, "words"),
        ({"place": "330999999"}, "330999999"),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(
    world: World, browser: Browser, changes: dict[str, object], said: str
) -> None:
    answer = browser("desk").post("/desk/rules/new", {"do": "save", **wanted(**changes)})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    if "why" not in changes:
        assert "夜间由指挥室派单" in page
    assert not RoutingRule.objects.exists()


def test_a_form_that_was_overtaken_is_refused(world: World, browser: Browser) -> None:
    desk = browser("desk")
    desk.post("/desk/rules/new", {"do": "save", **wanted()})
    rule = RoutingRule.objects.get()
    form = desk.get(f"/desk/rules/{rule.pk}").content.decode()
    assert rule.changed_at.isoformat() in form
    stale = {"do": "save", "seen": "2026-01-01T00:00:00+00:00", **wanted()}
    assert desk.post(f"/desk/rules/{rule.pk}", stale).status_code == 409
    assert desk.get("/desk/rules/987654").status_code == 404
    assert browser("grid").get("/desk/rules").status_code == 403

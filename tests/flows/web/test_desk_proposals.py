"""The desk corrects a matter with one click on what the classifier proposes, and sees what spoke for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.test import Client

from anlan.cases import queries as cases
from anlan.intake.models import Signal
from anlan.kernel.actor import SYSTEM
from anlan.triage.models import Decision

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
BOTH = "路灯下面垃圾堆成山没人收"


def page_of(client: Client, case_id: UUID) -> str:
    return client.get(f"/desk/cases/{case_id}").content.decode()


def guesses_in(page: str) -> list[str]:
    return re.findall(r"<li[^>]*>(?:(?!</li>).)*guesses__spoke.*?</li>", page, re.DOTALL)


def matter_of(case_id: UUID) -> str:
    case = cases.access_case(actor=SYSTEM, case_id=case_id)
    return cases.get_catalogue().matters[case.matter_id].code


def forms_in(page: str) -> list[dict[str, Any]]:
    """Read the one-click forms of a page as their fields."""
    return [
        dict(re.findall(r'name="(seq|matter)" value="([^"]+)"', form))
        for form in re.findall(r"<form[^>]*moves/reclassify.*?</form>", page, re.DOTALL)
        if "Take this one" in form
    ]


def test_three_proposals_each_with_what_spoke_for_it(world: World, browser: Browser) -> None:
    taken = world.take(BOTH)
    shown = guesses_in(page_of(browser("desk"), taken.case_id))
    assert len(shown) == 3
    of_lamp = next(guess for guess in shown if "Street lamp out" in guess)
    of_garbage = next(guess for guess in shown if "Garbage not collected" in guess)
    assert "<mark>路灯</mark>" in of_lamp
    assert "<mark>垃圾</mark>" in of_garbage
    assert "<mark>垃圾</mark>" not in of_lamp
    assert sum("as it is now" in guess for guess in shown) == 1


def test_one_click_corrects_the_matter(world: World, browser: Browser) -> None:
    taken = world.take(BOTH)
    desk, was = browser("desk"), matter_of(taken.case_id)
    forms = forms_in(page_of(desk, taken.case_id))
    assert len(forms) == 2
    assert was not in [form["matter"] for form in forms]
    address = f"/desk/cases/{taken.case_id}/moves/reclassify"
    assert desk.post(address, forms[0]).status_code == 302
    assert matter_of(taken.case_id) == forms[0]["matter"]
    assert not cases.access_case(actor=SYSTEM, case_id=taken.case_id).needs_person
    assert desk.post(address, forms[1]).status_code == 409, "the page of before is stale"
    assert matter_of(taken.case_id) == forms[0]["matter"]


def test_whoever_may_not_correct_sees_the_guesses_of_before_and_no_button(
    world: World, browser: Browser
) -> None:
    taken = world.take(BOTH)
    page = page_of(browser("grid"), taken.case_id)
    assert 'class="guesses"' in page
    assert guesses_in(page) == forms_in(page) == []


def test_once_assigned_the_matter_is_no_longer_corrected_here(
    world: World, browser: Browser
) -> None:
    taken = world.take(BOTH)
    desk = browser("desk")
    unit = cases.access_case(actor=SYSTEM, case_id=taken.case_id).unit_id
    assert desk.post(
        f"/desk/cases/{taken.case_id}/moves/assign_down", {"unit": unit}
    ).status_code == 302  # fmt: skip
    assert forms_in(page_of(desk, taken.case_id)) == []


def test_what_the_reporter_stated_is_not_second_guessed(world: World, browser: Browser) -> None:
    taken = world.take(BOTH, stated_matter="STREET_LAMP")
    page = page_of(browser("desk"), taken.case_id)
    assert guesses_in(page) == forms_in(page) == []
    assert "The reporter chose the matter." in page


def test_of_an_erased_report_nothing_is_worked_out(world: World, browser: Browser) -> None:
    taken = world.take(BOTH)
    Signal.objects.filter(code=taken.code).update(text="")
    page = page_of(browser("desk"), taken.case_id)
    assert guesses_in(page) == forms_in(page) == []


def test_a_doubt_tells_how_sure_and_how_sure_it_should_be(world: World, browser: Browser) -> None:
    taken = world.take("今天天气不错，想问一下几点开门")
    desk = browser("desk")
    assert "the classifier has not proved itself yet" in page_of(desk, taken.case_id)
    decision = Decision.objects.get(case_id=taken.case_id)
    for needed, words in (
        (0.95, "% sure, 95 % needed."),
        (0.9999, "the classifier has not proved itself yet"),
        (None, "The matter is not certain.</span>"),
    ):
        matter = {k: v for k, v in decision.reason["matter"].items() if k != "needed"}
        if needed is not None:
            matter["needed"] = needed
        Decision.objects.filter(case_id=taken.case_id).update(
            reason=decision.reason | {"matter": matter}
        )
        assert words in page_of(desk, taken.case_id)


def test_a_broken_report_is_shown_escaped(world: World, browser: Browser) -> None:
    taken = world.take("路灯<script>alert(1)</script>垃圾")
    page = page_of(browser("desk"), taken.case_id)
    assert "<script>alert" not in page
    assert len(guesses_in(page)) == 3

"""A tenancy quarrel handed over by 110, each person in a browser of his own, in Chinese and in English.

Sent in parallel to the non-police team, the village cadre and the grid worker; mediated on the spot;
closed by the town desk; rated by the caller. What 110 itself is told is in
tests/flows/run/test_transfer_from_110.py, with a worker and a real webhook.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.test_story import move, press

if TYPE_CHECKING:
    from tests.make import World

TEXT = "租客报警：房东不退押金，双方争吵，无人受伤"
TEAM = ("team", "cadre", "grid")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_quarrel_from_110_is_mediated_on_the_spot_and_rated(
    open_browser: Callable[..., Page], lasting_world: World, language: str
) -> None:
    from anlan.dispatch import queries
    from anlan.kernel.actor import Role
    from tests.make import IN_GRID, TOWN
    from tests.rooms.dispatch.test_recommending import hire

    hire(lasting_world, "team", Role.DEPARTMENT, TOWN, "MEDIATION")
    desk = open_browser(size="desktop", login="desk", language=language)
    desk.goto("/desk/")
    body = {
        "external_ref": "JQ2026031000017", "text": TEXT, "lon": IN_GRID[0], "lat": IN_GRID[1],
        "contact": {"name": "陈某", "phone": "13800000000"},
    }  # fmt: skip
    token = lasting_world.clients["police"].token
    taken = httpx.post(
        f"{desk.url.partition('/desk')[0]}/api/v1/transfers", json=body,
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert taken.status_code == 201, taken.text

    desk.goto("/desk/")
    desk.get_by_role("link", name=TEXT).first.click()
    desk.wait_for_url("**/desk/cases/**")
    case = desk.url
    expect(desk.locator(".sent > li")).to_have_count(3)
    expect(desk.locator(".sent").get_by_text("JQ2026031000017")).to_have_count(0)
    # Who follows whom stands there from the start, down to the county centre.
    centre = "县社会治理中心" if language == "zh-hans" else "county centre"
    expect(desk.locator(".sent > li").filter(has_text=centre)).to_have_count(3)
    check_page(desk)

    phones = {}
    for login in TEAM:
        phone = open_browser(size="phone", login=login, language=language)
        phones[login] = phone
        phone.goto("/field/")
        phone.get_by_role("link", name=TEXT).first.click()
        phone.wait_for_url("**/field/cases/**")
        for answer in ("sign_for", "set_out", "arrive"):
            press(
                phone, phone.locator(f"form[action$='/{answer}'] button").filter(visible=True).first
            )
            check_page(phone)
    desk.goto(case)
    expect(desk.locator(".sent .state--ARRIVED")).to_have_count(3)

    # Mediated on the spot by the team; the others finish their part beside it.
    team = phones["team"]
    team.locator("#finish-note").fill("双方当面说开，押金三日内退还")
    press(team, team.locator("form[action$='/finish'] button.button--main"))
    for login in ("cadre", "grid"):
        phone = phones[login]
        phone.reload()
        phone.locator("#finish-note").fill("到场协助调解")
        press(phone, phone.locator("form[action$='/finish'] button.button--main"))
        expect(phone.get_by_role("status").first).to_be_visible()

    desk.goto(case)
    expect(desk.locator(".sent .state--DONE")).to_have_count(3)
    move(desk, "verify")
    desk.goto(case)
    move(desk, "close", outcome="MEDIATED", note="已调解，房东三日内退还押金")

    caller = open_browser(size="phone", language=language)
    caller.goto(f"/track/{taken.json()['tracking_code']}")
    expect(caller.get_by_text("房东三日内退还押金").first).to_be_visible()
    check_page(caller)
    caller.locator("input[name=satisfied][value=yes]").check()
    caller.locator("#comment").fill("当场就解决了")
    press(caller, caller.locator("form[action$='/rate'] button"))
    expect(caller.locator("#rating")).to_be_visible()
    desk.goto(case)
    expect(desk.get_by_text("当场就解决了")).to_be_visible()
    found = queries.list_dispatches(case_id=case.rpartition("/")[2])
    assert {each.state for each in found} == {"DONE"}
    assert {each.card for each in found} == {"TRANSFER_110"}

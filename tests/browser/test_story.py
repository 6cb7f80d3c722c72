"""The whole way of one matter, each person in a browser of his own: reported, dispatched, handled,
closed, rated unsatisfied, handled and closed again, rated satisfied, counted and proved.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.checks import check_page

if TYPE_CHECKING:
    from tests.make import World

TEXT = "村口路灯坏了三天，晚上看不清路"


def press(page: Page, button: Locator) -> None:
    """Press a button that sends a form, and wait for the page that follows."""
    with page.expect_navigation():
        button.click()


def move(page: Page, name: str, **fields: str) -> None:
    """Make a move on the page of a case that is open; fields by their names."""
    form = page.locator(f"form[action$='/moves/{name}']")
    fold = page.locator(f"details.move:has(form[action$='/moves/{name}'])")
    if fold.count() and fold.get_attribute("open") is None:
        fold.locator("summary").first.click()
    for field, value in fields.items():
        control = form.locator(f"[name='{field}']")
        if field == "note":
            control.fill(value)
        else:
            form.locator(f"[name='{field}'][value='{value}']").check()
    press(page, form.locator("button.button").last)


def test_a_street_lamp_from_report_to_proof(
    open_browser: Callable[..., Page], lasting_world: World, tmp_path: Path
) -> None:
    from anlan.kernel.clock import now
    from anlan.ledger import actions as ledger
    from anlan.ledger.queries import audit
    from anlan.rollup.actions import fold_deltas
    from anlan.rollup.queries import list_month
    from tests.make import COUNTY, IN_GRID

    photo = tmp_path / "lamp.jpg"
    Image.new("RGB", (800, 600), (40, 40, 60)).save(photo)
    here = {"longitude": IN_GRID[0], "latitude": IN_GRID[1], "accuracy": 8}

    resident = open_browser(size="phone", geolocation=here, permissions=["geolocation"])
    resident.goto("/")
    resident.locator("#text").fill(TEXT)
    resident.set_input_files("#photos", photo)
    resident.locator("#locate").click()
    expect(resident.locator("#spot strong")).to_be_visible()
    resident.get_by_role("button", name="提交", exact=True).click()
    resident.wait_for_url("**/reported/*")
    tracking = resident.url.replace("/reported/", "/track/")

    # The clock stands still in the past, so a cookie set now would be over for the browser.
    desk = open_browser(size="desktop", login="desk")
    desk.goto("/desk/")
    check_page(desk)
    desk.get_by_role("link", name=TEXT).first.click()
    desk.wait_for_url("**/desk/cases/**")
    case = desk.url
    check_page(desk)
    desk.get_by_text("派人", exact=True).first.click()
    desk.locator(f"input[name=duty][value='{lasting_world.duty_ids['grid']}']").check()
    press(desk, desk.locator("form.move__form[action$='/dispatches'] > button"))

    worker = open_browser(size="phone", login="grid")
    worker.goto("/field/")
    check_page(worker)
    worker.get_by_role("link", name=TEXT).first.click()
    worker.wait_for_url("**/field/cases/**")
    errand = worker.url
    check_page(worker)
    press(worker, worker.locator("form[action$='/sign_for'] button").first)
    worker.goto(errand)
    press(worker, worker.locator("form[action$='/arrive'] button").filter(visible=True))
    worker.goto(errand)
    worker.locator("#finish-note").fill("换了灯泡")
    worker.set_input_files("#finish-photos", photo)
    press(worker, worker.locator("form[action$='/finish'] button.button--main"))
    expect(worker.get_by_role("status").first).to_contain_text("已提交：办完")

    for answer, comment in (("no", "还是不亮"), ("yes", "")):
        desk.goto(case)
        move(desk, "verify")
        desk.goto(case)
        move(desk, "close", outcome="SOLVED", note="路灯已修好")
        resident.goto(tracking)
        expect(resident.get_by_role("heading", level=1)).to_have_text("已办结")
        expect(resident.get_by_text("路灯已修好").first).to_be_visible()
        resident.locator(f"input[name=satisfied][value={answer}]").check()
        resident.locator("#comment").fill(comment)
        press(resident, resident.locator("form[action$='/rate'] button"))
        expect(resident.locator("#rating")).to_be_visible()
        if answer == "no":
            expect(resident.get_by_role("heading", level=1)).to_have_text("处置中")
            worker.goto(errand)
            move(worker, "handle", note="换了整个灯头")
    expect(resident.locator("#rating")).to_contain_text("满意")

    fold_deltas()
    (row,) = list_month(place_code=COUNTY, month="2026-03")
    assert (row.matter_code, row.opened, row.closed, row.reopened) == ("STREET_LAMP", 1, 1, 1)
    while ledger.sequence(at=now()):
        pass
    steps = list(audit())
    assert [finding for step in steps for finding in step.found] == []
    assert steps[-1].done == steps[-1].total > 10

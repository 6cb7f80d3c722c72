"""Errands for the tests of the field: somebody reports, a desk sends the worker, others act meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.phone import Phone
from tests.browser.product import find_spot, query
from tests.browser.test_every_page import sign_in as sign_in_over_http
from tests.flows.run.instance import Instance

PICTURES = os.environ.get("PICTURES", "")
WORDS = {
    "zh-hans": {"sign": "签收", "go": "出发", "there": "到场", "done": "完成", "waiting": "待发送",
                "closed": "此案期间已被他人办结", "recalled": "指挥室期间已撤回对您的派遣"},
    "en": {"sign": "Sign for", "go": "Set out", "there": "Arrive", "done": "Done",
           "waiting": "Waiting to be sent", "closed": "The case was closed meanwhile",
           "recalled": "The desk has taken you off this case meanwhile"},
}  # fmt: skip
BOTH = pytest.mark.parametrize("language", ["zh-hans", "en"])
"""What is about words as much as about the network."""
MAINLY_ENGLISH = BOTH if PICTURES else pytest.mark.parametrize("language", ["en"])
MAINLY_CHINESE = BOTH if PICTURES else pytest.mark.parametrize("language", ["zh-hans"])
"""What is the same in any language, read in one; the manuals' pictures are taken in both."""


class Staff:
    """Somebody at the desk or in the grid, over HTTP."""

    def __init__(self, product: Instance, login: str) -> None:
        self.client = httpx.Client(base_url=product.url, timeout=30)
        sign_in_over_http(self.client, login, product.password(login))

    def post(self, path: str, **form: Any) -> httpx.Response:
        given = {"csrfmiddlewaretoken": self.client.cookies["csrftoken"], **form}
        answer = self.client.post(path, data=given)
        assert answer.status_code < 400, f"{path}: {answer.status_code}"
        return answer


@pytest.fixture(scope="module")
def desk(product: Instance) -> Iterator[Staff]:
    staff = Staff(product, "desk")
    yield staff
    staff.client.close()


@pytest.fixture(scope="module")
def grid(product: Instance) -> Iterator[Staff]:
    staff = Staff(product, "grid")
    yield staff
    staff.client.close()


Send = Callable[[str], tuple[str, str]]


@pytest.fixture
def send_grid(product: Instance, desk: Staff, grid: Staff) -> Iterator[Send]:
    """Report something in the worker's grid and send the worker there: (case id, dispatch id)."""
    spot = find_spot(product, "grid")
    sent: list[tuple[str, str]] = []

    def send(text: str) -> tuple[str, str]:
        grid.client.get("/field/report")
        answer = grid.post("/field/report", key=str(uuid4()), text=text, lon=spot.lon, lat=spot.lat)
        case_id = answer.headers["location"].rpartition("/")[2]
        ((duty,),) = query(product, """
            SELECT min(duty.id) FROM people_duty duty JOIN people_person person
            ON person.id = duty.person_id JOIN places_place grid ON grid.id = duty.place_id
            WHERE person.login = 'grid' AND grid.code = %s""", spot.code)  # fmt: skip
        desk.post(f"/desk/cases/{case_id}/dispatches", duty=duty)
        found = query(product, "SELECT id FROM dispatch_dispatch WHERE case_id = %s", case_id)
        sent.append((case_id, str(found[0][0])))
        return sent[-1]

    yield send
    for case_id, dispatch_id in sent:
        ((ended,),) = query(
            product, "SELECT ended_at FROM dispatch_dispatch WHERE id = %s", dispatch_id
        )
        if ended is None:
            desk.post(f"/desk/cases/{case_id}/dispatches/{dispatch_id}/recall", note="测试结束")


@pytest.fixture
def phone(chromium: Browser, product: Instance, tmp_path: Path) -> Iterator[Phone]:
    made = Phone(chromium.browser_type, product, tmp_path / "phone")
    yield made
    made.close()
    assert not made.complaints, made.complaints


def acts_of(product: Instance, dispatch_id: str) -> list[tuple[Any, ...]]:
    return query(product, """
        SELECT number, move, outcome, code, is_sure, clock_off_s, at, said_at FROM dispatch_act
        WHERE dispatch_id = %s ORDER BY at, number""", dispatch_id)  # fmt: skip


def take(page: Page, name: str) -> None:
    if PICTURES:
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=str(Path(PICTURES) / f"{name.removesuffix('-hans')}.png"))


def press(page: Page, name: str) -> None:
    """Press the one button of this name that is seen."""
    page.get_by_role("button", name=name, exact=True).filter(visible=True).first.click()


def waiting(page: Page) -> int:
    return int(
        page.evaluate(
            "anlanStore.listActs().then((all) => all.filter((a) => a.state === 'WAITING').length)"
        )
    )


def finish(page: Page, note: str, *photos: Path) -> None:
    """Say what was done; of several photos each is taken after the other."""
    if page.locator("#finish").get_attribute("open") is None:
        page.locator("#finish summary").click()
    for number, photo in enumerate(photos, 1):
        page.set_input_files("#finish-photos" if number == 1 else "#finish-photos-album", photo)
        expect(page.locator("#finish .photos__item")).to_have_count(number)
    page.locator("#finish-note").fill(note)
    with page.expect_navigation(url="**/field/"):
        page.locator("#finish button.button--main").click()


def close_as_others(product: Instance, desk: Staff, case_id: str) -> None:
    """Let a colleague of the grid handle it and the desk close it."""
    lead = Staff(product, "lead")
    lead.client.get(f"/field/cases/{case_id}")
    lead.post(f"/field/cases/{case_id}/moves/handle", note="同事已处理")
    lead.client.close()
    for move, form in (
        ("verify", {"note": "属实"}),
        ("close", {"outcome": "SOLVED", "note": "办结"}),
    ):
        desk.post(f"/desk/cases/{case_id}/moves/{move}", **form)

"""The real product for the browser: `anlan run` with its demo county, and a browser for each person.

One instance serves all tests of this folder: its first start takes half a minute. Tests therefore
look at what they have changed themselves, never at how much there is in all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Response

from anlan.config.database import server
from tests.flows.run.installed import set_up
from tests.flows.run.instance import Instance

TOWN, DESK_PLACE = "330681109", "枫桥镇"
SIZES = {"phone": (360, 800), "desktop": (1440, 900)}
OpenPage = Callable[..., Page]


@dataclass(frozen=True, slots=True)
class Spot:
    """A grid and a point in it, away from its borders."""

    code: str
    name: str
    lon: float
    lat: float


@pytest.fixture(scope="package")
def product() -> Iterator[Instance]:
    """The product as a newcomer starts it, with worker and web server."""
    instance = set_up(Instance.make(ANLAN_WEB_PROCESSES="1"), "demo")
    try:
        # Pages are looked at here, not what a power cut leaves: no disk is waited for.
        with server.running(instance.home, fsync=False):
            instance.start()
            instance.wait(within_s=240)
            yield instance
            assert instance.stop() == 0
        assert "Traceback" not in instance.log()
    finally:
        instance.remove()


@pytest.fixture
def open_page(chromium: Browser, product: Instance) -> Iterator[OpenPage]:
    """Open a browser of somebody's own: open_page(size="phone", language="en", login="grid")."""
    complaints: list[str] = []

    def note_answer(answer: Response) -> None:
        if answer.status >= 500:
            complaints.append(f"{answer.status} {answer.url}")

    with contextlib.ExitStack() as stack:

        def open_one(
            *,
            size: str = "phone",
            language: str = "zh-hans",
            login: str = "",
            here: Spot | None = None,
        ) -> Page:
            width, height = SIZES[size]
            position = (
                {"longitude": here.lon, "latitude": here.lat, "accuracy": 8} if here else None
            )
            context = chromium.new_context(
                base_url=product.url, viewport={"width": width, "height": height},
                has_touch=size == "phone", reduced_motion="reduce", geolocation=position,
                permissions=["geolocation"] if here else [],
            )  # fmt: skip
            stack.callback(context.close)
            context.set_default_timeout(20_000)
            language_cookie = {"name": "anlan_language", "value": language, "url": product.url}
            context.add_cookies([language_cookie])
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("response", note_answer)
            page.on(
                "console",
                # An answer of 4xx on purpose is written to the console, too.
                lambda said: (
                    complaints.append(f"{page.url}: {said.text}")
                    if said.type == "error" and "Failed to load resource" not in said.text
                    else None
                ),
            )
            if login:
                sign_in(page, login, product.password(login))
            return page

        yield open_one
    assert complaints == []


def sign_in(page: Page, login: str, password: str) -> None:
    """Sign in by the form, as anybody does."""
    page.goto("/sign-in")
    page.locator("#id_login").fill(login)
    page.locator("#id_password").fill(password)
    with page.expect_navigation():
        page.locator("#id_password").press("Enter")


def press(page: Page, button: Locator) -> None:
    """Press a button that sends a form, and wait for the page that follows."""
    with page.expect_navigation():
        button.click()


def move(page: Page, name: str, *, note: str = "", outcome: str = "") -> None:
    """Make a move on the open page of a case, by its form."""
    form = page.locator(f"form[action$='/moves/{name}']")
    fold = page.locator(f"details.move:has(form[action$='/moves/{name}'])")
    if fold.count() and fold.get_attribute("open") is None:
        fold.locator("summary").first.click()
    if note:
        form.locator("[name=note]").fill(note)
    if outcome:
        form.locator(f"[name=outcome][value={outcome}]").check()
    press(page, form.locator("button.button").last)


def find_spot(product: Instance, login: str) -> Spot:
    """Find a grid of a grid worker, the one with the smallest code."""
    return Spot(*query(product, """
        SELECT grid.code, grid.name, grid.lon, grid.lat
        FROM people_duty duty JOIN people_person person ON person.id = duty.person_id
        JOIN places_place grid ON grid.id = duty.place_id
        WHERE person.login = %s ORDER BY grid.code LIMIT 1""", login)[0])  # fmt: skip


def query(product: Instance, sql: str, *values: object) -> list[tuple[object, ...]]:
    """Ask the product's database what no page shows."""
    with psycopg.connect(product.database_url) as connection:
        return connection.execute(sql, values).fetchall()


def local_month() -> str:
    """Give the month it is where the demo county lies."""
    return datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")


def make_photo(path: Path) -> Path:
    """Make a photo that tells where and with what it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Telephone maker"
    exif.get_ifd(0x8825).update({1: "N", 2: (29.0, 48.0, 12.0), 3: "E", 4: (120.0, 24.0, 6.0)})
    Image.effect_noise((1200, 900), 50).convert("RGB").save(path, "JPEG", exif=exif, quality=88)
    with Image.open(path) as made:
        assert made.getexif().get_ifd(0x8825)
    return path


def lead_to(page: Page, address: str) -> None:
    """Go to a page of the menu that stands in every bar of staff."""
    page.locator("[data-menu] summary").click()
    page.locator(f".menu__list a[href='{address}']").click()

"""A real browser against a real server: Chromium, the pages over HTTP, the small world committed.

Pages are held to a strict Content-Security-Policy and must not write errors to the console.
Without Chromium these tests are skipped and say so (tests/browser/install.sh installs it).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from tests.browser.errands import desk, grid, phone, send_grid
from tests.browser.product import open_page, product
from tests.worlds.fixtures import lasting_world, quick_passwords, still_clock

__all__ = [
    "desk",
    "grid",
    "lasting_world",
    "open_page",
    "phone",
    "product",
    "quick_passwords",
    "send_grid",
    "still_clock",
]

# What is not there within this time does not come; five seconds are too few for a busy machine.
expect.set_options(timeout=20_000)

SIZES = {"phone": (360, 800), "desktop": (1440, 900)}
ARGUMENTS = [
    "--no-sandbox",
    # WebGL in software: the map is drawn without a graphics card.
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything below this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_chromium() -> str | None:
    """Find Debian's Chromium, or what others call it."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium once a file; it ends with it: the tests of other files run event loops of their own."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium here: bash tests/browser/install.sh")
    # Playwright keeps an event loop in this thread; the ORM is used between its calls, never in one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(
    chromium: Browser, live_server: Any, lasting_world: Any
) -> Iterator[Callable[..., Page]]:
    """Open a browser of somebody's own: open_browser(size="phone", language="zh-hans")."""
    contexts = []
    complaints: list[str] = []

    def note(kind: str, text: str) -> None:
        # A page that is answered with 4xx on purpose is written to the console, too.
        if kind == "error" and "Failed to load resource" not in text:
            complaints.append(text)

    def note_answer(answer: Response) -> None:
        if answer.status >= 500:
            complaints.append(f"{answer.status} {answer.url}")

    def open_one(
        *,
        size: str = "phone",
        language: str = "zh-hans",
        scheme: str = "light",
        login: str = "",
        **more: Any,
    ) -> Page:
        width, height = SIZES[size]
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            has_touch=size == "phone",
            reduced_motion="reduce",
            **more,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        cookies = [{"name": "anlan_language", "value": language, "url": live_server.url}]
        if login:
            token = lasting_world.token(login)
            cookies.append({"name": "anlan_sign_in", "value": token, "url": live_server.url})
        context.add_cookies(cookies)
        page = context.new_page()
        page.on("console", lambda message: note(message.type, message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", note_answer)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []

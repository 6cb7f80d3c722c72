"""A worker's phone: a browser with a folder of its own, that can be killed, cut off and set to a wrong time."""

from __future__ import annotations

import contextlib
import shutil
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import BrowserContext, BrowserType, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.product import sign_in
from tests.flows.run.instance import Instance, wait_until

CLOCK = Path(__file__).parents[1] / "faults" / "clock.c"
ARGUMENTS = ["--no-sandbox", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-gpu"]  # fmt: skip
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND"


@dataclass
class Phone:
    """One phone. `complaints`: what its pages wrote to the console."""

    browser: BrowserType
    product: Instance
    folder: Path
    language: str = "zh-hans"
    position: tuple[float, float] | None = None
    complaints: list[str] = field(default_factory=list)
    context: BrowserContext | None = None
    clock: Path | None = None
    cookies: list[Any] = field(default_factory=list)

    def start(self, *, offline: bool = False, is_away: bool = False) -> Page:
        """Switch it on; the folder is as it was when it went off.

        is_away: the server is not to be reached from the first instant to the last. `offline` cuts the
        network only once the browser runs: what it sends at its start may come through.
        """
        environment: dict[str, Any] = {}
        if self.clock is not None:
            library = self.folder.with_suffix(".so")
            environment = {"LD_PRELOAD": str(library), "FAULTS_CLOCK": str(self.clock)}
        place = (
            {"longitude": self.position[0], "latitude": self.position[1], "accuracy": 8}
            if self.position
            else None
        )
        self.context = self.browser.launch_persistent_context(
            str(self.folder), executable_path=shutil.which("chromium"),
            args=[*ARGUMENTS, NOWHERE] if is_away else ARGUMENTS, base_url=self.product.url,
            viewport={"width": 360, "height": 800}, has_touch=True, reduced_motion="reduce",
            geolocation=place, env=environment or None,
            permissions=["geolocation"] if place else [],
        )  # fmt: skip
        self.context.set_default_timeout(20_000)
        self.context.set_offline(offline)
        cookie = {"name": "anlan_language", "value": self.language, "url": self.product.url}
        # A browser writes its cookies to the disk every half minute, which no test wants to wait for.
        self.context.add_cookies([cookie, *self.cookies])  # type: ignore[list-item]
        page = self.context.pages[0]
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def sign_in(self, login: str = "grid") -> Page:
        """Switch it on for the first time, signed in at today's list, which it has kept."""
        page = self.start()
        sign_in(page, login, self.product.password(login))
        assert self.context is not None
        self.cookies = self.context.cookies()
        page.goto("/field/")
        self.settle(page)
        return page

    def wait_for_worker(self, page: Page) -> None:
        """Wait until the service worker is ready; one whose installation failed is tried again by the next page."""
        soon = (
            "Promise.race([navigator.serviceWorker.ready.then(() => true),"
            " new Promise((done) => setTimeout(() => done(false), 10000))])"
        )
        for _ in range(3):
            if page.evaluate(soon):
                return
            page.reload()
        raise AssertionError("the service worker is not ready")

    def settle(self, page: Page) -> None:
        """Wait until the phone holds the list and the pages of the errands on it."""
        self.wait_for_worker(page)
        paths = page.evaluate(
            "[...document.querySelectorAll('.errand__open')].map((one) => new URL(one.href).pathname)"
        )
        for path in ["/field/", "/field/report", *paths]:
            wait_until(
                lambda path=path: page.evaluate("p => anlanStore.findPage(p).then(Boolean)", path),
                within_s=20, what=f"{path} kept",
            )  # fmt: skip

    def set_clock(self, seconds: int) -> None:
        """Set its clock wrong by so many seconds, also while it runs."""
        if self.clock is None:
            self.clock = self.folder.with_suffix(".clock")
            library = self.folder.with_suffix(".so")
            compiler = shutil.which("cc")
            assert compiler, "no C compiler here"
            subprocess.run(
                [compiler, "-shared", "-fPIC", "-o", str(library), str(CLOCK), "-ldl"], check=True
            )
            self.clock.write_bytes(struct.pack("q", seconds))
        else:
            with self.clock.open("r+b") as held:
                held.write(struct.pack("q", seconds))

    def cut(self, *, off: bool = True) -> None:
        """Take the network away, or give it back."""
        assert self.context is not None
        self.context.set_offline(off)

    def kill(self) -> None:
        """End it as a phone ends an app: at once, without a word."""
        mine = f"--user-data-dir={self.folder}"
        found = [
            process
            for process in psutil.process_iter(["cmdline"])
            if mine in (process.info["cmdline"] or [])
        ]
        assert found
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                below = process.children(recursive=True)
                process.kill()
                for child in below:
                    child.kill()
        self.close()

    def put_away(self) -> None:
        """End it in peace: what it holds is on its disk then, its cookies, too, and need not be given back."""
        self.close()
        self.cookies = []

    def close(self) -> None:
        """Let go of it; one that was killed is gone already."""
        if self.context is not None:
            with contextlib.suppress(PlaywrightError):
                self.context.close()
            self.context = None

    def holds(self, text: str) -> bool:
        """Tell whether a text stands anywhere in what the phone has on its disk."""
        forms = [text.encode(), text.encode("utf-16-le")]
        for path in self.folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                if any(form in content for form in forms):
                    return True
        return False


def wait_until_sent(page: Page) -> None:
    """Wait until nothing waits on the phone any more."""
    waiting: Callable[[], Any] = lambda: page.evaluate(  # noqa: E731
        "anlanStore.listActs().then((all) => all.filter((act) => act.state === 'WAITING').length)"
    )
    wait_until(lambda: waiting() == 0, within_s=30, what="sent")
    expect(page.locator("#outbox [data-part=waiting]")).to_be_hidden()

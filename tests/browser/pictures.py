"""Take the manuals' pictures from the demo: `python -m tests.browser.pictures docs/pictures [NAME …]`.

A demo instance of its own is started; each picture is of one page, for one of the demo's people, in both
languages. Pictures of the field without a network, and of rating, are taken by their tests (`PICTURES=FOLDER`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, SIZES, find_chromium
from tests.browser.product import sign_in
from tests.flows.run.instance import Instance


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as one of the demo's people sees it."""

    login: str
    address: str
    size: str = "desktop"
    scheme: str = "light"
    then: Callable[[Page], None] | None = None


def follow(selector: str) -> Callable[[Page], None]:
    """Go where the first such link leads."""

    def go(page: Page) -> None:
        page.goto(str(page.locator(selector).first.get_attribute("href")))

    return go


PICTURES = {
    "resident": Picture("", "/", "phone"),
    "desk": Picture("desk", "/desk/", then=follow("a[href^='/desk/cases/']")),
    "department": Picture("department", "/desk/"),
    "department-case": Picture("department", "/desk/", then=follow("a[href^='/desk/cases/']")),
    "board": Picture("leader", "/command/", scheme="dark"),
    "reports": Picture("leader", "/desk/reports"),
    "assessment": Picture("leader", "/desk/assessment"),
    "field-today": Picture("grid", "/field/", "phone"),
}
LANGUAGES = {"zh": "zh-hans", "en": "en"}


def main(folder: Path, *names: str) -> None:
    """Take the pictures named, or all."""
    instance = Instance.make(ANLAN_WEB_PROCESSES="1")
    try:
        instance.start()
        instance.wait(within_s=300)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            for name in names or PICTURES:
                for short, language in LANGUAGES.items():
                    width, height = SIZES[PICTURES[name].size]
                    context = browser.new_context(
                        base_url=instance.url, viewport={"width": width, "height": height},
                        color_scheme=PICTURES[name].scheme, reduced_motion="reduce",
                    )  # fmt: skip
                    context.add_cookies(
                        [{"name": "anlan_language", "value": language, "url": instance.url}]
                    )
                    _take(
                        context.new_page(), PICTURES[name], instance, folder / f"{name}-{short}.png"
                    )
                    context.close()
    finally:
        instance.remove()


def _take(page: Page, picture: Picture, instance: Instance, target: Path) -> None:
    if picture.login:
        sign_in(page, picture.login, instance.password(picture.login))
    page.goto(picture.address)
    if picture.then is not None:
        picture.then(page)
    page.wait_for_timeout(1_500)  # maps and charts are drawn after the page
    page.screenshot(path=str(target))
    sys.stderr.write(f"{target}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])

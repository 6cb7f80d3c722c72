"""The icons of the installed field, drawn anew from the mark: python -m tests.browser.icons

`any`: the mark as it is. `maskable`: its middle on a full square, because a phone cuts a circle out of it.
"""

from __future__ import annotations

import shutil

from playwright.sync_api import sync_playwright

from tests.house.floors import SOURCE

STATIC = SOURCE / "web" / "static" / "web"
SIZES = {("any", 192), ("any", 512), ("maskable", 512)}


def main() -> None:
    """Draw each icon in a browser and keep its picture."""
    mark = (STATIC / "img" / "mark.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for purpose, size in sorted(SIZES):
            page = browser.new_page(viewport={"width": size, "height": size})
            scale = 0.72 if purpose == "maskable" else 1
            ground = "#0b5a6b" if purpose == "maskable" else "transparent"
            page.set_content(
                f"<style>body{{margin:0;background:{ground}}}svg{{position:fixed;width:{size * scale}px;"
                f"left:{size * (1 - scale) / 2}px;top:{size * (1 - scale) / 2}px}}</style>{mark}"
            )
            page.screenshot(
                path=STATIC / "field" / f"icon-{purpose}-{size}.png", omit_background=True
            )
        browser.close()


if __name__ == "__main__":
    main()

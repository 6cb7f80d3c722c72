"""What every page has to pass: no accessibility fault that axe-core finds, light or dark, no sideways scrolling."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def check_page(page: Page) -> None:
    """Check the page as it stands now; its contrast once more in the dark."""
    page.evaluate(AXE)
    faults = _find_faults(page, RULES)
    page.emulate_media(color_scheme="dark")
    # Colours change with the next frame.
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    faults += [f"in the dark: {fault}" for fault in _find_faults(page, ["color-contrast"])]
    page.emulate_media(color_scheme="light")
    assert not faults, f"{page.url}: {faults}"
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0, f"{page.url} is {width} px too wide"


def _find_faults(page: Page, rules: list[str]) -> list[str]:
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules
    )
    return [
        f"{fault['id']}: {fault['help']} – {node['target']} {node.get('failureSummary', '')}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]

"""The page of the design system shows every token and every component; fields keep nothing behind."""

from __future__ import annotations

import re

from anlan.web import design
from tests.house.floors import SOURCE

WEB = SOURCE / "web"
SHEETS = WEB / "static" / "web" / "css"
PAGE = (WEB / "templates" / "design" / "system.html").read_text(encoding="utf-8")


def shown() -> set[str]:
    """Give the classes on the page and in the parts that it takes in."""
    parts = [PAGE] + [
        (WEB / "templates" / part).read_text(encoding="utf-8")
        for part in set(re.findall(r'include "([^"]+)"', PAGE))
    ]
    return set(re.findall(r"[\w-]+", " ".join(re.findall(r'class="([^"]*)"', " ".join(parts)))))


def test_every_component_is_shown() -> None:
    named: set[str] = set()
    for sheet in ("components.css", "parts.css"):
        css = (SHEETS / sheet).read_text(encoding="utf-8")
        for selector in re.findall(r"^  (\.[^{]+?)(?:,$| \{$)", css, re.MULTILINE):
            named |= set(re.findall(r"\.([a-z][\w-]*)", selector))
    wanted = {name for name in named if not name.startswith("maplibregl")}
    assert wanted, "components were found"
    assert wanted - shown() == set()


def test_every_token_is_shown() -> None:
    tokens = (SHEETS / "tokens.css").read_text(encoding="utf-8").partition("@media")[0]
    sample = (WEB / "static" / "web" / "design" / "design.css").read_text(encoding="utf-8")
    colours = [name for group in design.COLOURS.values() for name in group]
    named = re.findall(r"--([a-z0-9-]+): (?:#|rgb)", tokens)
    assert sorted(colours) == sorted(named)
    for name in colours:
        assert f".swatch--{name}::before {{\n    background: var(--{name});" in sample
    assert set(re.findall(r"--text-(\w+):", tokens)) == set(design.TEXT_SIZES)
    assert {int(step) for step in re.findall(r"--space-(\d):", tokens)} == set(design.SPACES)


def test_no_browser_keeps_what_staff_write() -> None:
    """Chromium writes fields into its session's files, to restore them; a lost phone would tell."""
    kept = [
        f"{page.relative_to(WEB)}: {tag}"
        for folder in ("field", "staff", "desk")
        for page in (WEB / "templates" / folder).glob("*.html")
        for tag in re.findall(r"<textarea[^>]*>", page.read_text(encoding="utf-8"))
        if 'autocomplete="off"' not in tag
    ]
    assert kept == []

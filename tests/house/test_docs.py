"""The documentation holds together: links lead somewhere, lists are whole, names are right."""

import re
from pathlib import Path

import pytest

from tests.house.floors import PROJECT, SOURCE

DOCS = PROJECT / "docs"
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
KINDS = ("tutorials", "how-to", "explanation", "reference", "algorithms", "decisions")
SMALL_BYTES = 200_000


def list_pages() -> list[Path]:
    """List every page of ours, the examples' included."""
    return [
        *sorted(PROJECT.glob("*.md")),
        *sorted(DOCS.rglob("*.md")),
        *sorted((PROJECT / "examples").rglob("*.md")),
    ]


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as the usual renderers make them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", list_pages(), ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_inside_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for link, picture in LINK.findall(text):
        target, _, anchor = (link or picture).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{link or picture} leads nowhere"
        assert not anchor or anchor in anchors(found), f"{found.name} has no heading #{anchor}"


def test_decisions_are_numbered_without_gaps_and_say_so() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for page in pages:
        first = page.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith(f"# {page.name[:4]} "), page.name


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = {(DOCS / link).resolve() for link, _ in LINK.findall(index) if link.endswith(".md")}
    pages = {page for kind in KINDS for page in (DOCS / kind).glob("*.md")}
    assert pages - listed == set()


def test_the_architecture_page_names_every_room() -> None:
    page = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {init.parent.name for init in SOURCE.glob("*/__init__.py")}
    assert {room for room in rooms if f"`{room}`" not in page} == set()


def test_the_architecture_page_names_files_that_exist() -> None:
    page = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:src|tests|bench)/[\w./-]+)`", page))
    assert {name for name in named if not (PROJECT / name).exists()} == set()


def test_pages_named_in_the_code_exist() -> None:
    named = {
        (name, str(path.relative_to(PROJECT)))
        for path in SOURCE.rglob("*")
        if path.suffix in {".py", ".yaml", ".sql"}
        for name in re.findall(r"docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert {pair for pair in named if not (PROJECT / pair[0]).exists()} == set()


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (DOCS / "pictures").iterdir()}
    assert {name: size for name, size in sizes.items() if size >= SMALL_BYTES} == {}

"""The threat model is whole: every boundary answers six questions, every door is on one of them."""

from __future__ import annotations

import re

from anlan.cli import COMMANDS
from tests.house.floors import PROJECT

PAGE = PROJECT / "docs" / "explanation" / "threat-model.md"
TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = {
    re.split(r"\s", part, maxsplit=1)[0]: part
    for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
}
BOUNDARIES = {name: part for name, part in SECTIONS.items() if re.fullmatch(r"B\d", name)}
SOURCE = PROJECT / "src" / "anlan"
REACHES_OUT = re.compile(
    r"subprocess\.(run|Popen|check_\w+)\(|\burlopen\(|\bhttpx\.|smtplib\.|\bapprise\.|"
    r"HTTPS?Connection\(|create_connection\(|os\.posix_spawn|multiprocessing\.|SpanExporter\(|\.execv\w*\("
)


def list_rows(section: str) -> list[list[str]]:
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip(" |") for cell in row] for row in rows]


def test_the_drawing_and_the_sections_have_the_same_boundaries() -> None:
    drawn = set(re.findall(r"\bB\d", SECTIONS["Boundaries"].partition("```text")[2]))
    assert drawn == set(BOUNDARIES)
    assert len(drawn) == 8


def test_every_boundary_answers_all_of_stride_by_a_test_that_exists() -> None:
    for name, section in BOUNDARIES.items():
        rows = [row for row in list_rows(section) if len(row[0]) == 1]
        assert [row[0] for row in rows] == list("STRIDE"), name
        for letter, threat, held, shown in rows:
            cited = re.findall(r"`(tests/[^`]+)`", shown)
            assert cited or "**open**" in shown, f"{name} {letter}: {threat} is not shown"
            assert held or "**open**" in shown
    for cited in re.findall(r"`(tests/[^`]+\.py(?:::\w+)?)`", TEXT):
        file, _, test = cited.partition("::")
        assert (PROJECT / file).exists(), cited
        if test:
            text = (PROJECT / file).read_text(encoding="utf-8")
            assert re.search(rf"^def {test}\(", text, re.MULTILINE), cited


def list_doors(kind: str) -> set[str]:
    """Names that the list of doors gives after `address`, `command` or `module`."""
    found: set[str] = set()
    for _, doors in list_rows(SECTIONS["Doors"])[1:]:
        for part in doors.split("; "):
            if part.startswith(kind):
                found |= set(re.findall(r"`([^`]+)`", part))
    return found


def test_every_address_and_command_is_on_a_boundary() -> None:
    lines = (PROJECT / "tests/flows/permissions/doors.yaml").read_text(encoding="utf-8")
    firsts = set(re.findall(r"^[A-Z]+ ([^/:\s.]*)", lines, re.MULTILINE))
    assert {first or "(root)" for first in firsts} == list_doors("address")
    assert set(COMMANDS) == list_doors("command")


def test_every_module_that_reaches_out_or_starts_a_program_is_on_a_boundary() -> None:
    found = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if REACHES_OUT.search(file.read_text(encoding="utf-8"))
    }
    assert found == list_doors("module")


def test_a_module_that_reaches_out_is_noticed() -> None:
    for planted in ("subprocess.run(['x'])", "httpx.get(url)", "urlopen(request)"):
        assert REACHES_OUT.search(planted)

"""Files a newcomer can find and read: sizes, names, docstrings, no left-overs."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.house.floors import PROJECT, SOURCE, get_floors, list_modules, list_nodes

LONGEST = 400
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base"}


def project_files(*suffixes: str) -> list[Path]:
    folders = [SOURCE, PROJECT / "tests", PROJECT / "bench"]
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in suffixes and not {"vendor", "migrations", "__pycache__"} & {*path.parts}
    ]


def test_no_file_is_longer_than_one_can_read() -> None:
    counts = {
        str(path.relative_to(PROJECT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in project_files(".py", ".js", ".css", ".sql", ".html")
    }
    assert {name: count for name, count in counts.items() if count > LONGEST} == {}


NAMED_BY_DJANGO = SOURCE / "config" / "database" / "postgresql" / "base.py"
"""Django looks for a database backend's wrapper in a module of just this name."""


def test_no_file_has_a_name_that_says_nothing() -> None:
    files = [path for path in project_files(".py") if path != NAMED_BY_DJANGO]
    wrong = [
        path
        for path in files
        if path.stem in BANNED_NAMES or BANNED_NAMES & {*path.relative_to(PROJECT).parts[:-1]}
    ]
    assert wrong == []


@pytest.mark.parametrize("room", sorted(get_floors()))
def test_every_room_says_what_it_is_for(room: str) -> None:
    text = ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8")))
    assert text, f"{room}/__init__.py has no docstring"
    assert len(text.splitlines()) >= 3, f"{room}: too short to teach a newcomer"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(PROJECT))
        for path in list_modules()
        if not ast.get_docstring(list_nodes(path)[0]) and path.read_text(encoding="utf-8").strip()
    ]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    # Written apart, or this line would find itself.
    left = re.compile("TO" + "DO|FIX" + "ME|XX" + "X")
    wrong = [
        f"{path.relative_to(PROJECT)}:{number}"
        for path in project_files(".py", ".html", ".js", ".css", ".sql", ".yaml")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if left.search(line)
    ]
    assert wrong == []


def test_no_machine_path_is_in_the_project() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=False
    ).stdout.decode()
    if not listed:
        pytest.skip("not a git checkout")
    path_of_somebody = re.compile(r"/root/\w|/home/\w+/\w|file:///\w")
    wrong = []
    for name in listed.split("\0"):
        path = PROJECT / name
        if not path.is_file() or "vendor" in path.parts:
            continue
        data = path.read_bytes()
        if b"\0" not in data and path_of_somebody.search(data.decode("utf-8", "replace")):
            wrong.append(name)
    assert [name for name in wrong if name != "tests/house/test_files.py"] == []

"""The locks install the same everywhere: hashed, without registry or path, and up to date."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.floors import PROJECT

PIN = re.compile(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==[0-9a-z.+]+( ; [\w .'!=<>()]+)?( \\)?")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pinned(lock: str) -> dict[str, list[str]]:
    pins: dict[str, list[str]] = {}
    for line in (PROJECT / lock).read_text(encoding="ascii").splitlines():
        if not line.startswith(" "):
            name, _, rest = line.partition("==")
            version = rest.split(" ")[0]
            pins.setdefault(canonicalize_name(name.split("[")[0]), []).append(version)
    return pins


@pytest.mark.parametrize("lock", [*LOCKS, "requirements-fuzz.lock"])
def test_a_lock_holds_pins_and_hashes_and_nothing_else(lock: str) -> None:
    lines = (PROJECT / lock).read_text(encoding="ascii").splitlines()
    assert len(lines) > (100 if lock in LOCKS else 1)
    assert [line for line in lines if not PIN.fullmatch(line) and not HASH.fullmatch(line)] == []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if PIN.fullmatch(line):
            assert HASH.fullmatch(following), f"{line} has no hash"


def test_every_dependency_is_pinned_to_a_version_it_allows() -> None:
    project = tomllib.loads(Path(PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    pins = pinned("requirements.lock")
    for text in wanted:
        requirement = Requirement(text)
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not locked: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), text


def test_developers_run_the_versions_users_run() -> None:
    developers = pinned("requirements-dev.lock")
    assert {name: developers.get(name) for name in pinned("requirements.lock")} == pinned(
        "requirements.lock"
    )

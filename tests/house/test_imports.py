"""What is checked without running anything: import contracts and banned imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.floors import PROJECT, SOURCE, get_floors, list_modules, list_nodes

BIN = Path(sys.executable).parent


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [BIN / "lint-imports"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "from django.dispatch import receiver",
        "from django.db.models.signals import post_save",
        "from django.core.signals import request_started",
        "from django.contrib.auth.models import User",
        "from django.utils.timezone import now",
        "from . import models",
    ],
)
def test_the_linter_refuses(line: str) -> None:
    done = subprocess.run(
        [BIN / "ruff", "check", "--select=TID", "--stdin-filename=src/anlan/cases/actions.py", "-"],
        cwd=PROJECT,
        input=f"{line}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "TID25" in done.stdout


def rooms_imported(path: Path) -> Iterator[str]:
    for node in list_nodes(path):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "anlan":
            modules = [f"anlan.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        yield from (module.split(".")[1] for module in modules if module.startswith("anlan."))


def test_imports_for_types_only_respect_the_floors_too() -> None:
    floors = get_floors()
    wrong = []
    for path in list_modules():
        room = path.relative_to(SOURCE).parts[0]
        if room in floors:
            wrong += [
                f"{path.relative_to(SOURCE)} imports {other}"
                for other in rooms_imported(path)
                if other != room and floors[other] >= floors[room]
            ]
    assert wrong == []

"""What is checked without running anything: import contracts and banned imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.floors import PROJECT

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

"""A few rounds of `make faults`, and one failover: what was acknowledged is stored, once and whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.flows.run.instance import Instance

ROUNDS = ["database killed", "worker killed", "clients cut off", "disk full"]


def play(folder: Path, *options: str) -> list[dict[str, Any]]:
    """Play rounds in a process of their own and give what came of each; a finding fails."""
    told = folder / "rounds.json"
    command = [sys.executable, "-m", "tests.faults", "--wait", "5", "--json", str(told), *options]
    environment = Instance(folder, 0).environment
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rounds: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))["rounds"]
    assert rounds
    assert all(each["writes"] > 0 for each in rounds)
    for line in done.stdout.splitlines():
        if line.startswith("SKIPPED"):
            pytest.skip(f"the other rounds went well; {line}")
    return rounds


def test_nothing_is_lost_whatever_is_killed_cut_or_full(tmp_path: Path) -> None:
    kinds = [option for kind in ROUNDS for option in ("--only", kind)]
    rounds = play(tmp_path, "--rounds", str(len(ROUNDS)), *kinds)
    assert sorted(each["kind"] for each in rounds) == sorted(ROUNDS)


def test_a_killed_primary_takes_nothing_acknowledged_with_it(tmp_path: Path) -> None:
    [each] = play(tmp_path, "--rounds", "1", "--outside", "synchronous")
    assert each["kind"] == "primary killed"

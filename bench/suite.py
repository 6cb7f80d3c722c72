"""How long the tests take on two cores, and what they spend it on: house and rules; all without a browser.

`spent_s` adds up the seconds of the second run's tests by what they need (two processes share them, so
the sum is nearly twice the time), and `between_tests_s` is the rest: starting, importing, collecting,
waiting for the last. docs/decisions tells why the bars stand where they stand.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
QUICK_LIMIT_S, ALL_LIMIT_S = 10, 120
PROCESSES = 2
PARTS = (
    ("house", "tests/house/"),
    ("rules", "tests/rules/"),
    ("servers", "tests/flows/run/"),
    ("servers", "tests/flows/test_"),
    ("servers", "tests/rooms/config/test_bundled_server"),
    ("permissions", "tests/flows/permissions/"),
    ("days", "tests/rooms/simulation/"),
    ("rooms", "tests/rooms/"),
    ("flows", "tests/flows/"),
)
"""What the tests of a file need: nothing, a real instance, every cell of the matrix, a day to play, …"""


@dataclass
class Timed:
    """One run of pytest."""

    seconds: float
    tests: int
    spent: Counter[str] = field(default_factory=Counter)


def run() -> dict[str, Any]:
    """Run both; the ratio is the worse share of its limit (10 s and 120 s)."""
    load = os.getloadavg()[0]
    quick = _time("tests/house", "tests/rules")
    whole = _time("tests/house", "tests/rules", "tests/rooms", "tests/flows")
    return {
        "bench": "tests",
        "ratio": round(max(quick.seconds / QUICK_LIMIT_S, whole.seconds / ALL_LIMIT_S), 2),
        "house_and_rules_s": round(quick.seconds, 1),
        "house_and_rules_tests": quick.tests,
        "house_and_rules_between_tests_s": _between(quick),
        "without_browser_s": round(whole.seconds, 1),
        "without_browser_tests": whole.tests,
        "spent_s": {part: round(seconds, 1) for part, seconds in whole.spent.most_common()},
        "between_tests_s": _between(whole),
        "load_before": round(load, 1),
    }


def _between(timed: Timed) -> float:
    return round(timed.seconds - timed.spent.total() / PROCESSES, 1)


def _time(*folders: str) -> Timed:
    began = time.perf_counter()
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-n", str(PROCESSES), "--dist", "loadfile",
            "--durations", "0", "--durations-min", "0.001", *folders,
        ], cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    took = time.perf_counter() - began
    if done.returncode:
        raise AssertionError(done.stdout[-2000:])
    passed = re.search(r"(\d+) passed", done.stdout)
    found = Timed(took, int(passed[1]) if passed else 0)
    for seconds, file in re.findall(
        r"^([\d.]+)s (?:call|setup|teardown) +(\S+?)::", done.stdout, re.MULTILINE
    ):
        part = next((name for name, start in PARTS if file.startswith(start)), "others")
        found.spent[part] += float(seconds)
    return found

"""How long the tests take on two cores: house and rules together, and all without a browser."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
QUICK_LIMIT_S, ALL_LIMIT_S = 10, 120


def run() -> dict[str, Any]:
    """Run both; the ratio is the worse share of its limit (10 s and 120 s)."""
    quick, quick_tests = _time("tests/house", "tests/rules", processes="0")
    whole, whole_tests = _time("tests/house", "tests/rules", "tests/rooms", "tests/flows")
    return {
        "bench": "tests",
        "ratio": round(max(quick / QUICK_LIMIT_S, whole / ALL_LIMIT_S), 2),
        "house_and_rules_s": round(quick, 1),
        "house_and_rules_tests": quick_tests,
        "without_browser_s": round(whole, 1),
        "without_browser_tests": whole_tests,
    }


def _time(*folders: str, processes: str = "2") -> tuple[float, int]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", processes, "--dist", "loadfile", *folders], cwd=ROOT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    took = time.perf_counter() - began
    if done.returncode:
        raise AssertionError(done.stdout[-2000:])
    passed = re.search(r"(\d+) passed", done.stdout)
    return took, int(passed[1]) if passed else 0

"""Fuzz for a given time and print a line for each target: `make fuzz MINUTES=10 SEED=1`.

First the readers, sharing the minutes; then every call of the API, for as many minutes again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

READERS = "tests/fuzz"
CALLS = "tests/flows/api/test_every_call_as_described.py"


def count_targets() -> int:
    """Count the readers' targets, which share the time."""
    files = Path(READERS).glob("test_*.py")
    return sum(file.read_text(encoding="utf-8").count("\n@fuzz(") for file in files)


def run(path: str, seconds: float, seed: int) -> int:
    """Run the targets of a path, each for so many seconds; print their figures."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        told = os.environ | {
            "FUZZ_SECONDS": str(seconds), "FUZZ_SEED": str(seed), "FUZZ_REPORT": str(report),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", path],
            env=told, check=False, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if done.returncode:
            click.echo(done.stdout)
        for line in report.read_text(encoding="utf-8").splitlines() if report.exists() else ():
            figures = json.loads(line)
            click.echo(" ".join(f"{name}={value}" for name, value in figures.items()))
    return done.returncode


def main() -> int:
    """Read the arguments and run both kinds."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["readers", "calls"])
    asked = parser.parse_args()
    failed = 0
    if asked.only != "calls":
        failed |= run(READERS, asked.minutes * 60 / count_targets(), asked.seed)
    if asked.only != "readers":
        failed |= run(CALLS, asked.minutes * 60, asked.seed)
    return failed


if __name__ == "__main__":
    sys.exit(main())

"""Runs several `anlan` commands one after the other in one process: starting one takes seconds.

Reads a JSON list of lists of words, writes a JSON list of [exit code, what was printed].
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def run(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> list[str]:
    """Run commands in a process of their own; give what each printed. All must go well."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.commands"],
        input=json.dumps(commands), env=environment, cwd=PROJECT, capture_output=True, text=True,
        timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(done.stdout)
    for command, (code, printed) in zip(commands, results, strict=True):
        assert code == 0, f"anlan {' '.join(command)}: {printed}{done.stderr}"
    return [printed for _, printed in results]


def _run_one(words: Sequence[str]) -> tuple[int, str]:
    from anlan.cli import main

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            code = main.main(list(words), standalone_mode=False) or 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return code, printed.getvalue()


if __name__ == "__main__":
    json.dump([_run_one(words) for words in json.load(sys.stdin)], sys.stdout)

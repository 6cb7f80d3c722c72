"""`python -m tests.faults.table FILE …`: one table of what several runs wrote with --json."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HEADS = [
    "fault", "rounds", "writes", "lost", "half", "doubled", "inconsistent", "late", "odd",
    "web back, median / max s", "jobs back, median / max s",
]  # fmt: skip
KINDS = ("LOST", "HALF", "DOUBLED", "INCONSISTENT", "LATE", "ODD")


def make_table(rounds: Sequence[dict[str, Any]]) -> str:
    """Make the table of the results page: kinds × rounds, findings, times."""
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for kind in [*sorted({each["kind"] for each in rounds}), "all"]:
        these = [each for each in rounds if kind in (each["kind"], "all")]
        found = [finding for each in these for finding in each["findings"]]
        cells = [kind, len(these), sum(each["writes"] for each in these)]
        cells += [sum(f["count"] for f in found if f["kind"] == name) for name in KINDS]
        for name in ("web_back_s", "work_back_s"):
            values = [each[name] for each in these] or [0.0]
            cells.append(f"{statistics.median(values):.1f} / {max(values):.1f}")
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    runs = [json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:]]
    for run in runs:
        for finding in run["at_the_end"]:
            sys.stdout.write(f"at the end: {finding}\n")
    sys.stdout.write(make_table([each for run in runs for each in run["rounds"]]) + "\n")

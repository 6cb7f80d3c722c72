"""Precision and recall of “perhaps the same thing” on labelled pairs of real messages.

Reads `../shared/data/zh_messages_4326.csv.gz` (no stated licence: for local trial, never part of the project) and
a label file of one's own, `PAIRS=…` or `../duplicates_pairs.csv`: columns one, other (message ids),
stratum_weight, is_same. How the labels came about: docs/algorithms/duplicates.md. The mark is chosen on one half of the pairs,
the figures are of the other; halves by a hash of the two ids. The ratio is recall ÷ recall of the weights before.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from anlan.triage.rules import duplicates
from anlan.triage.rules.duplicates import Likeness, Reported, compare

ROOT = Path(__file__).parents[1]
MESSAGES = ROOT.parent / "shared" / "data" / "zh_messages_4326.csv.gz"
PAIRS = ROOT.parent / "duplicates_pairs.csv"
PRECISION_WANTED = 0.9
BEFORE_MARK = 0.5
Row = tuple[Likeness, bool, float]


def read_messages(path: Path) -> dict[str, Reported]:
    """Read the messages as reports of one place without points: their places are letters."""
    found = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = _read_instant(row["留言时间"])
            text = " ".join(f"{row['留言主题'].strip()}。{row['留言详情'].strip()}".split())
            found[row["留言编号"]] = Reported(UUID(int=0), "a", None, None, at, text)
    return found


def _read_instant(text: str) -> datetime:
    form = "%Y/%m/%d %H:%M:%S" if "/" in text else "%Y-%m-%d %H:%M:%S"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _half(one: str, other: str) -> int:
    return int(hashlib.sha256(f"{one}:{other}".encode()).hexdigest(), 16) % 2


def _before(like: Likeness, words: float) -> float:
    """Score as it was before the labels: half words, three tenths place, a fifth time."""
    return 0.5 * words + 0.3 * duplicates.SAME_PLACE + 0.2 * 0.5 ** (like.apart / timedelta(days=3))


def measure(rows: Iterable[Row], shown: Callable[[Row], bool], *, weighted: bool) -> dict[str, Any]:
    """Give precision, recall and F1 of what would be shown."""
    right = wrong = missed = 0.0
    for row in rows:
        weight = row[2] if weighted else 1.0
        if shown(row):
            right, wrong = right + weight * row[1], wrong + weight * (not row[1])
        else:
            missed += weight * row[1]
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {name: round(value, 3) for name, value in
            (("precision", precision), ("recall", recall), ("f1", f1))}  # fmt: skip


def choose_mark(rows: list[Row]) -> float:
    """Choose the lowest mark from which on nine of ten shown pairs are right."""
    marks = [n / 100 for n in range(20, 90)]
    return next(
        mark for mark in marks
        if measure(rows, lambda row, m=mark: row[0].score >= m, weighted=False)["precision"]
        >= PRECISION_WANTED
    )  # fmt: skip


def run() -> dict[str, Any]:
    """Measure on the labelled pairs; says what is missing where a file is."""
    messages_path, pairs_path = MESSAGES, Path(os.environ.get("PAIRS", PAIRS))
    for path in (messages_path, pairs_path):
        if not path.exists():
            return {"name": "duplicates", "skipped": f"{path.name} is not here"}
    messages = read_messages(messages_path)
    halves: tuple[list[Row], list[Row]] = ([], [])
    before: list[tuple[float, bool]] = []
    with pairs_path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            one, other = messages[row["one"]], messages[row["other"]]
            like, is_same = compare(one, other), row["is_same"] == "1"
            half = _half(row["one"], row["other"])
            halves[half].append((like, is_same, float(row["stratum_weight"])))
            if half:
                before.append(
                    (_before(like, duplicates.compare_words(one.text, other.text)), is_same)
                )
    chosen, told = halves
    mark = duplicates.THRESHOLD
    found = measure(told, lambda row: row[0].score >= mark, weighted=False)
    shown_before = sum(same for score, same in before if score >= BEFORE_MARK)
    recall_before = shown_before / sum(same for _, same in before)
    return {
        "name": "duplicates",
        "pairs": len(chosen) + len(told),
        "same": sum(row[1] for half in halves for row in half),
        "mark_in_use": mark,
        "mark_chosen_on_one_half": choose_mark(chosen),
        "on_the_half_it_was_chosen_on": measure(
            chosen, lambda r: r[0].score >= mark, weighted=False
        ),
        "on_the_other_half": found,
        "on_the_other_half_by_strata": measure(told, lambda r: r[0].score >= mark, weighted=True),
        "recall_before": round(recall_before, 3),
        "ratio": round(found["recall"] / recall_before, 2),
    }

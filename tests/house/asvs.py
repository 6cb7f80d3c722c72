"""How anlan stands to OWASP ASVS 4.0.3, levels 1 and 2: docs/reference/asvs.csv as a page.

`python -m tests.house.asvs` writes docs/reference/asvs.md. Requirements are paraphrased; the
standard's own words count. Evidence is a file of this repository, or a test in one.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass

from tests.house.floors import PROJECT

PAGE = PROJECT / "docs" / "reference" / "asvs.md"
DATA = PROJECT / "docs" / "reference" / "asvs.csv"
STATUSES = ("met", "partly", "not met", "not applicable")
CHAPTERS = {
    1: "Architecture, design and threat modelling", 2: "Authentication", 3: "Session management",
    4: "Access control", 5: "Validation, sanitisation and encoding", 6: "Stored cryptography",
    7: "Error handling and logging", 8: "Data protection", 9: "Communication",
    10: "Malicious code", 11: "Business logic", 12: "Files and resources",
    13: "API and web service", 14: "Configuration",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One requirement and how it is met. severity: "high" for gaps that come first, or empty."""

    number: str
    level: str
    requirement: str
    status: str
    severity: str
    evidence: str
    note: str

    @property
    def chapter(self) -> int:
        return int(self.number.split(".")[0])

    @property
    def proofs(self) -> list[str]:
        return [each for each in self.evidence.split("; ") if each]


def read_rows() -> list[Row]:
    """Read the judgements."""
    with DATA.open(encoding="utf-8", newline="") as lines:
        return [Row(**row) for row in csv.DictReader(lines)]


def as_page() -> str:
    """Write the page."""
    rows = read_rows()
    lines = [
        "# OWASP ASVS 4.0.3, levels 1 and 2",
        "",
        "How anlan stands to each requirement, judged by its makers from the code; nobody else has",
        "looked at it. Requirements are told in short and in our own words, the standard's words",
        "count. Made by `python -m tests.house.asvs` from `asvs.csv`; tests hold the numbers to be",
        "complete and the evidence to exist. What is partly or not met has a plan.",
        "",
        "| level | met | partly | not met | not applicable | all |",
        "|---|---|---|---|---|---|",
    ]
    for name, levels in (("1", "1"), ("1 and 2", "12")):
        counts = Counter(row.status for row in rows if row.level in levels)
        figures = " | ".join(str(counts[status]) for status in STATUSES)
        lines.append(f"| {name} | {figures} | {counts.total()} |")
    lines += ["", "## The gaps that come first", ""]
    severe = [f"- **{row.number}** {row.requirement}: {row.note}" for row in rows if row.severity]
    lines += severe or [
        "None is open. What is not met, or only partly, stands below with its plan."
    ]
    for chapter, name in CHAPTERS.items():
        lines += ["", f"## V{chapter} {name}", ""]
        lines += ["| number | level | requirement | status | evidence | why, plan |"]
        lines += ["|---|---|---|---|---|---|"]
        for row in rows:
            if row.chapter == chapter:
                proofs = ", ".join(f"`{each}`" for each in row.proofs) or "–"
                lines.append(
                    f"| {row.number} | {row.level} | {row.requirement} | {row.status} | {proofs} "
                    f"| {row.note or '–'} |"
                )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(as_page(), encoding="utf-8")

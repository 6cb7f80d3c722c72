"""The page of ASVS is complete, and what it cites exists."""

import re

from tests.house import asvs
from tests.house.floors import PROJECT

ROWS = asvs.read_rows()
# Requirements of level 1 or 2 in ASVS 4.0.3, section by section: how many are counted through from
# 1, and those of sections with gaps (deleted or for level 3 only) by name.
THROUGH = {
    "1.1": 7, "1.2": 4, "1.5": 4, "1.6": 4, "1.7": 2, "1.8": 2, "1.9": 2, "1.10": 1, "1.11": 2,
    "1.14": 6, "2.1": 12, "2.2": 3, "2.3": 3, "2.4": 6, "2.5": 7, "2.6": 3, "2.7": 6, "2.8": 7,
    "2.9": 3, "2.10": 4, "3.1": 1, "3.2": 4, "3.3": 4, "3.4": 5, "3.5": 3, "3.7": 1, "4.2": 2,
    "4.3": 3, "5.1": 5, "5.2": 8, "5.3": 10, "5.4": 3, "5.5": 4, "6.1": 3, "6.2": 6, "6.3": 2,
    "6.4": 2, "7.1": 4, "7.2": 2, "7.4": 3, "8.1": 4, "8.2": 3, "8.3": 8, "9.1": 3, "9.2": 4,
    "10.2": 2, "10.3": 3, "11.1": 8, "12.1": 3, "12.2": 1, "12.3": 6, "12.4": 2, "12.5": 2,
    "12.6": 1, "13.3": 2, "13.4": 2, "14.1": 4, "14.2": 6, "14.4": 7, "14.5": 4,
}  # fmt: skip
NAMED = {
    "1.4": (1, 4, 5), "1.12": (2,), "4.1": (1, 2, 3, 5), "7.3": (1, 3, 4), "13.1": (1, 3, 4, 5),
    "13.2": (1, 2, 3, 5, 6), "14.3": (2, 3),
}  # fmt: skip


def test_every_requirement_of_level_2_is_judged_once() -> None:
    sections = {**{name: range(1, last + 1) for name, last in THROUGH.items()}, **NAMED}
    wanted = [f"{name}.{number}" for name, numbers in sections.items() for number in numbers]
    assert sorted(row.number for row in ROWS) == sorted(wanted)
    assert len(set(wanted)) == len(wanted) == 260
    assert {row.level for row in ROWS} == {"1", "2"}


def test_no_judgement_stands_without_evidence_or_reason() -> None:
    for row in ROWS:
        assert row.status in asvs.STATUSES, row.number
        if row.status in ("met", "partly"):
            assert row.proofs, f"{row.number} has no evidence"
        if row.status != "met":
            assert len(row.note) > 8, f"{row.number} has no reason"
        if row.status in ("partly", "not met"):
            assert "Plan: " in row.note, f"{row.number} has no plan"
        assert row.severity in ("", "high"), row.number
        assert not row.severity or row.status in ("partly", "not met"), row.number


def test_evidence_exists() -> None:
    for proof in {proof for row in ROWS for proof in row.proofs}:
        file, _, test = proof.partition("::")
        assert (PROJECT / file).exists(), proof
        if test:
            text = (PROJECT / file).read_text(encoding="utf-8")
            assert re.search(rf"^def {test}\(", text, re.MULTILINE), proof


def test_the_page_is_what_the_judgements_say() -> None:
    told = "run: .venv/bin/python -m tests.house.asvs"
    assert asvs.PAGE.read_text(encoding="utf-8") == asvs.as_page(), told

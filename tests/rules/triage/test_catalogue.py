"""The matter catalogue of Zhejiang is complete, distinct, and keeps to the charter."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from anlan.demo.phrases import Templates, read_wordings, synthetic_reports, training_set

FOLDER = Path(__file__).parents[3] / "src/anlan/jurisdictions/cn-zhejiang"
CHARTER = re.compile(
    "上访|信访|集会|游行|示威|舆情|舆论|言论|重点人员|维稳|人脸|petition|assembly|opinion"
)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / "matters.yaml").read_text())["matters"]
    return found


def test_each_class_has_sixty_matters(rows: list[dict[str, Any]]) -> None:
    assert Counter(row["class"] for row in rows) == dict.fromkeys(
        ("DISPUTE", "SAFETY", "SERVICE", "OTHER"), 60
    )


def test_codes_names_words_and_phrases_are_distinct(rows: list[dict[str, Any]]) -> None:
    for key in ("code", "name", "name_en"):
        assert [v for v, n in Counter(row[key] for row in rows).items() if n > 1] == []
    for key in ("keywords", "phrases"):
        assert [v for v, n in Counter(w for row in rows for w in row[key]).items() if n > 1] == []


def test_every_row_has_its_parts(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert re.fullmatch("[A-Z][A-Z_]{2,39}", row["code"]), row["code"]
        assert re.fullmatch("[A-Z_]+", row["family"]), row["code"]
        assert row["level"] in {"URGENT", "ORDINARY", "COMPLEX"}, row["code"]
        assert 3 <= len(row["keywords"]) <= 8, row["code"]
        assert 3 <= len(row["phrases"]) <= 5, row["code"]
        assert row["source"], row["code"]
        assert 0 <= row["confidence"] <= 1, row["code"]
        assert row["name_en"].isascii(), row["code"]


def test_a_family_belongs_to_one_class(rows: list[dict[str, Any]]) -> None:
    classes: dict[str, set[str]] = {}
    for row in rows:
        classes.setdefault(row["family"], set()).add(row["class"])
    assert {family: held for family, held in classes.items() if len(held) > 1} == {}


def test_every_department_exists(rows: list[dict[str, Any]]) -> None:
    page = yaml.safe_load((FOLDER / "departments.yaml").read_text())
    known = {row["code"] for row in page["departments"]}
    assert {row["department"] for row in rows} <= known


def test_nothing_flags_petitions_assembly_or_speech(rows: list[dict[str, Any]]) -> None:
    assert [row["code"] for row in rows if CHARTER.search(str(row))] == []


def test_synthetic_reports_repeat_and_cover_all_matters(rows: list[dict[str, Any]]) -> None:
    wordings = read_wordings(rows)
    reports = synthetic_reports(wordings, 480, 7)
    assert reports == synthetic_reports(wordings, 480, 7)
    assert reports != synthetic_reports(wordings, 480, 8)
    assert Counter(report.matter_code for report in reports) == dict.fromkeys(
        (row["code"] for row in rows), 2
    )
    assert all(report.is_synthetic and report.place_hint and report.text for report in reports)
    assert not any("{" in report.text or CHARTER.search(report.text) for report in reports)
    with pytest.raises(ValueError, match="no matters"):
        synthetic_reports([], 1, 1)


def test_training_and_checking_share_no_stock_sentence(rows: list[dict[str, Any]]) -> None:
    wordings = read_wordings(rows)
    learned, _, _ = training_set(wordings, reports_each=4, seed=1)
    checked = synthetic_reports(wordings, 960, 2, templates=Templates.CHECKING)

    def stock(texts: list[str]) -> set[str]:
        pieces = {piece for text in texts for piece in re.split("[，。：！？]", text)}
        spoken = {part for w in wordings for p in w.phrases for part in re.split("[，。]", p)}
        # What is said of the matter and the places are meant to recur.
        return {
            piece
            for piece in pieces - spoken
            if not re.search("幢|单元|路|街|村|组|苑|园|家香|小区|湾", piece) and len(piece) > 2
        }

    frequent = Counter(p for r in checked for p in stock([r.text]))
    common = {piece for piece, count in frequent.items() if count >= 20}
    assert len(common) > 10
    assert common & stock(learned) == set()

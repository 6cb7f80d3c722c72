"""Made-up reports: the same for the same seed, even over matters, and of nobody real."""

import re
from collections import Counter

import pytest
import yaml

from anlan.demo.phrases import Templates, read_wordings, synthetic_reports, training_set
from anlan.intake.rules import check_text
from tests.house.floors import SOURCE

CATALOGUE = SOURCE / "jurisdictions" / "cn-zhejiang" / "matters.yaml"
MATTERS = read_wordings(yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["matters"])


def test_the_same_seed_tells_the_same_stories() -> None:
    once = synthetic_reports(MATTERS, 300, 7)
    assert once == synthetic_reports(MATTERS, 300, 7)
    assert once != synthetic_reports(MATTERS, 300, 8)
    assert once[:100] == synthetic_reports(MATTERS, 100, 7)
    checking = synthetic_reports(MATTERS, 300, 7, templates=Templates.CHECKING)
    assert not {r.text for r in once} & {r.text for r in checking}


def test_matters_come_evenly() -> None:
    counts = Counter(r.matter_code for r in synthetic_reports(MATTERS, 2 * len(MATTERS), 1))
    assert set(counts) == {m.code for m in MATTERS}
    assert set(counts.values()) == {2}


def test_every_report_can_be_taken_and_is_marked_as_made_up() -> None:
    for report in synthetic_reports(MATTERS, 2_000, 3):
        assert report.is_synthetic
        assert check_text(report.text) == report.text
        assert "{" not in report.text
        assert not re.search(r"1\d{10}|\d{17}[\dXx]", report.text), "no telephone, no identity card"


def test_a_first_model_s_texts_have_codes_and_groups() -> None:
    texts, codes, groups = training_set(MATTERS, reports_each=1, seed=1)
    assert len(texts) == len(codes) == len(groups)
    assert set(codes) == {m.code for m in MATTERS}
    assert all(texts)
    phrases = {p for m in MATTERS for p in m.phrases}
    assert phrases <= set(groups)


def test_without_matters_there_is_nothing_to_tell() -> None:
    with pytest.raises(ValueError, match="no matters"):
        synthetic_reports([], 1, 1)

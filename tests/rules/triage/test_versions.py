"""What a version is measured by, and what keeps it from being promoted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from anlan.kernel import errors
from anlan.kernel.errors import AnlanError
from anlan.triage.classifier.learning import NEVER_SURE
from anlan.triage.rules import CONFIDENT_ALONE, CONFIDENT_WITH_KEYWORD
from anlan.triage.rules.versions import (
    MEASURED_FROM,
    Figures,
    Judged,
    NotInShadow,
    Shadowed,
    ShadowTooShort,
    Trial,
    WorseInShadow,
    WorseOnAnswers,
    check_promotion,
    is_never,
    measure,
    measure_marks,
)

AT = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_translate", str)


def judged(
    matter: str = "A", chosen: str = "A", confidence: float = 0.9, by: str = "MODEL", **more: bool
) -> Judged:
    return Judged(matter, chosen, (chosen, "Z", "Y"), confidence, by, **more)


def test_figures_by_hand() -> None:
    found = measure(
        [
            judged("A", "A", 1.0, is_sure=True),
            judged("A", "A", 1.0, is_sure=True),
            judged("Z", "A", 1.0, is_sure=True),  # in its first three
            judged("B", "B", 0.5),
            judged("B", "C", 0.5),
        ]
    )
    assert (found.count, found.right, found.accuracy) == (5, 3, 0.6)
    assert found.top3 == pytest.approx(4 / 5)
    # A: 2·2/(2+3), B: 2·1/(2+1), Z: 0
    assert found.macro_f1 == pytest.approx((0.8 + 2 / 3 + 0) / 3)
    # 1.0 said, 2/3 right, three fifths of all; 0.5 said, 1/2 right
    assert found.calibration_error == pytest.approx((1 - 2 / 3) * 3 / 5)
    assert found.sure == pytest.approx(3 / 5)
    assert found.sure_right == pytest.approx(2 / 3)


def test_of_nothing_nothing_is_said() -> None:
    assert measure([]) == Figures(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert measure([]).accuracy == 0
    assert measure([judged()]).sure_right == 0


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC")), min_size=1))
def test_macro_f1_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    found = measure([judged(matter, chosen) for matter, chosen in pairs])
    meant, said = zip(*pairs, strict=True)
    wanted = f1_score(meant, said, labels=sorted(set(meant)), average="macro", zero_division=0)
    assert found.macro_f1 == pytest.approx(wanted)


def test_marks_are_measured_from_enough_answers_on() -> None:
    right = [judged(confidence=0.8)] * MEASURED_FROM
    assert measure_marks(right[:-1]) is None
    marks = measure_marks(right)
    assert marks is not None
    assert (marks.alone, marks.with_keyword) == (0.8, CONFIDENT_WITH_KEYWORD)
    marks = measure_marks([replace(one, by="KEYWORDS") for one in right])
    assert marks is not None
    assert (marks.alone, marks.with_keyword) == (CONFIDENT_ALONE, 0.8)


def test_a_model_that_is_often_wrong_never_stands_by_itself() -> None:
    chance = np.random.default_rng(1)
    wrong = [judged("A", "AB"[flip], 0.99) for flip in chance.integers(2, size=MEASURED_FROM)]
    marks = measure_marks(wrong)
    assert marks is not None
    assert marks.alone == NEVER_SURE
    assert is_never(marks.alone)
    assert not is_never(1.0)


GOOD = measure([judged()] * 60)
BAD = measure([judged()] * 59 + [judged("A", "B")])
ENOUGH = {
    "version": 2, "active": 1, "shadow_from": AT - timedelta(hours=72), "at": AT,
    "shadowed": Shadowed(200, 190, GOOD, GOOD), "held_out": (GOOD, BAD),
    "trial": Trial(hours=72, signals=200, answered=60),
}  # fmt: skip


@pytest.mark.parametrize(
    "given",
    [
        {}, {"held_out": None}, {"shadowed": Shadowed(200, 190, GOOD, BAD)},
        {"held_out": (GOOD, GOOD)},
    ],
)  # fmt: skip
def test_whoever_is_no_worse_on_enough_may_be_promoted(given: dict[str, object]) -> None:
    check_promotion(**ENOUGH | given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "obstacle", "words"),
    [
        ({"shadow_from": None}, NotInShadow, "has never run in shadow"),
        ({"shadow_from": AT - timedelta(hours=71.9)}, ShadowTooShort, "for 71 h with 200 reports"),
        ({"shadowed": Shadowed(199, 190, GOOD, GOOD)}, ShadowTooShort, "with 199 reports"),
        (
            {"shadowed": Shadowed(200, 190, measure([judged()] * 59), GOOD)},
            ShadowTooShort,
            "59 of them answered",
        ),
        ({"shadowed": Shadowed(200, 190, BAD, GOOD)}, WorseInShadow, "of 60 reports in shadow"),
        ({"held_out": (BAD, GOOD)}, WorseOnAnswers, "it has 59 right, version 1"),
    ],
)
def test_whoever_has_shown_too_little_or_is_worse_is_refused_with_figures(
    given: dict[str, object], obstacle: type[AnlanError], words: str
) -> None:
    with pytest.raises(obstacle) as refused:
        check_promotion(**ENOUGH | given)  # type: ignore[arg-type]
    assert words in refused.value.message
    assert "{" not in refused.value.message

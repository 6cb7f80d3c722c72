"""How keywords and probabilities become a choice, and when a choice stands by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.cases.rules import MatterInfo
from anlan.triage.classifier.learning import NEVER_SURE
from anlan.triage.rules import (
    BY_HAND,
    CONFIDENT_ALONE,
    CONFIDENT_WITH_KEYWORD,
    Choice,
    KeywordIndex,
    Marks,
    choose,
    lift,
)


def matter(number: int, name: str, *keywords: str) -> MatterInfo:
    return MatterInfo(
        id=number, jurisdiction="T", code=f"M{number}", matter_class="SERVICE", family="",
        name=name, name_en=name, keywords=keywords, department="GRID", level="ORDINARY",
    )  # fmt: skip


MATTERS = (
    matter(1, "路灯故障", "路灯", "灯"), matter(2, "道路破损", "路面", "路灯下的坑"),
    matter(3, "垃圾清运", "垃圾"),
)  # fmt: skip


def test_keywords_are_found_wherever_they_stand_each_once() -> None:
    index = KeywordIndex.build(MATTERS)
    assert index.find("村口路灯不亮,路灯杆也歪了") == {0: ["路灯"]}
    assert index.find("路灯下的坑里有垃圾") == {0: ["路灯"], 1: ["路灯下的坑"], 2: ["垃圾"]}
    assert index.find("灯") == index.find("") == {}, "one character says too little"
    assert index.find("路灯故障") == {0: ["路灯故障", "路灯"]} or index.find("路灯故障") == {
        0: ["路灯", "路灯故障"]
    }


@given(
    st.lists(st.floats(0.001, 1), min_size=3, max_size=3),
    st.dictionaries(st.integers(0, 2), st.lists(st.just("词"), min_size=1, max_size=4)),
)
def test_a_lift_keeps_a_distribution_and_never_harms_what_was_named(
    weights: list[float], found: dict[int, list[str]]
) -> None:
    before = np.array(weights) / sum(weights)
    after = lift(before, found)
    assert after.sum() == pytest.approx(1)
    assert (after > 0).all()
    named = sum(after[i] for i in found)
    assert named >= sum(before[i] for i in found) - 1e-12


def test_a_third_keyword_adds_nothing() -> None:
    before = np.array([0.5, 0.3, 0.2])
    assert lift(before, {2: ["a", "b"]}) == pytest.approx(lift(before, {2: ["a", "b", "c"]}))


def test_the_likeliest_wins_and_says_by_what() -> None:
    by_model = choose(np.array([0.2, 0.7, 0.1]), {}, MATTERS)
    assert (by_model.matter.code, by_model.by, by_model.phrases) == ("M2", "MODEL", ())
    by_words = choose(np.array([0.3, 0.6, 0.1]), {0: ["路灯"]}, MATTERS)
    assert (by_words.matter.code, by_words.by, by_words.phrases) == ("M1", "KEYWORDS", ("路灯",))
    assert [code for code, _ in by_words.top] == ["M1", "M2", "M3"]


@pytest.mark.parametrize(
    ("probability", "found", "is_sure"),
    [
        (CONFIDENT_ALONE, {}, True),
        (CONFIDENT_ALONE - 0.01, {}, False),
        (0.99, {0: ["路灯"]}, True),
        (0.34, {0: ["路灯"], 1: ["路面"], 2: ["垃圾"]}, False),
    ],
)
def test_how_sure_is_sure_depends_on_who_says_it(
    probability: float, found: dict[int, list[str]], is_sure: bool
) -> None:
    rest = (1 - probability) / 2
    chosen = choose(np.array([probability, rest, rest]), found, MATTERS)
    assert chosen.needed == (CONFIDENT_WITH_KEYWORD if found else CONFIDENT_ALONE)
    assert chosen.is_sure is is_sure
    assert chosen.as_reason()["needed"] == chosen.needed


def test_what_the_sender_states_needs_no_confidence() -> None:
    assert Choice(MATTERS[0], 0.0, "STATED").is_sure


def test_a_measured_threshold_is_used_where_it_is_stricter_than_the_mark_set_by_hand() -> None:
    assert Marks.of(None) == Marks.of(0.4) == Marks() == BY_HAND
    assert Marks.of(0.97).alone == 0.97
    sure = np.array([0.96, 0.02, 0.02])
    assert choose(sure, {}, MATTERS).is_sure
    assert not choose(sure, {}, MATTERS, Marks.of(0.97)).is_sure
    assert not choose(np.array([1.0, 0, 0]), {}, MATTERS, Marks.of(NEVER_SURE)).is_sure
    assert choose(sure, {0: ["路灯"]}, MATTERS, Marks.of(NEVER_SURE)).is_sure

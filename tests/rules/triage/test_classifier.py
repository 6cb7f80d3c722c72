"""The classifier: probabilities are probabilities, models are data, odd texts do no harm."""

import io
import json
import random
import string
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.triage.classifier import Classifier
from anlan.triage.classifier.grams import TEXT_LIMIT_CHARACTERS, normalise
from anlan.triage.classifier.learning import NEVER_SURE, find_threshold

LAMP = [
    "路灯不亮好几天了",
    "门口的路灯坏了",
    "路灯一闪一闪的",
    "村口路灯不亮",
    "晚上路灯没亮",
    "路灯坏了",
]
WAGES = ["老板拖欠工资", "工资三个月没发", "欠薪不给", "工钱一直没结", "厂里拖欠工资", "工资还没发"]
WATER = ["家里停水了", "自来水没水", "停水一天了", "楼上没水", "小区停水", "水管没水出来"]
TEXTS = [*LAMP, *WAGES, *WATER]
LABELS = ["LAMP"] * 6 + ["WAGES"] * 6 + ["WATER"] * 6


@pytest.fixture(scope="module")
def model() -> Classifier:
    return Classifier().fit(TEXTS, LABELS)


def test_unseen_words_of_a_matter_are_recognised(model: Classifier) -> None:
    shares = model.predict_proba(["学校旁边的路灯不亮", "公司拖欠我工资", "我们楼停水了"])
    assert model.labels == ["LAMP", "WAGES", "WATER"]
    assert shares.argmax(axis=1).tolist() == [0, 1, 2]


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(max_size=300), max_size=12))
def test_rows_sum_to_one_whatever_is_typed(model: Classifier, texts: list[str]) -> None:
    shares = model.predict_proba(texts)
    assert shares.shape == (len(texts), 3)
    assert np.isfinite(shares).all()
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=80), others=st.lists(st.text(max_size=80), min_size=5, max_size=9))
def test_an_answer_does_not_depend_on_the_batch(
    model: Classifier, text: str, others: list[str]
) -> None:
    alone = model.predict_proba([text])[0]
    np.testing.assert_allclose(model.predict_proba([*others, text])[-1], alone, atol=1e-5)
    np.testing.assert_allclose(model.predict_proba([text, *others])[0], alone, atol=1e-5)


@settings(max_examples=5, deadline=None)
@given(order=st.permutations(range(len(TEXTS))))
def test_the_order_of_examples_does_not_matter(model: Classifier, order: list[int]) -> None:
    again = Classifier().fit([TEXTS[i] for i in order], [LABELS[i] for i in order])
    assert again.to_bytes() == model.to_bytes()


def test_bytes_and_back_give_equal_probabilities(model: Classifier) -> None:
    again = Classifier.from_bytes(model.to_bytes())
    asked = [*TEXTS, "", "street lamp", "路灯" * 50]
    assert again.labels == model.labels
    assert np.array_equal(again.predict_proba(asked), model.predict_proba(asked))
    assert again.explain("路灯不亮") == model.explain("路灯不亮")
    assert again.to_bytes() == model.to_bytes()


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_bytes_of_something_else_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a stored classifier"):
        Classifier.from_bytes(data)


@pytest.mark.parametrize("text", ["", "   \n\t", "\0\0", "\u3000"])
def test_an_empty_text_gets_the_shares_of_the_training_data(text: str) -> None:
    model = Classifier().fit([*LAMP, *WAGES[:3]], ["LAMP"] * 6 + ["WAGES"] * 3)
    np.testing.assert_allclose(model.predict_proba([text])[0], [6 / 9, 3 / 9])
    assert model.explain(text) == []


def test_emojis_and_lone_surrogates_are_read_as_unknown(model: Classifier) -> None:
    shares = model.predict_proba(["😀😡", "\ud800", "👨‍👩‍👧"])
    np.testing.assert_allclose(shares, [[1 / 3] * 3] * 3)


def test_full_width_case_digits_and_spaces_are_folded(model: Classifier) -> None:
    plain, full_width, other_number = model.predict_proba(
        ["led路灯 12号不亮", "ＬＥＤ路灯　１２号不亮", "LED路灯  79号不亮"]
    )
    assert plain.tolist() == full_width.tolist() == other_number.tolist()


def test_only_the_first_2000_characters_are_read(model: Classifier) -> None:
    start = "村口路灯不亮" * 400
    huge = start + "老板拖欠工资" * 20_000
    assert len(normalise(huge)) == TEXT_LIMIT_CHARACTERS
    assert model.predict_proba([huge])[0].tolist() == model.predict_proba([start])[0].tolist()


def test_a_text_in_another_language_is_left_undecided() -> None:
    model = Classifier().fit([*TEXTS, "LED屏太亮"], [*LABELS, "SCREEN"])
    foreign = "".join(random.Random(1).choices(string.ascii_lowercase + " ", k=200))
    assert model.predict_proba([foreign])[0].max() < 0.7


def test_explain_names_the_words_that_spoke(model: Classifier) -> None:
    (phrase, weight), *rest = model.explain("你好,村口的路灯不亮,请来看看")
    assert "路灯" in phrase
    assert weight > 0
    assert all(weight >= later for _, later in rest)
    assert any("工资" in phrase for phrase, _ in model.explain("路灯下面欠工资", "WAGES"))
    assert len(model.explain("路灯不亮,工资没发,停水", top=1)) == 1
    with pytest.raises(ValueError, match="unknown label"):
        model.explain("路灯", "LIGHTHOUSE")


def test_more_than_thirty_labels_are_learned_too() -> None:
    words = [f"{a}{b}" for a in "甲乙丙丁戊己庚" for b in "金木水火土风"]
    texts = [f"{opening}{word}坏了" for word in words for opening in ("", "请看看", "那边的")]
    labels = [f"M{index:02}" for index in range(len(words)) for _ in range(3)]
    model = Classifier().fit(texts, labels)
    asked = model.predict_proba([f"您好{word}坏了" for word in words])
    assert (asked.argmax(axis=1) == np.arange(len(words))).mean() > 0.95


def test_groups_keep_variants_from_vouching_for_each_other() -> None:
    words = [f"{a}{b}" for a in "甲乙丙丁" for b in "金木水火土"]
    texts = [f"{word}{tail}" for word in words for tail in ("坏", "坏了", "坏了呀")]
    labels = [f"L{index % 2}" for index in range(len(words)) for _ in range(3)]
    groups = [word for word in words for _ in range(3)]
    sure = Classifier().fit(texts, labels).predict_proba(texts).max(axis=1).mean()
    honest = Classifier().fit(texts, labels, groups=groups).predict_proba(texts)
    assert honest.max(axis=1).mean() < sure


def test_one_label_is_certain_and_two_are_learned() -> None:
    assert Classifier().fit(LAMP, ["LAMP"] * 6).predict_proba(["路灯"]).tolist() == [[1.0]]
    two = Classifier().fit([*LAMP, *WAGES], ["LAMP"] * 6 + ["WAGES"] * 6)
    assert two.predict_proba(["拖欠工资"])[0, 1] > 0.5


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="as many labels as texts"):
        Classifier().fit(["路灯"], [])
    with pytest.raises(ValueError, match="as many labels as texts"):
        Classifier().fit([], [])
    with pytest.raises(ValueError, match="not been fitted"):
        Classifier().predict_proba(["路灯"])
    with pytest.raises(ValueError, match="folds"):
        Classifier(folds=1)
    with pytest.raises(ValueError, match="precision"):
        Classifier(precision=1)


def test_a_few_messages_told_apart_without_fault_prove_no_certainty() -> None:
    """Eight made-up messages of each of three matters, every one with its matter's own words."""
    words = {"LAMP": "路灯不亮", "GARBAGE": "垃圾成堆", "NOISE": "噪声扰民"}
    pairs = [(f"{said}第{n}次报修", code) for code, said in words.items() for n in range(8)]
    few = Classifier().fit([text for text, _ in pairs], [code for _, code in pairs])
    (row,) = few.predict_proba(["村口路灯不亮了"])
    assert np.isfinite(row).all()
    assert few.labels[int(row.argmax())] == "LAMP"
    assert 0.7 < row.max() < 0.999


def _messages(count: int, *, noise: int) -> tuple[list[str], list[str]]:
    """Made-up messages of two matters; one in `noise` carries the other's label."""
    words = {"LAMP": "路灯不亮", "GARBAGE": "垃圾成堆"}
    pairs = [
        (f"{said}在{chr(0x4E00 + n)}{chr(0x5E00 + 3 * n)}路", code)
        for code, said in words.items()
        for n in range(count)
    ]
    other = {"LAMP": "GARBAGE", "GARBAGE": "LAMP"}
    labels = [other[code] if i % noise == 0 else code for i, (_, code) in enumerate(pairs, start=1)]
    return [text for text, _ in pairs], labels


def test_the_threshold_is_the_least_that_unseen_messages_bear_out() -> None:
    texts, labels = _messages(150, noise=10**6)
    model = Classifier().fit(texts, labels)
    assert model.threshold is not None
    assert 0 < model.threshold < 1
    best = model.held_out.max(axis=1)
    right = np.array(model.labels)[model.held_out.argmax(axis=1)] == np.array(labels)
    assert right[best >= model.threshold].mean() >= model.precision
    assert Classifier.from_bytes(model.to_bytes()).threshold == model.threshold


def test_where_unseen_messages_are_too_often_wrong_the_model_always_abstains() -> None:
    model = Classifier().fit(*_messages(100, noise=4))
    assert model.threshold == NEVER_SURE
    assert Classifier.from_bytes(model.to_bytes()).threshold == NEVER_SURE


def test_a_few_messages_prove_no_threshold(model: Classifier) -> None:
    assert model.threshold == NEVER_SURE


def test_held_out_probabilities_stand_in_the_order_given() -> None:
    texts, labels = _messages(20, noise=10**6)
    turn = list(range(len(texts)))[::-1]
    given = Classifier().fit(texts, labels)
    turned = Classifier().fit([texts[i] for i in turn], [labels[i] for i in turn])
    assert np.array_equal(turned.held_out[::-1], given.held_out)


@settings(max_examples=100, deadline=None)
@given(
    answers=st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=300),
    precision=st.sampled_from([0.6, 0.8, 0.95]),
)
def test_a_threshold_keeps_its_precision_and_no_lower_one_does(
    answers: list[tuple[int, bool]], precision: float
) -> None:
    sure = np.array([tenths / 10 for tenths, _ in answers])
    right = np.array([is_right for _, is_right in answers])
    found = find_threshold(sure, right, precision)

    def lowest(mark: float) -> float:
        kept = right[sure >= mark]
        n, z = len(kept), 1.6449
        share = kept.mean()
        half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return (share + z * z / (2 * n) - half) / (1 + z * z / n)

    if found != NEVER_SURE:
        assert lowest(found) >= precision
    lower = [mark for mark in set(sure) if mark < found]
    assert all(lowest(mark) < precision for mark in lower)


def test_a_model_stored_before_thresholds_were_measured_is_still_read(model: Classifier) -> None:
    stored = io.BytesIO(model.to_bytes())
    old = io.BytesIO()
    with zipfile.ZipFile(stored) as archive, zipfile.ZipFile(old, "w") as written:
        for name in archive.namelist():
            body = archive.read(name)
            if name == "model.json":
                page = json.loads(body)
                del page["threshold"], page["precision"]
                body = json.dumps(page).encode()
            written.writestr(name, body)
    again = Classifier.from_bytes(old.getvalue())
    assert again.threshold is None
    assert np.array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))

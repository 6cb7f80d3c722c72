"""Hot topics: what hangs together does so in any order, and a label names a matter, never a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.triage.rules.topics import (
    Heard,
    Topic,
    Trend,
    common_place,
    count_windows,
    find_topics,
    is_fit_to_show,
    tell_trend,
)
from tests.house.charter import find_speech

START = datetime(2026, 3, 1, tzinfo=UTC)
PROVINCE, COUNTY, TOWN, OTHER_TOWN = 1, 2, 3, 4
MIXER = (
    "和畅家园旁边的搅拌站夜里开工太吵",
    "搅拌站就在和畅家园边上粉尘很大",
    "和畅家园小区附近违建搅拌站谁来管",
    "请查一查和畅家园北面的搅拌站",
    "和畅家园的老人被搅拌站吵得睡不着",
    "和畅家园门口搅拌站车辆太多",
)
PARKING = (
    "银杏湾强制捆绑销售车位",
    "银杏湾开发商捆绑车位才肯卖房",
    "买银杏湾的房子一定要买车位吗",
    "银杏湾车位捆绑销售合法吗",
    "反映银杏湾楼盘捆绑销售车位",
)
OTHERS = (
    "东门菜市场下水道堵了", "请问图书馆周末几点开门", "村里的桥栏杆断了一截", "公交二路车改道没有通知",
    "楼上漏水把天花板泡坏", "河边有人钓鱼丢了很多鱼线", "体育馆的灯光晚上关得太早", "幼儿园门口没有斑马线",
)  # fmt: skip


def hear(
    text: str, number: int, *, family: str = "NOISE", village: int = 10, town: int = TOWN
) -> Heard:
    places = tuple(place for place in (PROVINCE, COUNTY, town, village) if place)
    at = START + timedelta(hours=number)
    return Heard(f"{number:04}", text, family, at, places, town=town, village=village)


def hear_all(*groups: tuple[str, ...]) -> list[Heard]:
    return [hear(text, n) for n, text in enumerate(text for group in groups for text in group)]


def members(topics: list[Topic]) -> list[set[str]]:
    return [set(topic.members) for topic in topics]


def test_near_same_signals_make_a_topic_and_the_rest_none() -> None:
    heard = hear_all(MIXER, OTHERS, PARKING)
    mixer, parking = find_topics(heard)
    assert set(mixer.members) == {one.id for one in heard[:6]}
    assert set(parking.members) == {one.id for one in heard[-5:]}
    assert "和畅家园" in " ".join(mixer.phrases)
    assert "搅拌站" in " ".join(mixer.phrases)
    assert "银杏湾" in " ".join(parking.phrases)
    assert (mixer.key, mixer.family) == (heard[0].id, "NOISE")


@settings(max_examples=25, deadline=None)
@given(st.permutations(hear_all(MIXER, OTHERS, PARKING)))
def test_the_order_of_coming_changes_nothing(heard: list[Heard]) -> None:
    assert find_topics(heard) == find_topics(hear_all(MIXER, OTHERS, PARKING))


def test_what_else_is_said_does_not_pull_a_topic_apart() -> None:
    few = hear_all(MIXER, OTHERS, PARKING)
    more = [
        hear(f"{text}，{place}", 100 + n)
        for n, (text, place) in enumerate(
            (text, place) for text in OTHERS for place in ("城东", "城西", "城南")
        )
    ]
    found = members(find_topics([*few, *more]))
    for topic in members(find_topics(few)):
        assert topic in found


def test_families_are_kept_apart() -> None:
    split = [hear(text, n, family="NOISE" if n % 2 else "DUST") for n, text in enumerate(MIXER * 2)]
    assert all(len({one.family for one in split if one.id in t.members}) == 1
               for t in find_topics(split))  # fmt: skip


def test_the_nearer_the_less_alike_they_need_be() -> None:
    """The same texts hang together in one village, and not over the whole county."""
    texts = (
        "巷口路灯灭了", "路灯又灭了两盏", "三单元旁路灯不亮", "路灯晚上不亮老人摔跤", "小广场路灯坏", "路灯坏了没人修",
    )  # fmt: skip
    near = [hear(text, n, village=10) for n, text in enumerate(texts)]
    far = [hear(text, n, village=10 + n, town=100 + n) for n, text in enumerate(texts)]
    others = [hear(text, 50 + n, village=0, town=0) for n, text in enumerate(OTHERS)]
    assert sum(map(len, members(find_topics([*near, *others], least=3)))) > sum(
        map(len, members(find_topics([*far, *others], least=3)))
    )


def test_one_text_sent_often_is_no_topic() -> None:
    assert find_topics([hear(MIXER[0], n) for n in range(20)] + hear_all(OTHERS)[:0]) == []
    twice = [hear(MIXER[n % 2], n) for n in range(20)]
    assert find_topics(twice) == []


def test_fewer_than_the_least_are_no_topic() -> None:
    assert find_topics(hear_all(MIXER[:4], OTHERS)) == []
    assert len(find_topics(hear_all(MIXER[:4], OTHERS), least=4)) == 1


@pytest.mark.parametrize(
    "texts", [(), ("",), ("", "", "", "", "", ""), ("😀" * 3,) * 9, ("灯",) * 6, ("路灯",)]
)
def test_of_nothing_nothing_is_found(texts: tuple[str, ...]) -> None:
    assert find_topics([hear(text, n) for n, text in enumerate(texts)]) == []


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=30))
def test_any_text_is_borne(texts: list[str]) -> None:
    for topic in find_topics([hear(text, n) for n, text in enumerate(texts)]):
        assert topic.phrases
        assert len(topic.members) >= 5


def test_a_way_of_writing_about_ever_other_matters_is_no_topic() -> None:
    def of(*matters: str) -> list[Heard]:
        heard = hear_all(MIXER, OTHERS)
        return [
            replace(one, matter=matters[n % len(matters)] if n < len(MIXER) else "OTHER")
            for n, one in enumerate(heard)
        ]

    assert len(find_topics(of("SITE"))) == len(find_topics(of("SITE", "SITE", "DUST"))) == 1
    assert find_topics(of("SITE", "DUST", "TRUCKS")) == []


# Labels


def labels_of(texts: tuple[str, ...]) -> str:
    return " ".join(
        phrase
        for topic in find_topics([hear(text, n) for n, text in enumerate((*texts, *OTHERS))])
        for phrase in topic.phrases
    )


def test_a_phrase_stands_in_several_texts() -> None:
    label = labels_of((*MIXER[:5], "和畅家园搅拌站的负责人住在望江楼对面"))
    assert "和畅家园" in label
    assert "望江楼" not in label


def test_numbers_and_persons_stay_out_of_labels() -> None:
    said = tuple(f"{text}，请找韩立群，电话13800000000，王先生也可以" for text in MIXER)
    label = labels_of(said)
    assert "和畅家园" in label
    for never in ("韩立群", "138", "先生", "0"):
        assert never not in label


def test_speech_and_assembly_never_become_a_label() -> None:
    label = labels_of(tuple(f"{text}，业主准备集体上访" for text in MIXER))
    assert "和畅家园" in label
    assert find_speech([{"code": "LABEL", "name": label}]) == []


@pytest.mark.parametrize(
    "phrase",
    ["信访", "群众集会", "联名信", "petition", "李老师", "张某", "mr smith", "7号楼", "１２３４５"],
)
def test_what_is_not_fit_to_show(phrase: str) -> None:
    assert not is_fit_to_show(phrase)


def test_a_phrase_is_not_cut_in_the_middle_of_a_word() -> None:
    label = labels_of(tuple(text.replace("和畅家园", "翠微湖畔花园城") for text in MIXER))
    assert "翠微湖畔花园城" in label.split()


def test_english_reports_get_english_labels() -> None:
    texts = (
        "the concrete mixer near maple court is loud", "concrete mixer at maple court at night",
        "dust from the concrete mixer, maple court", "please stop the concrete mixer by maple court",
        "maple court: concrete mixer again",
    )  # fmt: skip
    (topic,) = find_topics([hear(text, n) for n, text in enumerate(texts)])
    assert "concrete mixer" in topic.phrases
    assert "maple court" in topic.phrases


# Place, period, trend


def test_the_lowest_common_place() -> None:
    assert common_place([(1, 2, 3), (1, 2, 3)]) == 3
    assert common_place([(1, 2, 3, 9), (1, 2, 3)]) == 3
    assert common_place([(1, 2), (1, 5), (1, 2)]) == 1
    assert common_place([()]) is None


def test_windows_meet_without_gap_or_overlap() -> None:
    week = timedelta(days=7)
    at = START + 2 * week
    instants = [START, START + timedelta(seconds=1), START + week, START + week + week / 2, at]
    assert count_windows(instants, at=at, window=week) == (2, 2)
    assert count_windows([], at=at, window=week) == (0, 0)


@pytest.mark.parametrize(
    ("count", "before", "trend"),
    [
        (5, 0, Trend.NEW), (6, 3, Trend.RISING), (5, 3, Trend.STEADY), (30, 21, Trend.STEADY),
        (3, 6, Trend.FALLING), (0, 3, Trend.FALLING), (5, 6, Trend.STEADY),
    ],
)  # fmt: skip
def test_a_trend_needs_half_as_much_again_and_three_more(
    count: int, before: int, trend: Trend
) -> None:
    assert tell_trend(count, before) is trend

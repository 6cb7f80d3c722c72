"""Passwords that a guesser tries first are refused, and nothing else is."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.people import rules

GUESSED = {
    "a name in pinyin and a year": "zhangwei1990",
    "a long name and a birthday": "ouyangxiaoming19891203",
    "a telephone number": "13812345678",
    "a name and a telephone number": "wangfang13812345678",
    "a number of an identity card": "330681199001011234",
    "the product and a date": "Anlan@20260101",
    "the county and digits": "fengqiao123456",
    "a known love song": "woaini5201314",
    "the word for password": "mima888888888",
    "a run of keys": "qwertyuiop123",
    "keys in columns": "1qaz2wsx3edc4rfv",
    "the alphabet": "abcdefghijklm",
    "one letter": "aaaaaaaaaaaaaaa",
    "two letters": "abababababababab",
    "digits only": "748392018475",
    "a word behind a mask": "P@ssw0rd_2026",
    "two words": "admin password!",
    "wide letters": "ｐａｓｓｗｏｒｄ１２３４",
    "common words in Chinese": "我爱你中国 20261001",
    "only signs": "-_-_-.-_-_-.-_",
}


@pytest.mark.parametrize("password", GUESSED.values(), ids=GUESSED.keys())
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert rules.is_easily_guessed(password)


@pytest.mark.parametrize(
    "password",
    [
        "枫桥经验 一九六三 2026",
        "ditch-copper-vapour",
        "雨水沟 铜桥 四月天的伞",
        "x7Q-k2pW-9vLr",
        "Ein Fahrrad im Regen",
        "🌂🌂 vapour 🌂🌂 copper",
        "zhangwei kauft 3 kohlköpfe",
    ],
)
def test_what_is_hard_to_guess_may_be_chosen(password: str) -> None:
    rules.check_password(password, about=["desk.one", "王芳"])


def test_leaked_passwords_count_whole_and_as_a_piece() -> None:
    leaked = {"vapour", "ditch-copper-vapour"}
    assert not rules.is_easily_guessed("vapour 2026-10-01")
    assert rules.is_easily_guessed("vapour 2026-10-01", leaked=leaked)
    assert not rules.is_easily_guessed("ditch vapour tram", leaked=leaked)


@pytest.mark.parametrize(
    "password", ["wang.fang.1963", "WANGFANG-wangfang", "王芳 王芳 王芳 1963 9"]
)
def test_what_is_known_of_the_owner_is_guessed(password: str) -> None:
    assert rules.is_easily_guessed(password, about=["wang.fang", "王芳"])


@given(st.text(max_size=rules.PASSWORD_MAX_CHARACTERS))
def test_any_text_is_judged(text: str) -> None:
    assert rules.is_easily_guessed(text) in (True, False)


@given(st.text(string.digits + "-./ ", min_size=1, max_size=40))
def test_digits_alone_are_never_enough(text: str) -> None:
    assert rules.is_easily_guessed(text)

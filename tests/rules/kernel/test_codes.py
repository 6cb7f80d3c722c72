"""Codes as people type them: read back right, and proved only by the instance's own key."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel import codes

KEY, OLD_KEY = b"new key", b"old key"
CODES = st.text(codes.ALPHABET, min_size=codes.CODE_LENGTH, max_size=codes.CODE_LENGTH)


@pytest.fixture(autouse=True)
def keys() -> Iterator[None]:
    before = codes._keys
    codes.set_keys(KEY)
    yield
    codes.set_keys(*before)


def test_new_codes_are_ten_characters_and_all_different() -> None:
    made = codes.new_codes(2_000)
    assert len(set(made)) == 2_000
    assert {len(code) for code in made} == {10}
    assert set("".join(made)) == set(codes.ALPHABET)


@given(CODES)
def test_a_tracking_code_proves_its_code(code: str) -> None:
    tracking = codes.tracking_code(code)
    assert tracking.replace("-", "").startswith(code)
    assert codes.read_tracking_code(tracking) == code


@given(CODES, st.sampled_from(["lower", "spaces", "none", "dashes", "letters"]))
def test_a_code_is_read_however_it_was_typed(code: str, way: str) -> None:
    tracking = codes.tracking_code(code)
    typed = {
        "lower": tracking.lower(),
        "spaces": tracking.replace("-", " "),
        "none": tracking.replace("-", ""),
        "dashes": tracking.replace("-", "–"),
        "letters": tracking.replace("0", "O").replace("1", "l"),
    }[way]
    assert codes.read_tracking_code(typed) == code


@pytest.mark.parametrize(("typed", "meant"), [("O", "0"), ("o", "0"), ("I", "1"), ("i", "1"),
                                              ("L", "1"), ("l", "1"), ("z", "Z")])  # fmt: skip
def test_letters_easily_mistaken_are_read_as_digits(typed: str, meant: str) -> None:
    assert codes.normalise(typed) == meant


@given(CODES, CODES)
def test_the_secret_of_another_code_proves_nothing(code: str, other: str) -> None:
    mixed = code + codes.tracking_code(other).replace("-", "")[codes.CODE_LENGTH :]
    proved = codes.read_tracking_code(mixed)
    own = codes.tracking_code(code).replace("-", "")
    assert proved == (code if mixed == own else None)


@pytest.mark.parametrize(
    "text", ["", "7KQF9", "7KQF9-2MX4T", "7KQF9-2MX4T-8PQZ", "7KQF9-2MX4T-8PQZKK",
             "7KQF9-2MX4T-8PQZU", "七KQF9-2MX4T-8PQZK", "7KQF9-2MX4T-8PQZ\0", "x" * 5_000],
)  # fmt: skip
def test_what_cannot_be_a_tracking_code_is_said_so(text: str) -> None:
    with pytest.raises(codes.CodeMalformed) as refused:
        codes.read_tracking_code(text)
    assert len(refused.value.data["text"]) <= 40


def test_codes_of_an_old_key_stay_good_until_it_is_dropped() -> None:
    codes.set_keys(OLD_KEY)
    given_out = codes.tracking_code("7KQF92MX4T")
    codes.set_keys(KEY, OLD_KEY)
    assert codes.read_tracking_code(given_out) == "7KQF92MX4T"
    assert codes.tracking_code("7KQF92MX4T") != given_out
    codes.set_keys(KEY)
    assert codes.read_tracking_code(given_out) is None

"""Sealed bytes open in their own context, under a key still held, untouched; or not at all."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel import seal

PLAIN, CONTEXT = "陈晓 13800000000".encode(), b"intake.contact:1"


@pytest.fixture(autouse=True)
def keys() -> Iterator[None]:
    before = (seal._ring, seal._keys)
    seal.set_keys({1: b"first"})
    yield
    seal._ring, seal._keys = before


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_is_sealed_opens_again(data: bytes, context: bytes) -> None:
    assert seal.unseal(seal.seal(data, context), context) == data


def test_sealed_bytes_show_nothing_and_differ_each_time() -> None:
    one, other = seal.seal(PLAIN, CONTEXT), seal.seal(PLAIN, CONTEXT)
    assert one != other
    assert b"13800000000" not in one


def test_another_context_does_not_open() -> None:
    with pytest.raises(seal.SealBroken):
        seal.unseal(seal.seal(PLAIN, CONTEXT), b"intake.contact:2")


def test_the_newest_key_seals_and_older_ones_still_open() -> None:
    old = seal.seal(PLAIN, CONTEXT)
    seal.set_keys({1: b"first", 7: b"second"})
    new = seal.seal(PLAIN, CONTEXT)
    assert (old[0], new[0]) == (1, 7)
    assert seal.unseal(old, CONTEXT) == seal.unseal(new, CONTEXT) == PLAIN
    seal.set_keys({7: b"second"})
    with pytest.raises(seal.SealBroken):
        seal.unseal(old, CONTEXT)


def test_a_flipped_bit_anywhere_is_found() -> None:
    sealed = seal.seal(PLAIN, CONTEXT)
    for position in range(len(sealed)):
        broken = bytearray(sealed)
        broken[position] ^= 1
        with pytest.raises(seal.SealBroken):
            seal.unseal(bytes(broken), CONTEXT)


def test_bytes_cut_short_anywhere_are_found() -> None:
    sealed = seal.seal(PLAIN, CONTEXT)
    for length in range(len(sealed)):
        with pytest.raises(seal.SealBroken):
            seal.unseal(sealed[:length], CONTEXT)

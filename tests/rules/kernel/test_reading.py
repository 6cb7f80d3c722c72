"""JSON and YAML that people hand over: one kind of error, and nothing that breaks later."""

from __future__ import annotations

import pytest

from anlan.kernel.reading import read_json

SMILE = '"\\ud83d\\ude00"'


@pytest.mark.parametrize("text", [SMILE, SMILE.encode(), '"😀"', '"😀"'.encode()])
def test_whole_characters_are_read_however_they_are_written(text: str | bytes) -> None:
    assert read_json(text) == "😀"


@pytest.mark.parametrize(
    "text",
    [
        '"\\ud800"',
        '["\\uDFFF"]',
        '{"\\ud83d": 1}',
        b'{"a": ["\\ud83d"]}',
        '"\ud800"',
        b'"\xed\xa0\x80"',
    ],
)
def test_half_a_character_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        read_json(text)


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json("[" * 100_000)

"""The product is complete in Chinese."""

import re

import polib
import pytest

from tests.house import messages


def test_texts_are_found_wherever_they_are_written() -> None:
    found = messages.find_messages()
    assert ("", "You may not do that.", "") in found


def test_every_text_has_its_chinese() -> None:
    if not messages.CHINESE.exists():
        pytest.skip("no translation file yet: make messages")
    assert messages.find_untranslated() == []


def test_translations_keep_the_placeholders() -> None:
    if not messages.CHINESE.exists():
        pytest.skip("no translation file yet: make messages")
    placeholder = re.compile(r"\{\w*[^}]*\}|%\(\w+\)[sd]|%[sd]")
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(messages.CHINESE))
        if entry.msgstr
        and not set(placeholder.findall(entry.msgstr)) <= set(placeholder.findall(entry.msgid))
    ]
    assert wrong == []


_NOT_WORDS = re.compile(r"%\(\w+\)[sd]|\{\w*\}|<[^>]+>|https?://\S+")
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff”’）][,;:!?(]|[,;:!?)][\u4e00-\u9fff“‘（]")


def test_chinese_has_chinese_punctuation_and_the_register_of_an_office() -> None:
    """GB/T 15834: full-width marks between Chinese words; whoever reads is addressed as 您."""
    wrong = [
        text
        for entry in polib.pofile(str(messages.CHINESE))
        for text in (entry.msgstr, *entry.msgstr_plural.values())
        if _HALF_WIDTH.search(_NOT_WORDS.sub("", text)) or "你" in text
    ]
    assert wrong == []

"""The database knows Chinese letters; with PostgreSQL's plain C locale each of these fails."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def ask(sql: str, *parameters: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


def test_trigrams_are_found_in_chinese_text() -> None:
    assert ask("SELECT show_trgm('路灯坏了')") != []
    assert ask("SELECT similarity('村口路灯坏了', '村口路灯不亮')") > 0.2  # type: ignore[operator]
    assert ask("SELECT similarity('村口路灯坏了', '楼上噪声扰民')") == 0


def test_a_chinese_character_is_a_letter_to_a_regular_expression() -> None:
    assert ask(r"SELECT '安澜' ~ '^\w+$'") is True
    assert ask(r"SELECT regexp_replace('路灯，坏了！', '\W', '', 'g')") == "路灯坏了"
    assert ask("SELECT '安' ~ '[[:alpha:]]'") is True


def test_letters_outside_ascii_change_case() -> None:
    assert ask("SELECT upper('é') || lower('Ä')") == "Éä"


def test_ltree_labels_may_be_chinese() -> None:
    assert ask("SELECT '浙江.绍兴.诸暨'::ltree <@ '浙江.绍兴'::ltree") is True


def test_chinese_sorts_by_code_point_everywhere() -> None:
    assert ask("SELECT array_agg(x ORDER BY x) FROM unnest(ARRAY['乙', '甲', '一']) x") == [
        "一",
        "乙",
        "甲",
    ]

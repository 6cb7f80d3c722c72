"""Rows written as COPY text come back from PostgreSQL as they were."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from anlan.triage.actions.copy_text import copy_block

pytestmark = pytest.mark.django_db

# What a text column can hold: anything but NUL and lone surrogates.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.lists(TEXTS, max_size=3),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        st.booleans(),
        st.none() | st.uuids(),
        st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 – hypothesis sets the zone
        st.none() | st.dates(),
    ),
    min_size=1,
    max_size=20,
)  # fmt: skip


def write_and_read(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS copied (n serial, a text, b text[], c bigint, d float8,"
            " e boolean, f uuid, g timestamptz, h date)"
        )
        cursor.execute("TRUNCATE copied RESTART IDENTITY")
        with cursor.copy("COPY copied (a, b, c, d, e, f, g, h) FROM STDIN") as copy:
            copy.write(copy_block(rows))
        cursor.execute("SELECT a, b, c, d, e, f, g, h FROM copied ORDER BY n")
        return cursor.fetchall()


@given(rows=ROWS)
def test_every_value_comes_back_as_it_was(rows: list[tuple[object, ...]]) -> None:
    assert write_and_read(rows) == rows


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\\N",
        "\\.",
        "一\t二",
        "一\n二",
        "一\r二",
        "C:\\路灯",
        '"{}"',
        "NULL",
        "\u3000",
        "\u2028",
    ],
)
def test_what_copy_reads_specially_comes_back(text: str) -> None:
    row = (text, [text, "NULL", "甲,乙"], 1, 0.1, True, UUID(int=7), None, date(2026, 1, 31))
    assert write_and_read([row]) == [row]


def test_an_instant_keeps_its_offset() -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=8)))
    row = ("", [], None, None, False, None, noon, None)
    assert write_and_read([row]) == [row]


def test_no_rows_are_no_line() -> None:
    assert copy_block([]) == b""


def test_a_value_of_an_unknown_kind_is_no_row() -> None:
    with pytest.raises(KeyError):
        copy_block([(b"bytes",)])

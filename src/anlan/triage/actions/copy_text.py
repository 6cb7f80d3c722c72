"""Rows as the text that PostgreSQL's COPY reads, made a block at a time.

psycopg sends a row as soon as some thousand bytes are full, and waits for the server each time; with a
second thread at work each of those waits costs a switch of threads. One block a table does not.
Source: PostgreSQL documentation, COPY, "Text Format", and "Array Input and Output Syntax".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _text(value: str) -> str:
    return value.translate(_ESCAPES) if not value.isprintable() or "\\" in value else value


def _array(values: Sequence[str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return _text("{" + ",".join(f'"{value}"' for value in quoted) + "}")


_FORMATS: dict[type, Callable[[Any], str]] = {
    str: _text,
    int: str,
    float: repr,
    bool: lambda value: "t" if value else "f",
    UUID: str,
    datetime: datetime.isoformat,
    date: date.isoformat,
    list: _array,
    type(None): lambda value: "\\N",
}


def copy_block(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows as one block of COPY text, UTF-8. A list is an array of texts.

    Raises KeyError for a value of another type.

    >>> copy_block([(1, "一\\t二", None, ["甲"])])
    b'1\\t\\xe4\\xb8\\x80\\\\t\\xe4\\xba\\x8c\\t\\\\N\\t{"\\xe7\\x94\\xb2"}\\n'
    """
    formats = _FORMATS
    lines = ["\t".join([formats[type(value)](value) for value in row]) for row in rows]
    return ("\n".join(lines) + "\n").encode() if lines else b""

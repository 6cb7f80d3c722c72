"""One text for one value: JSON with sorted keys and no spaces, for hashing and comparing.

A subset of RFC 8785: no floats (their text differs between languages), so numbers that
matter are whole (cents, seconds, microdegrees) or strings.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
).encode


def to_json(data: Any) -> str:
    """Write a value in its one canonical form.

    >>> to_json({"b": 1, "a": ["澜", None]})
    '{"a":["澜",null],"b":1}'
    """
    return _encode(data)


def digest(data: Any) -> str:
    """Give the SHA-256 of a value's canonical form, in hex."""
    return hashlib.sha256(_encode(data).encode()).hexdigest()

"""Errors that tell a person what happened, where, and how to mend it.

    AnlanError
    ├── Invalid      422  what was sent cannot be taken as it is
    ├── NotFound     404  it does not exist, or not for this actor
    ├── NotAllowed   403  this actor may not do that
    ├── Conflict     409  it stands differently now than the caller thought
    ├── TooMany      429  slow down
    └── Unavailable  503  try again in a moment
        └── StorageFull  507  no room left on the disk

A room subclasses one of the six. The subclass docstring *is* the message (English, with
`{placeholders}` filled from the keyword data) and the key of its translation.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from typing import Any, ClassVar

_translate: Callable[[str], str] = str


def set_translator(translate: Callable[[str], str]) -> None:
    """Use `translate` for messages from now on; called once at start."""
    global _translate
    _translate = translate


class AnlanError(Exception):
    """Something could not be done."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "ANLAN_ERROR"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper()

    def __init__(self, **data: Any) -> None:
        super().__init__(data)
        self.data = data

    @classmethod
    def template(cls) -> str:
        """Give the English message with its placeholders, white space folded."""
        return " ".join((cls.__doc__ or cls.__name__).split())

    @property
    def message(self) -> str:
        """The message in the reader's language, with its data filled in."""
        return _translate(self.template()).format(**self.data)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(AnlanError):
    """What was sent cannot be taken as it is."""

    status = 422


class NotFound(AnlanError):
    """It does not exist, or you may not see it."""

    status = 404


class NotAllowed(AnlanError):
    """You may not do that."""

    status = 403


class Conflict(AnlanError):
    """It has changed since you last looked. Load it again."""

    status = 409


class Busy(Conflict):
    """Somebody else is changing the same matter. Nothing was changed; try again."""


class TooMany(AnlanError):
    """Too many tries. Wait {wait_seconds} seconds."""

    status = 429


class Unavailable(AnlanError):
    """The service cannot answer just now. Try again in a moment."""

    status = 503


class StorageFull(Unavailable):
    """The disk of this installation is full, so nothing was kept. Those who run it have to make room; send the same request again then."""

    status = 507


_TAKEN_BY_OTHERS = frozenset({"23505", "23P01", "40001", "40P01", "55P03"})
"""PostgreSQL's codes: written by somebody else first (twice), and three ways of having to wait too long for him."""


def find_race(raised: BaseException) -> str:
    """Name by what the database refused a write because somebody else made one at the same moment; empty where that is not why.

    PostgreSQL's code and the constraint, never what was written.

    >>> find_race(ValueError("too long"))
    ''
    """
    seen: BaseException | None = raised
    while seen is not None:
        state = getattr(seen, "sqlstate", None)
        if state in _TAKEN_BY_OTHERS:
            constraint = getattr(getattr(seen, "diag", None), "constraint_name", None)
            return f"{state} {constraint or ''}".strip()
        seen = seen.__cause__
    return ""


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM_IN_DATABASE = "53100"


def is_storage_full(raised: BaseException) -> bool:
    """Tell whether an exception, or what caused it, says that a disk is full: here or the database's.

    >>> is_storage_full(OSError(errno.ENOSPC, "no space left on device"))
    True
    """
    seen: BaseException | None = raised
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _NO_ROOM:
            return True
        if getattr(seen, "sqlstate", None) == _NO_ROOM_IN_DATABASE:
            return True
        seen = seen.__cause__
    return False

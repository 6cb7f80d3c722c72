"""What a reporter writes to the unit after the report, and is answered: how long, how often, whose it is, which photos."""

from __future__ import annotations

import unicodedata

from anlan.kernel.errors import Conflict, Invalid

HEAR = "hear_reporter"
"""The move by which a message becomes a step of the case."""

REPORT_BACK = "report_back"
"""The move by which whoever handles a case writes to its reporters."""

TOLD_WITH_PHOTOS = frozenset({HEAR, REPORT_BACK})
"""Moves whose photos are for the reporter: those that came with his message or with an answer to it."""

SHOWN_WITH_PHOTOS = TOLD_WITH_PHOTOS | {"handle"}
"""Moves that colleagues see with the photos they came with."""

MESSAGE_LIMIT = 1_000
MESSAGES_PER_REPORT = 50


class MessageMissing(Invalid):
    """Write a message first."""


class MessageTooLong(Invalid):
    """The message has {length} characters; {limit} is the most."""


class MessageUnreadable(Invalid):
    """The message holds characters that cannot be shown. Type it anew."""


class TooManyMessages(Conflict):
    """{limit} messages have been written about this report. Call the desk instead."""


def read_message(text: str) -> str:
    """Trim a message and make sure that it can be kept. Raises MessageMissing, MessageTooLong, MessageUnreadable.

    >>> read_message("  灯又不亮了 ")
    '灯又不亮了'
    """
    text = text.strip().replace("\r\n", "\n")
    if not text:
        raise MessageMissing()
    if len(text) > MESSAGE_LIMIT:
        raise MessageTooLong(length=len(text), limit=MESSAGE_LIMIT)
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        raise MessageUnreadable()
    return text

"""Why the reporter's number is needed, and calling without seeing it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from anlan.kernel.errors import Conflict, Invalid
from anlan.kernel.events import Event

_NUMBER = re.compile(r"\+?[0-9]{5,15}")


class ContactReason(StrEnum):
    """What the number is needed for; written down with the look."""

    FIND = "FIND"
    LET_IN = "LET_IN"
    DANGER = "DANGER"
    ASK = "ASK"


CONTACT_REASON_LABELS: dict[ContactReason, dict[str, str]] = {
    ContactReason.FIND: {"zh": "找不到地点", "en": "the place cannot be found"},
    ContactReason.LET_IN: {"zh": "需要开门进入", "en": "somebody has to let me in"},
    ContactReason.DANGER: {"zh": "有危险，须立即联系", "en": "danger: it cannot wait"},
    ContactReason.ASK: {"zh": "情况不清，须当面核实", "en": "what was reported is not clear"},
}


class WhatForMissing(Invalid):
    """Say what the number is needed for. It is written down with the look."""


class NumberWrong(Invalid):
    """This is no telephone number. Write it with digits only, perhaps with + in front."""


class NoNumber(Conflict):
    """The reporter left no telephone number, or it has been erased."""


class NoRelay(Conflict):
    """This installation has no relay for calls."""


@dataclass(frozen=True)
class CallAsked(Event):
    """Somebody wants to be connected with a reporter. `caller`: his own number, sealed, in base64."""

    signal_id: str
    case_id: str
    person_id: str
    caller: str


def read_reason(code: str) -> ContactReason:
    """Read what was chosen. Raises WhatForMissing."""
    if code not in ContactReason.__members__:
        raise WhatForMissing()
    return ContactReason(code)


def read_number(text: str) -> str:
    """Read a telephone number as people type it. Raises NumberWrong.

    >>> read_number("138-0000 0000")
    '13800000000'
    """
    number = re.sub(r"[\s()./-]", "", text)
    if not _NUMBER.fullmatch(number):
        raise NumberWrong()
    return number


def call_context(signal_id: UUID | str) -> bytes:
    """Name what a caller's sealed number belongs to, so that it opens for that call only."""
    return f"cases.call:{signal_id}".encode()

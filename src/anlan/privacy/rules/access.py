"""Emergency access: what may be asked for, for how long, who may confirm.

The second person is somebody in charge of the place concerned, and never the one who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from anlan.kernel import procedure
from anlan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound

HOURS_LIMIT = 8
CONFIRM_WITHIN = timedelta(hours=1)
REVIEW_WITHIN = timedelta(days=3)
REASON_CHARACTERS = (10, 500)
PROCEDURE_VERSION = 1


class Verdict(StrEnum):
    """What a review finds."""

    JUSTIFIED = "JUSTIFIED"
    NOT_JUSTIFIED = "NOT_JUSTIFIED"


VERDICT_LABELS: dict[Verdict, dict[str, str]] = {
    Verdict.JUSTIFIED: {"zh": "确有必要", "en": "It was justified"},
    Verdict.NOT_JUSTIFIED: {
        "zh": "并无必要，须问责",
        "en": "It was not justified, to be followed up",
    },
}


class ReasonTooShort(Invalid):
    """Say what the emergency is in {least} to {most} characters: the second person and the review read it."""


class HoursOutOfRange(Invalid):
    """Emergency access is for 1 to {limit} hours."""


class TargetMissing(Invalid):
    """Name one case by its code, or one place."""


class AccessNotNeeded(Conflict):
    """This is open to you already."""


class AccessAskedAlready(Conflict):
    """You have asked for this already, and it has neither lapsed nor ended."""


class AccessUnknown(NotFound):
    """There is no such emergency access, or it concerns places that are not yours."""


class SecondPersonNeeded(NotAllowed):
    """A second person decides about this, not the one who asked."""


class VerdictUnknown(Invalid):
    """“{verdict}” is no finding of a review. Findings are: {known}."""


@dataclass(frozen=True, slots=True)
class Target:
    """What access is for: one case by its code, or a place by its code."""

    case_code: str = ""
    place_code: str = ""


def check_reason(reason: str) -> str:
    """Trim a reason and make sure that it says something. Raises ReasonTooShort."""
    reason = " ".join(reason.split())
    least, most = REASON_CHARACTERS
    if not least <= len(reason) <= most:
        raise ReasonTooShort(least=least, most=most)
    return reason


def check_hours(hours: int) -> None:
    """Refuse a time that is none, or too long. Raises HoursOutOfRange."""
    if not 1 <= hours <= HOURS_LIMIT:
        raise HoursOutOfRange(limit=HOURS_LIMIT)


def access_procedure(version: int) -> procedure.Procedure:
    """Give the procedure that an emergency access started with."""
    return procedure.load("anlan.privacy", "break-glass", version)

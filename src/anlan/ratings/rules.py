"""When a rating is possible, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

from anlan.kernel.errors import Conflict, Invalid
from anlan.kernel.events import Event

COMMENT_LIMIT = 1_000


class NotClosedYet(Conflict):
    """The matter is not closed yet; it can be rated once it is."""


class RatedAlready(Conflict):
    """This closing has been rated. Another rating is possible if the matter is closed again."""


class CommentTooLong(Invalid):
    """The comment has {length} characters; {limit} is the most."""


class TrackingCodeWrong(Invalid):
    """This tracking code belongs to no report. Check each group of five characters."""

    status = 404


@dataclass(frozen=True)
class CaseRated(Event):
    """The reporter has said whether a case was done."""

    case_id: str
    is_satisfied: bool

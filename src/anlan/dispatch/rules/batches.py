"""A batch: the proposal for a storm night, and what became of each of its cases.

    PLANNING → READY → SENDING → SENT, or FAILED when it could not be planned

Nothing is sent before a person confirms. Each case of a plan ends in one of the item states, so that
none is silently lost; one that somebody moved meanwhile is told of and left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anlan.kernel.errors import Conflict, NotAllowed, NotFound
from anlan.kernel.events import Event

CALLS_LIMIT = 800
TEAMS_LIMIT = 200
STALE_MINUTES = 60
"""A plan older than this is not sent any more: teams have moved on."""


class BatchState(StrEnum):
    """How far a batch has come."""

    PLANNING = "PLANNING"
    READY = "READY"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"


class ItemState(StrEnum):
    """What became of a case of the plan. LEFT: nobody can take it, see its reason."""

    PLANNED = "PLANNED"
    SENT = "SENT"
    CHANGED = "CHANGED"
    REFUSED = "REFUSED"
    LEFT = "LEFT"


class BatchNotVisible(NotFound):
    """There is no batch “{batch}”, or it is not yours."""


class BatchNotYours(NotAllowed):
    """Only a desk or the centre in charge of the whole place plans a batch there."""


class BatchNotReady(Conflict):
    """This batch is {state}: it cannot be sent."""


class BatchTooOld(Conflict):
    """This plan is older than {minutes} minutes. Plan again: teams have moved on."""


@dataclass(frozen=True)
class BatchAsked(Event):
    """Somebody wants a plan."""

    batch_id: str


@dataclass(frozen=True)
class BatchConfirmed(Event):
    """A person has confirmed a plan."""

    batch_id: str

"""Acts made on a phone, perhaps without a network: when, in which order, what others did meanwhile.

A phone's clock is not believed. The server's time rules every term; what is kept beside it is when an act
is *said* to have happened, worked out from the time that passed on the phone since.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from anlan.kernel.errors import Conflict, NotAllowed

DRIFT_SECONDS = 60
"""How far two measurements of a phone's clock may lie apart before it counts as set in between."""

SAID_DAYS = 30
"""An act is not said to have happened longer ago than this."""


class ActKind(StrEnum):
    """What an act is about: a dispatch, its finish with the case, a case, a report on the spot."""

    DISPATCH = "DISPATCH"
    FINISH = "FINISH"
    CASE = "CASE"
    REPORT = "REPORT"


class ActOutcome(StrEnum):
    """What became of an act. It is settled once and for all."""

    TAKEN = "TAKEN"
    REFUSED = "REFUSED"


class ActOutOfOrder(Conflict):
    """An earlier act of this phone has not arrived yet; the last one here is number {last}."""


class ActKeyReused(Conflict):
    """This key has been used for another act. Nothing was changed."""


class ActOfSomebodyElse(NotAllowed):
    """What waits on this phone was done by another person. Only that person can send it."""


class ClosedMeanwhile(Conflict):
    """The case was closed meanwhile. What you did was not added to it; open the case to see who closed it, or tell the desk what you found."""


class RecalledMeanwhile(Conflict):
    """The desk has taken you off this case meanwhile. What you did was not added to it; ask the desk if it should be."""


class LapsedMeanwhile(Conflict):
    """You had not signed in time as far as the desk could know, so the case went to the next person. Ask the desk who goes on with it."""


class NotNeededMeanwhile(Conflict):
    """A colleague signed first, so you are not needed at this case any more."""


class EndedAlready(Conflict):
    """You have ended this already, perhaps on another device. Nothing was added a second time."""


class ChangedMeanwhile(Conflict):
    """Somebody else has taken the case a step further meanwhile. Open it, see how it stands, and send what you did again if it still fits."""


ENDED: dict[str, type[Conflict]] = {
    "RECALLED": RecalledMeanwhile,
    "OFFLINE": RecalledMeanwhile,
    "LAPSED": LapsedMeanwhile,
    "STOOD_DOWN": NotNeededMeanwhile,
    "DONE": EndedAlready,
    "DECLINED": EndedAlready,
}
"""Why an act at an ended dispatch is refused, by how that ended."""


@dataclass(frozen=True, slots=True)
class PhoneClock:
    """What a phone says of its own clock.

    sent: its time when it sent. made: its time when the act was made. ago: how long ago that was by a
    counter that no setting of the clock moves, at least; None when the program was started anew since.
    offset: how far the server was ahead of the phone when both last met before the act; None if never.
    """

    sent: datetime
    made: datetime
    ago: timedelta | None = None
    offset: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """When an act is said to have happened, in server time. is_sure: no setting of the clock spoils it."""

    at: datetime
    is_sure: bool


def say_when(clock: PhoneClock, *, at: datetime, not_before: datetime) -> Said:
    """Tell when an act is said to have happened; never after `at`, never before `not_before`.

    at: when it arrived. not_before: when it became possible, e.g. when the person was asked.

    >>> from datetime import UTC
    >>> at = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
    >>> wrong = timedelta(hours=-2)   # the phone is two hours slow
    >>> clock = PhoneClock(sent=at + wrong, made=at + wrong - timedelta(minutes=50), offset=-wrong)
    >>> say_when(clock, at=at, not_before=at - timedelta(hours=3)).at.isoformat()
    '2026-03-10T03:10:00+00:00'
    """
    slack = timedelta(seconds=DRIFT_SECONDS)
    now_offset, wall = at - clock.sent, clock.sent - clock.made
    # A counter stands still while some phones sleep, a clock jumps when it is set: where both agree,
    # neither has happened.
    is_counted = clock.ago is not None and abs(clock.ago - wall) <= slack
    is_steady = clock.offset is not None and abs(now_offset - clock.offset) <= slack
    is_sure = is_counted or is_steady
    if is_sure:
        said = at - wall
    elif clock.offset is not None:
        said = clock.made + clock.offset
    else:
        said = at - (clock.ago if clock.ago is not None else wall)
    earliest = min(at, max(not_before, at - timedelta(days=SAID_DAYS)))
    if not earliest <= said <= at:
        # A few seconds over come from the way through the network.
        is_sure = is_sure and earliest - slack <= said <= at + slack
        said = min(max(said, earliest), at)
    return Said(said, is_sure)


class StepSeen(Protocol):
    """What of a case's step tells whether it stands in the way."""

    seq: int
    from_state: str
    to_state: str
    actor_id: UUID | None
    data: dict[str, object]


def list_foreign(steps: Sequence[StepSeen], *, seen: int, person_id: UUID) -> list[StepSeen]:
    """List the steps that others made after the last one seen and that took the case elsewhere.

    A card, an answer or a note that leaves the case where it is stands in nobody's way.
    """
    return [
        step
        for step in steps
        if step.seq > seen
        and step.actor_id != person_id
        and (step.from_state != step.to_state or "to_unit" in step.data or "to_place" in step.data)
    ]


def check_order(number: int, after: int, *, last: int) -> None:
    """Refuse an act before those made earlier on the same phone. Raises ActOutOfOrder.

    after: the number of the act that went before it; numbers may be missing, when something was taken
    back before it was sent.
    """
    if after != last or number <= last:
        raise ActOutOfOrder(last=last)


def explain(
    wrong: Conflict, *, dispatch_state: str, is_closed: bool, foreign: Collection[StepSeen]
) -> Conflict:
    """Tell what others did meanwhile instead of which rule stands in the way, as far as it is known."""
    if dispatch_state in ENDED:
        return ENDED[dispatch_state]()
    if is_closed and foreign:
        return ClosedMeanwhile()
    if foreign:
        return ChangedMeanwhile()
    return wrong

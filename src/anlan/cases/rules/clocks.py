"""The clocks of a case: what they stand for, what stops and moves them, what colour they show.

Three run side by side: the *first response* until the case is accepted, the *update* by which the
reporter must hear something again, and the *solution*. Their due times are worked out when they start and
stored; nothing is worked out again when a page is shown. Why a clock stands where it stands:
`anlan.cases.rules.clock_story`. Algorithm page: docs/algorithms/due-times.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from anlan.kernel.calendars import Term, Unit, amber, due, put_off
from anlan.kernel.errors import Conflict


class Clock(StrEnum):
    """Which clock."""

    RESPONSE = "RESPONSE"
    UPDATE = "UPDATE"
    SOLUTION = "SOLUTION"


CLOCK_LABELS: dict[Clock, dict[str, str]] = {
    Clock.RESPONSE: {"zh": "首次响应", "en": "First response"},
    Clock.UPDATE: {"zh": "进展反馈", "en": "Update"},
    Clock.SOLUTION: {"zh": "办结", "en": "Solution"},
}


class Light(StrEnum):
    """What a clock shows: in time, 80 % used, run out, standing still for a reason, or none."""

    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"
    PAUSED = "PAUSED"
    NONE = ""


class ClockPaused(Conflict):
    """The clocks of this case stand still since {since}. Let them run again first."""


class ClockNotPaused(Conflict):
    """The clocks of this case are running."""


class ClockStopped(Conflict):
    """No clock of this case runs any more, so none can be paused."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Terms of one level, policy data with their source."""

    code: str
    ack: Term
    update: Term
    close: Term
    extension: Term
    extensions_limit: int
    pause: Term
    """How long the clocks may stand still at a time."""
    source: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Clocks:
    """The instants that a case's clocks stand for (UTC)."""

    ack_amber_at: datetime
    ack_due_at: datetime
    update_due_at: datetime
    close_amber_at: datetime
    close_due_at: datetime


def set_clocks(start_at: datetime, profile: Profile, *, calendar: str, time_zone: str) -> Clocks:
    """Work out a case's clocks from the instant they start.

    Source of the amounts: the deadline profile; of the counting: `anlan.kernel.calendars`.
    """
    zone = {"calendar": calendar, "time_zone": time_zone}
    ack_due_at = due(start_at, profile.ack, **zone)
    close_due_at = due(start_at, profile.close, **zone)
    return Clocks(
        ack_amber_at=amber(start_at, ack_due_at, profile.ack, **zone),
        ack_due_at=ack_due_at,
        update_due_at=due(start_at, profile.update, **zone),
        close_amber_at=amber(start_at, close_due_at, profile.close, **zone),
        close_due_at=close_due_at,
    )


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a case's clocks stood still, where the case is."""

    paused_at: datetime
    resumed_at: datetime
    calendar: str
    time_zone: str

    def put_off(self, due_at: datetime, term: Term) -> datetime:
        """Give where a due time comes to lie."""
        return self._put_off(due_at, term.unit)

    def put_off_amber(self, amber_at: datetime, due_at: datetime, term: Term) -> datetime:
        """Give where an amber instant comes to lie; it stays before `due_at`, the new due time.

        It is counted as `kernel.calendars.amber` counts it: in working minutes, else by the clock.
        """
        is_worked = term.unit in (Unit.WORKING_HOUR, Unit.WORKING_DAY)
        return min(self._put_off(amber_at, Unit.WORKING_HOUR if is_worked else Unit.HOUR), due_at)

    def _put_off(self, instant: datetime, unit: Unit) -> datetime:
        return put_off(
            instant, unit, paused_at=self.paused_at, resumed_at=self.resumed_at,
            calendar=self.calendar, time_zone=self.time_zone,
        )  # fmt: skip


def local_date(at: datetime, time_zone: str) -> date:
    """Tell the calendar date of an instant where the matter is."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def light(
    due_at: datetime | None,
    amber_at: datetime | None,
    at: datetime,
    *,
    paused_at: datetime | None = None,
) -> Light:
    """Tell the colour of a clock at an instant; one that had run out before a pause stays red."""
    if due_at is None or amber_at is None:
        return Light.NONE
    if paused_at is not None:
        return Light.RED if paused_at >= due_at else Light.PAUSED
    if at >= due_at:
        return Light.RED
    return Light.AMBER if at >= amber_at else Light.GREEN

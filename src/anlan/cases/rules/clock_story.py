"""Why a clock stands where it stands: what started it, moved it, stopped it, act by act.

Read from the steps of a case alone: each step that set a due time has kept it, so that the story stays
true when the terms in the catalogue change afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from anlan.cases.rules.clocks import Clock


class Act(StrEnum):
    """What was done to a clock."""

    STARTED = "STARTED"
    STARTED_ANEW = "STARTED_ANEW"
    EXTENDED = "EXTENDED"
    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    STOPPED = "STOPPED"
    MERGED = "MERGED"


class StepOfCase(Protocol):
    """What is read of a step."""

    @property
    def seq(self) -> int: ...
    @property
    def move(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def to_state(self) -> str: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def tells_reporter(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Told:
    """One act. `due_at`: by when the clock runs out from then on; None when that did not change."""

    act: Act
    at: datetime
    seq: int
    due_at: datetime | None


_FIELD = {Clock.RESPONSE: "response_due_at", Clock.SOLUTION: "close_due_at"}
_OF_MOVE = {
    "pause": Act.PAUSED,
    "approve_extension": Act.EXTENDED,
    "resume": Act.RESUMED,
    "resume_by_term": Act.RESUMED,
    "take_in": Act.MERGED,
    "give_back": Act.MERGED,
}


def tell_clock(clock: Clock, steps: Iterable[StepOfCase], *, closed_states: set[str]) -> list[Told]:
    """Tell what was done to the first-response or the solution clock of a case, in order.

    steps: of the case, in their order. closed_states: in which no clock runs.
    """
    told: list[Told] = []
    due_at: datetime | None = None
    for step in steps:
        kept = step.data.get(_FIELD[clock])
        found = datetime.fromisoformat(kept) if kept else due_at
        is_moved = found != due_at
        act = _act(step, is_first=not told, is_moved=is_moved)
        if act is not None:
            told.append(Told(act, step.at, step.seq, found if is_moved else None))
        due_at = found
        if step.to_state in closed_states or (clock is Clock.RESPONSE and _answers(step)):
            if not told or told[-1].act is not Act.STOPPED:
                told.append(Told(Act.STOPPED, step.at, step.seq, None))
            if clock is Clock.RESPONSE and step.move not in ("merge", "join"):
                break
    return told


def _act(step: StepOfCase, *, is_first: bool, is_moved: bool) -> Act | None:
    if step.move == "pause":
        return Act.PAUSED
    if step.move in ("separate", "separate_unsatisfied"):
        return Act.RESUMED
    # A move that took a paused case further has let its clocks run again.
    if "paused_at" in step.data:
        return Act.RESUMED
    if not is_moved:
        return Act.STARTED if is_first else None
    return Act.STARTED if is_first else _OF_MOVE.get(step.move, Act.STARTED_ANEW)


def _answers(step: StepOfCase) -> bool:
    return step.to_state != "RECEIVED"


def list_pauses(
    steps: Iterable[StepOfCase], *, until_at: datetime
) -> list[tuple[datetime, datetime]]:
    """List the spans in which a case's clocks stood still; one that lasts ends at `until_at`."""
    pauses: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for step in steps:
        if step.move == "pause":
            since = step.at
        elif since is not None and "paused_at" in step.data:
            pauses.append((since, step.at))
            since = None
    if since is not None:
        pauses.append((since, until_at))
    return pauses

"""Pauses end by themselves when the longest time that clocks may stand still is over."""

from __future__ import annotations

from datetime import datetime

from anlan.cases import queries, rules
from anlan.cases.actions.moves import move_automatically
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM
from anlan.kernel.procedure import MoveNotAllowed

ENDED_AT_ONCE = 200


@permits.inside
def end_pauses(*, at: datetime) -> int:
    """Let the clocks of up to 200 cases run again whose pause is over; give how many were found.

    Each in a transaction of its own. One that somebody has let run again meanwhile is left alone.
    """
    found = queries.list_pauses_over(at=at, limit=ENDED_AT_ONCE)
    for case_id in found:
        try:
            move_automatically(
                actor=SYSTEM, case_id=case_id, move="resume_by_term", given=rules.Given(), at=at
            )
        except (rules.ClockNotPaused, MoveNotAllowed):
            continue
    return len(found)

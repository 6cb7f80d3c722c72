"""What a meeting decided to be done: from its minutes on it is a duty, by the procedure of findings.

A finding has to be decided first; what a meeting decided stands at once where an accepted finding does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from anlan.kernel.errors import Invalid, NotFound
from anlan.kernel.events import Event
from anlan.situation.rules.findings import check_note

STATE = "ACCEPTED"
"""Where it begins in the procedure of findings."""
MOST = 20


class ResolutionUnknown(NotFound):
    """There is no such decision in your places."""


class ResolutionIncomplete(Invalid):
    """Decision {number} needs what is to be done, who sees to it, and by when."""


class ResolutionsTooMany(Invalid):
    """A meeting's minutes hold at most {most} decisions. Note another meeting."""


@dataclass(frozen=True)
class DutySet(Event):
    """Something is to be done by a unit from now on. about: FINDING or RESOLUTION."""

    about: str
    about_id: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """One decision as it is given: what is to be done, by which unit, by the end of which local date."""

    text: str
    unit_id: int | None
    due_date: date | None


def check_agreed(agreed: Sequence[Agreed]) -> list[Agreed]:
    """Give decisions without superfluous blanks. Raises ResolutionsTooMany, ResolutionIncomplete, NoteUnfit.

    >>> check_agreed([Agreed("  换完十九盏灯 ", 3, date(2026, 3, 20))])[0].text
    '换完十九盏灯'
    """
    if len(agreed) > MOST:
        raise ResolutionsTooMany(most=MOST)
    found = []
    for number, one in enumerate(agreed, start=1):
        if not one.text.strip() or one.unit_id is None or one.due_date is None:
            raise ResolutionIncomplete(number=number)
        found.append(Agreed(check_note(one.text), one.unit_id, one.due_date))
    return found

"""Findings: what is unusual at a place, until a leader has made it a duty or dismissed it.

They are about places and matters, never about persons; figures only propose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from anlan.kernel import procedure
from anlan.kernel.actor import Role
from anlan.kernel.errors import Conflict, Invalid, NotFound

PROCEDURE_VERSION = 1
DECIDE_WITHIN = timedelta(days=7)
DUTY_DAYS = (1, 180)
USUAL_DUTY = timedelta(days=14)
NOTE_CHARACTERS = (4, 500)
READERS = (Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL)
"""Who reads findings of the own places."""


class FindingUnknown(NotFound):
    """There is no such finding in your places."""


class NoteUnfit(Invalid):
    """Say it in {least} to {most} characters: what is to be done, or why not."""


class OwnerUnfit(Invalid):
    """Choose a unit that looks after this place."""


class DueUnfit(Invalid):
    """The duty must be due between tomorrow and {most} days from now."""


class FindingChanged(Conflict):
    """Somebody has decided this meanwhile. Load the page again."""


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with a move. unit_id: who sees to it. due_date: local date by whose end it is done."""

    note: str = ""
    unit_id: int | None = None
    due_date: date | None = None

    def names(self) -> list[str]:
        """Tell which fields are filled."""
        parts = {"note": self.note.strip(), "unit": self.unit_id, "due_date": self.due_date}
        return [name for name, part in parts.items() if part]


def finding_procedure(version: int = PROCEDURE_VERSION) -> procedure.Procedure:
    """Give the procedure that a finding started with."""
    return procedure.load("anlan.situation", "finding", version)


def check_note(note: str) -> str:
    """Give a note without superfluous blanks. Raises NoteUnfit."""
    note = " ".join(note.split())
    least, most = NOTE_CHARACTERS
    if not least <= len(note) <= most:
        raise NoteUnfit(least=least, most=most)
    return note


def end_of(day: date, *, zone: str, at: datetime) -> datetime:
    """Give the instant at which a duty's last day ends where it is done. Raises DueUnfit."""
    here = ZoneInfo(zone)
    days = (day - at.astimezone(here).date()).days
    least, most = DUTY_DAYS
    if not least <= days <= most:
        raise DueUnfit(most=most)
    return datetime.combine(day + timedelta(days=1), time(), here)

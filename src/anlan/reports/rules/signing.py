"""How a report is signed: drafted from figures, handed in by one person, signed by another; then it is frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from anlan.kernel import procedure
from anlan.kernel.actor import Role
from anlan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from anlan.kernel.events import Event
from anlan.rollup.rules import read_month

PROCEDURE_VERSION = 1
READERS = (Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL)
"""Who reads the reports of the own places and all below."""
OPEN_STATES = ("DRAFT", "SUBMITTED")
DUE_DAY = 10
REASON_CHARACTERS = (4, 500)


class ReportUnknown(NotFound):
    """There is no such report in your places."""


class ReportChanged(Conflict):
    """The report stands differently now. Load the page again."""


class OwnSubmission(NotAllowed):
    """Whoever hands a report in cannot sign it. Another person has to."""


class ReasonUnfit(Invalid):
    """This month was signed already. To correct it, say why in {least} to {most} characters."""


class NothingChanged(Invalid):
    """Nothing differs from the signed version of {month}; there is nothing to correct."""


class LevelWithoutReport(Invalid):
    """{place} has no report of its own: villages and grids have too few cases to tell anything. Choose a place above it."""


class RegisterEmpty(Invalid):
    """There are no indicators for {place}. Load them with `anlan indicators load FOLDER`."""


class FontMissing(Unavailable):
    """No Chinese font was found, so no PDF can be made. Install one (Debian: apt install fonts-noto-cjk) and try again."""


class PrintingFailed(Unavailable):
    """The PDF could not be made: {reason}"""


@dataclass(frozen=True)
class ReportSigned(Event):
    """A report holds from now on, and goes to its readers."""

    report_id: str


def report_procedure(version: int = PROCEDURE_VERSION) -> procedure.Procedure:
    """Give the procedure that a report started with."""
    return procedure.load("anlan.reports", "report", version)


def due_at(month: str, *, zone: str) -> datetime:
    """Give the instant by which a month's report should be signed: the end of the tenth of the next month."""
    first_of_next = read_month(month)[1]
    return datetime.combine(first_of_next + timedelta(days=DUE_DAY), time(), ZoneInfo(zone))


def check_reason(reason: str) -> str:
    """Give the reason of a correction without superfluous blanks. Raises ReasonUnfit."""
    reason = " ".join(reason.split())
    least, most = REASON_CHARACTERS
    if not least <= len(reason) <= most:
        raise ReasonUnfit(least=least, most=most)
    return reason

"""How a report is signed: drafted from figures, handed in by one person, signed by another; then it is frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from anlan.kernel import procedure
from anlan.kernel.actor import Role
from anlan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from anlan.kernel.events import Event
from anlan.rollup.rules import read_month

PROCEDURE_VERSION = 1
READERS = (Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL)
"""Who reads the reports of the own places and all below."""
OPEN_STATES = ("DRAFT", "SUBMITTED")
PAPER_DAYS = 2
"""So many days of the next month are waited for before a paper is drafted: what the last days brought is in by then."""
DUE_DAY, SIGN_DAYS = 10, 3
"""Signed by the tenth of the next month, but at least so many days after the last return is due."""
REASON_CHARACTERS = (4, 500)


class Kind(StrEnum):
    """What is signed once a month: the two reports, or the analysis paper. One procedure, one table, versions of their own."""

    TWO = "TWO"
    PAPER = "PAPER"


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


@dataclass(frozen=True)
class ReportSigned(Event):
    """A report holds from now on, and goes to its readers."""

    report_id: str


@dataclass(frozen=True)
class ReportsDrafted(Event):
    """A month was drafted for a place and places below it; those who hand in and sign are told."""

    place_code: str
    month: str
    kind: str = Kind.TWO


def report_procedure(version: int = PROCEDURE_VERSION) -> procedure.Procedure:
    """Give the procedure that a report started with."""
    return procedure.load("anlan.reports", "report", version)


def draft_date(month: str, *, last_due: int) -> date:
    """Give the local date from which a month is drafted by itself: the day after its last return is due.

    last_due: day of the next month by whose end that is; 0 where none is.

    >>> draft_date("2026-12", last_due=20), draft_date("2026-11", last_due=0)
    (datetime.date(2027, 1, 21), datetime.date(2026, 12, 1))
    """
    return read_month(month)[1] + timedelta(days=last_due)


def due_at(month: str, *, last_due: int = 0, zone: str) -> datetime:
    """Give the instant by which a month's report should be signed, the end of a local day.

    >>> due_at("2026-10", zone="Asia/Shanghai").isoformat()
    '2026-11-11T00:00:00+08:00'
    >>> due_at("2026-10", last_due=20, zone="Asia/Shanghai").isoformat()
    '2026-11-24T00:00:00+08:00'
    """
    day = max(DUE_DAY, last_due + SIGN_DAYS)
    return datetime.combine(read_month(month)[1] + timedelta(days=day), time(), ZoneInfo(zone))


def check_reason(reason: str) -> str:
    """Give the reason of a correction without superfluous blanks. Raises ReasonUnfit."""
    reason = " ".join(reason.split())
    least, most = REASON_CHARACTERS
    if not least <= len(reason) <= most:
        raise ReasonUnfit(least=least, most=most)
    return reason

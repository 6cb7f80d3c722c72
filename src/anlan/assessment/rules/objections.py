"""Objections: what an assessed place holds against its card, decided at the level above by a day, with a reason."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from anlan.kernel import procedure
from anlan.kernel.actor import Role
from anlan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from anlan.kernel.events import Event

PROCEDURE_VERSION = 1
READERS = (Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL)
"""Who reads cards of the own places and all below."""
ABOVE = (Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL)
"""Who publishes cards, and decides objections, at the level above the assessed places."""
OPEN_STATES = ("FILED",)
TEXT_CHARACTERS = (4, 1000)


class CardUnknown(NotFound):
    """There is no such card in your places."""


class ObjectionUnknown(NotFound):
    """There is no such objection in your places."""


class CardChanged(Conflict):
    """The card stands differently now. Load the page again."""


class AlreadyPublished(Conflict):
    """The cards of {place} for {period} are published. They change by accepted objections only."""


class NothingToPublish(Invalid):
    """No place below {place} can be scored for {period}: there are not enough figures."""


class NotAbove(NotAllowed):
    """This is done at the level above the assessed place."""


class NotTheAssessed(NotAllowed):
    """Only the assessed place itself can object to its card."""


class ObjectionLate(Invalid):
    """Objections to this card could be made until {until}."""


class ObjectionOpen(Conflict):
    """An objection to this indicator is being decided already."""


class TextUnfit(Invalid):
    """Say it in {least} to {most} characters, without names or numbers of persons."""


class IndicatorNotOnCard(Invalid):
    """Choose one of the card's indicators."""


class ValueUnfit(Invalid):
    """The corrected value is a number within what is plausible: {low} to {high}."""


class NothingCorrected(Invalid):
    """With this the card stays as it is. State the corrected value, or refuse the objection with a reason."""


@dataclass(frozen=True)
class CardsPublished(Event):
    """Cards hold from now on, or corrected ones do; the assessed places are told."""

    card_ids: tuple[str, ...]


@dataclass(frozen=True)
class ObjectionMoved(Event):
    """An objection was filed: those above are told; or decided: the assessed place is."""

    objection_id: str


def objection_procedure(version: int = PROCEDURE_VERSION) -> procedure.Procedure:
    """Give the procedure that an objection started with."""
    return procedure.load("anlan.assessment", "objection", version)


def check_text(text: str) -> str:
    """Give a text without superfluous blanks. Raises TextUnfit."""
    text = " ".join(text.split())
    least, most = TEXT_CHARACTERS
    if not least <= len(text) <= most or not text.isprintable():
        raise TextUnfit(least=least, most=most)
    return text


def end_after(at: datetime, days: int, *, zone: str) -> datetime:
    """Give the instant at which the last of so many calendar days ends at a place; the day of `at` does not count."""
    here = ZoneInfo(zone)
    return datetime.combine(at.astimezone(here).date() + timedelta(days=days + 1), time(), here)


def read_value(typed: str) -> float | None:
    """Read a typed value; None for nothing or no number.

    >>> read_value(" 12.5 "), read_value(""), read_value("nan")
    (12.5, None, None)
    """
    try:
        number = float(typed.strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None

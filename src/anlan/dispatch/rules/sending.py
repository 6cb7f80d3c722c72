"""Who may be sent, and how long they have to sign."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from anlan.kernel import procedure
from anlan.kernel.actor import PLACE_ROLES, Role
from anlan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from anlan.kernel.events import Event
from anlan.places.rules import GRID_TEAM

DISPATCH_PROCEDURE_VERSION = 2
RESPONDER_ROLES = (
    Role.GRID_WORKER,
    Role.GRID_LEAD,
    Role.VILLAGE_CADRE,
    Role.MEDIATOR,
    Role.ENFORCEMENT_OFFICER,
    Role.DEPARTMENT,
)
"""Whom a desk can send, in the order in which they are offered."""

SENDING_ROLES = frozenset({Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER})
"""Who sends people."""

WATCHING_ROLES = PLACE_ROLES - set(RESPONDER_ROLES)
"""Who sees what others were sent for."""


class SendingNotYours(NotAllowed):
    """Only the desk in charge of a case sees who could be sent to it."""


class DispatchNotVisible(NotFound):
    """There is no dispatch “{dispatch}”, or it is not yours."""


class NobodyChosen(Invalid):
    """Nobody was chosen. Choose at least one responder."""


class ResponderNotFitting(Invalid):
    """{duty} is not a running duty of a responder who serves this place."""


class ResponderOffDuty(Conflict):
    """{name} is not on duty now. Nobody off duty is sent; choose somebody else."""


class AlreadySent(Conflict):
    """{name} has this case already and has not finished it."""


@dataclass(frozen=True)
class CaseDispatched(Event):
    """Somebody has been asked to go."""

    dispatch_id: str


@dataclass(frozen=True)
class DispatchUnsigned(Event):
    """Somebody did not sign for a dispatch in time or declined it, and what follows has been done."""

    dispatch_id: str


@dataclass(frozen=True)
class DispatchDeclined(Event):
    """Somebody has declined: the next is to be asked."""

    dispatch_id: str


@dataclass(frozen=True)
class DispatchStoodDown(Event):
    """Somebody who was asked is not needed any more."""

    dispatch_id: str


@dataclass(frozen=True)
class NobodyLeft(Event):
    """Nobody is left who could be asked: the county centre has it."""

    handover_id: int


@dataclass(frozen=True, slots=True)
class Responder:
    """Somebody who can be sent, as the desk sees it."""

    duty_id: int
    person_id: UUID
    name: str
    role: Role
    department: str
    place_id: int
    place_name: str
    is_on_duty: bool


def dispatch_procedure(version: int) -> procedure.Procedure:
    """Give the dispatch procedure that a dispatch started with."""
    return procedure.load("anlan.dispatch", "dispatch", version)


def department_of(role: Role, department: str) -> str:
    """Tell which department a responder stands for: grid roles stand for the grid team."""
    if role in (Role.GRID_WORKER, Role.GRID_LEAD, Role.VILLAGE_CADRE):
        return GRID_TEAM
    return department

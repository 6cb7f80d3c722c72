"""What a case is and what its holders may do with it: states, levels, terms, roles.

The moves themselves stand in `procedures/case-<version>.yaml`; this module says how a term
becomes two instants (amber, red) and which of an actor's seats count for a case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from anlan.cases.rules.clocks import Profile
from anlan.kernel import procedure
from anlan.kernel.actor import Actor, Role
from anlan.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Unavailable
from anlan.kernel.events import Event
from anlan.places.rules import GRID_TEAM

CASE_PROCEDURE_VERSION = 1
GRID_ROLES = frozenset({Role.GRID_WORKER, Role.GRID_LEAD, Role.VILLAGE_CADRE})
CONTACT_CLOSED_TO = frozenset({Role.PRINCIPAL, Role.RESIDENT, Role.VOLUNTEER})
HANDLING_ROLES = GRID_ROLES | {Role.DEPARTMENT, Role.MEDIATOR, Role.ENFORCEMENT_OFFICER}
CLOCK_SLACK_SECONDS = 2


class MatterClass(StrEnum):
    """The four classes of matters (domain page §4)."""

    DISPUTE = "DISPUTE"
    SAFETY = "SAFETY"
    SERVICE = "SERVICE"
    OTHER = "OTHER"


MATTER_CLASS_LABELS: dict[MatterClass, dict[str, str]] = {
    MatterClass.DISPUTE: {"zh": "矛盾纠纷", "en": "Disputes"},
    MatterClass.SAFETY: {"zh": "安全隐患", "en": "Safety hazards"},
    MatterClass.SERVICE: {"zh": "民生服务", "en": "Services"},
    MatterClass.OTHER: {"zh": "其他", "en": "Other"},
}


class Level(StrEnum):
    """How soon: names the deadline profile of a matter."""

    URGENT = "URGENT"
    ORDINARY = "ORDINARY"
    COMPLEX = "COMPLEX"


LEVEL_LABELS: dict[Level, dict[str, str]] = {
    Level.URGENT: {"zh": "紧急", "en": "Urgent"},
    Level.ORDINARY: {"zh": "一般", "en": "Ordinary"},
    Level.COMPLEX: {"zh": "复杂", "en": "Complex"},
}


class Card(StrEnum):
    """Supervision: no card, yellow, red."""

    NONE = ""
    YELLOW = "YELLOW"
    RED = "RED"


class Outcome(StrEnum):
    """How a case ended."""

    SOLVED = "SOLVED"
    EXPLAINED = "EXPLAINED"
    MEDIATED = "MEDIATED"
    TRANSFERRED = "TRANSFERRED"
    NOT_FOUND = "NOT_FOUND"
    WITHDRAWN = "WITHDRAWN"


OUTCOME_LABELS: dict[Outcome, dict[str, str]] = {
    Outcome.SOLVED: {"zh": "已解决", "en": "Solved"},
    Outcome.EXPLAINED: {"zh": "已解释说明", "en": "Explained"},
    Outcome.MEDIATED: {"zh": "已调解", "en": "Mediated"},
    Outcome.TRANSFERRED: {"zh": "已移交", "en": "Transferred"},
    Outcome.NOT_FOUND: {"zh": "现场未发现", "en": "Not found on site"},
    Outcome.WITHDRAWN: {"zh": "当事人撤回", "en": "Withdrawn"},
}


class CaseNotVisible(NotFound):
    """There is no case “{case}”, or it lies outside your places and departments."""


class ContactClosed(NotAllowed):
    """Only those who handle a case may see who reported it."""


class CaseChanged(Conflict):
    """The case has moved on since you loaded it (step {step} now). Load it again and look."""


class PhotoElsewhere(Invalid):
    """One of these photos does not belong to this case (any more). Load it again and choose."""


class ReportElsewhere(Invalid):
    """This report does not belong to this case (any more). Load it again and choose."""


class MatterUnknown(Invalid):
    """There is no matter “{matter}” in the catalogue of this place."""


class OutcomeUnknown(Invalid):
    """“{outcome}” is no outcome. Known outcomes: {known}."""


class UnitOutOfReach(Invalid):
    """The unit {unit} is not one that this case can be handed to from here."""


class PlaceOutOfReach(Invalid):
    """The place {place} does not lie below {above}, where this desk may hand cases to a neighbour."""


class NoUnitAbove(Conflict):
    """There is no desk above {place} to escalate to."""


class ExtensionNotAsked(Conflict):
    """No extension has been asked for. The handling unit asks first."""


class ExtensionPending(Conflict):
    """An extension has been asked for and waits for its answer."""


class ExtensionsUsedUp(Conflict):
    """This case has had {count} of {limit} extensions. It must be closed or escalated."""


class OwnExtension(Conflict):
    """Whoever asked for an extension cannot approve it. Another person of the desk decides."""


class ClockRanBackwards(Unavailable):
    """The server's clock says {at}, before this case's last step at {last_at}. Check the clock; nothing was changed."""


@dataclass(frozen=True)
class CasesOpened(Event):
    """Cases have been opened, each from a signal; told of within a second, many at once."""

    case_ids: tuple[str, ...]


@dataclass(frozen=True)
class CasesImported(Event):
    """Cases have been opened from a file, with ids from the first to the last."""

    first_id: str
    last_id: str


@dataclass(frozen=True)
class CaseMoved(Event):
    """A case has made a step."""

    case_id: str
    seq: int
    move: str


@dataclass(frozen=True)
class CasesTurned(Event):
    """Clocks of cases have turned: (case id, clock, light, due time) each, ISO 8601; many at once."""

    turned: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class MatterInfo:
    """An entry of the catalogue."""

    id: int
    jurisdiction: str
    code: str
    matter_class: str
    family: str
    name: str
    name_en: str
    keywords: tuple[str, ...]
    department: str
    level: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All matters and deadline profiles, in memory.

    `matters` holds every matter by id, also those that only old cases have; `by_code` those
    that are offered.
    """

    matters: Mapping[int, MatterInfo]
    by_code: Mapping[tuple[str, str], MatterInfo]
    profiles: Mapping[tuple[str, str], Profile]
    number: int = 0
    """Changes with the catalogue."""

    @property
    def offered(self) -> tuple[MatterInfo, ...]:
        """The matters that a report or a correction may name, in the order of their loading."""
        return tuple(self.by_code.values())

    def matter(self, jurisdiction: str, code: str) -> MatterInfo:
        """Give a matter that is offered, by code. Raises MatterUnknown."""
        try:
            return self.by_code[jurisdiction, code]
        except KeyError:
            raise MatterUnknown(matter=code) from None

    def profile(self, matter: MatterInfo) -> Profile:
        """Give the terms that hold for a matter."""
        return self.profiles[matter.jurisdiction, matter.level]


def roles_over(
    actor: Actor,
    *,
    place_path: str,
    departments: Collection[str],
    responders: Collection[UUID] = (),
) -> frozenset[Role]:
    """Tell the roles in which an actor may move a case.

    A grid role counts only while the grid team is among the case's departments: a grid worker
    sees what happens in the grid, but does not handle what the fire brigade was given. Whoever has
    been sent (`responders`) handles the case with any seat of its departments, wherever that is.
    """
    roles = actor.roles_over(place_path, departments)
    if actor.id in responders:
        roles |= HANDLING_ROLES & {
            s.role for s in actor.seats if s.role in GRID_ROLES or s.department in departments
        }
    return roles if GRID_TEAM in departments else roles - GRID_ROLES


def read_words(text: str) -> list[str]:
    """Give the words of a search: lower case, two characters or more, at most six.

    >>> read_words(" 路灯  7号楼 坏 LED ")
    ['路灯', '7号楼', 'led']
    """
    return [word for word in text.lower().split() if len(word) > 1][:6]


def pairs_of(words: Iterable[str]) -> list[str]:
    """Give the pairs of neighbouring characters that words consist of, as the index holds them.

    >>> pairs_of(["路灯不亮"])
    ['不亮', '灯不', '路灯']
    """
    return sorted({word[i : i + 2] for word in words for i in range(len(word) - 1)})


def case_procedure(version: int) -> procedure.Procedure:
    """Give the case procedure that a case started with."""
    return procedure.load("anlan.cases", "case", version)


@dataclass(frozen=True, slots=True)
class Part:
    """The other case of a split: the part, seen from the case it came from, or the other way round."""

    case_id: UUID
    code: str
    of_signal: UUID
    """The report that was split; its reporter is told of the part."""
    photos: tuple[UUID, ...] = ()
    """Photos of the case that go along with the part."""


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with a move. Which fields a move needs stands in the procedure."""

    note: str = ""
    unit_id: int | None = None
    matter: str = ""
    outcome: str = ""
    photos: tuple[UUID, ...] = ()
    case_id: UUID | None = None
    """The other case, where a move concerns two; with `case_seq`, the last of its steps that was seen."""
    case_seq: int | None = None
    part: Part | None = None
    """The other case of a split, which `triage` has made."""
    place_code: str = ""
    said_at: datetime | None = None
    """When it is said to have happened, where it was done without a network; no term counts from it."""

    def names(self) -> set[str]:
        """Name the fields that were given."""
        present = {"note": self.note.strip(), "unit": self.unit_id, "matter": self.matter,
                   "outcome": self.outcome, "case": self.case_id and self.case_seq, "part": self.part, "place": self.place_code}  # fmt: skip
        return {name for name, value in present.items() if value}

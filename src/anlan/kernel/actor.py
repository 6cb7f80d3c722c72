"""Who acts, and from which seats: the value that every action and query takes.

`people` builds an Actor from duties; rooms below and beside it filter by seats without ever
reading a person. A seat is a duty seen from outside: a role at a place, perhaps for one
department only. Place × department cross here (块 and 条).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a duty is for. Glossary: domain page §3."""

    GRID_WORKER = "GRID_WORKER"
    GRID_LEAD = "GRID_LEAD"
    VILLAGE_CADRE = "VILLAGE_CADRE"
    TOWN_DESK = "TOWN_DESK"
    COUNTY_CENTRE = "COUNTY_CENTRE"
    DEPARTMENT = "DEPARTMENT"
    MEDIATOR = "MEDIATOR"
    ENFORCEMENT_OFFICER = "ENFORCEMENT_OFFICER"
    DUTY_LEADER = "DUTY_LEADER"
    PRINCIPAL = "PRINCIPAL"
    VOLUNTEER = "VOLUNTEER"
    ENTERPRISE_SAFETY_OFFICER = "ENTERPRISE_SAFETY_OFFICER"
    RESIDENT = "RESIDENT"
    EMERGENCY = "EMERGENCY"
    """Lent for hours by emergency access, never a duty: it sees and moves nothing."""


ROLE_LABELS: dict[Role, dict[str, str]] = {
    Role.GRID_WORKER: {"zh": "网格员", "en": "Grid worker"},
    Role.GRID_LEAD: {"zh": "网格长", "en": "Grid lead"},
    Role.VILLAGE_CADRE: {"zh": "村社干部", "en": "Village cadre"},
    Role.TOWN_DESK: {"zh": "乡镇综合信息指挥室", "en": "Town desk"},
    Role.COUNTY_CENTRE: {"zh": "县级社会治理中心", "en": "County centre"},
    Role.DEPARTMENT: {"zh": "专业部门", "en": "Department"},
    Role.MEDIATOR: {"zh": "人民调解员", "en": "Mediator"},
    Role.ENFORCEMENT_OFFICER: {"zh": "执法人员", "en": "Enforcement officer"},
    Role.DUTY_LEADER: {"zh": "值班领导", "en": "Duty leader"},
    Role.PRINCIPAL: {"zh": "一把手", "en": "Principal"},
    Role.VOLUNTEER: {"zh": "志愿者", "en": "Volunteer"},
    Role.ENTERPRISE_SAFETY_OFFICER: {"zh": "企业安全员", "en": "Enterprise safety officer"},
    Role.RESIDENT: {"zh": "居民", "en": "Resident"},
    Role.EMERGENCY: {"zh": "紧急查看", "en": "Emergency access"},
}

PLACE_ROLES = frozenset(Role) - {
    Role.VOLUNTEER, Role.ENTERPRISE_SAFETY_OFFICER, Role.RESIDENT, Role.EMERGENCY,
}  # fmt: skip
"""Roles whose seat opens the matters of its whole place to the holder's eyes."""


class ActorKind(StrEnum):
    PERSON = "PERSON"
    CLIENT = "CLIENT"
    SYSTEM = "SYSTEM"
    RESIDENT = "RESIDENT"


@dataclass(frozen=True, slots=True)
class Seat:
    """A role at a place; `department` empty means every department there.

    With a `case_id` it opens that one case and nothing else of the place.
    """

    role: Role
    place_path: str
    department: str = ""
    case_id: UUID | None = None

    def covers(self, place_path: str, departments: Collection[str]) -> bool:
        """Tell whether a matter at `place_path` held by `departments` lies within this seat.

        >>> Seat(Role.TOWN_DESK, "33.06.81").covers("33.06.81.001", {"WATER"})
        True
        >>> Seat(Role.DEPARTMENT, "33.06.81", "FIRE").covers("33.06.81.001", {"WATER"})
        False
        >>> Seat(Role.TOWN_DESK, "33.06.8").covers("33.06.81", ())
        False
        """
        if self.case_id is not None:
            return False
        inside = place_path == self.place_path or place_path.startswith(self.place_path + ".")
        return inside and (not self.department or self.department in departments)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts, with all seats it holds at this moment."""

    kind: ActorKind
    id: UUID | None
    name: str
    seats: tuple[Seat, ...] = ()

    @property
    def as_sender(self) -> str:
        """Name whose signals and idempotency keys these are, as signals keep it."""
        return f"{self.kind.value.lower()}:{self.id}"

    @property
    def watching_seats(self) -> tuple[Seat, ...]:
        """The seats that open a place's matters to the holder."""
        watching = PLACE_ROLES | {Role.EMERGENCY}
        return tuple(s for s in self.seats if s.role in watching and s.case_id is None)

    @property
    def opened_cases(self) -> tuple[UUID, ...]:
        """The single cases that are open to the holder for a while, wherever they lie."""
        return tuple(seat.case_id for seat in self.seats if seat.case_id is not None)

    def roles_over(self, place_path: str, departments: Collection[str]) -> frozenset[Role]:
        """Tell the roles this actor holds over a matter at a place held by departments."""
        return frozenset(s.role for s in self.seats if s.covers(place_path, departments))

    def places_read(self, readers: Collection[Role]) -> list[str]:
        """List the paths of the places whose figures are read as a whole from a seat of some roles.

        A department's seat opens none, nor does one that opens a single case.

        >>> Actor(ActorKind.PERSON, None, "", (Seat(Role.TOWN_DESK, "33.06"), Seat(Role.TOWN_DESK, "33.07", "FIRE"))).places_read([Role.TOWN_DESK])
        ['33.06']
        """
        return sorted({s.place_path for s in self._whole(readers)})

    def reader_roles_over(self, place_path: str, readers: Collection[Role]) -> frozenset[Role]:
        """Tell in which of some roles this actor reads the figures of a whole place."""
        return frozenset(s.role for s in self._whole(readers) if s.covers(place_path, ()))

    def _whole(self, readers: Collection[Role]) -> list[Seat]:
        return [
            s for s in self.seats if s.role in readers and not s.department and s.case_id is None
        ]


SYSTEM = Actor(ActorKind.SYSTEM, None, "anlan")
REPORTER = Actor(ActorKind.RESIDENT, None, "reporter")
"""Whoever holds a signal's tracking code: the one who raised the matter, unnamed."""

"""What things look like outside: the fields of requests and answers, and how they are filled.

Requests are pydantic models, kept lean: lengths and characters are checked here in one pass, what
a text or a point *means* is checked by the rooms' rules. Answers are plain dictionaries written
as JSON at once; the models beside them say for OpenAPI what they hold, and a test compares both.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Schema
from ninja.parser import Parser
from ninja.types import DictStrAny
from pydantic import StringConstraints
from pydantic_core import to_json

from anlan.cases.queries import get_catalogue
from anlan.kernel import codes
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo, UnitInfo

# One line without control characters: PostgreSQL keeps no NUL, and nobody means the others
_LINE = r"^[^\x00-\x1f\x7f]*$"
Code = Annotated[str, StringConstraints(max_length=64, pattern=_LINE)]
Name = Annotated[str, StringConstraints(max_length=100, pattern=_LINE)]
Line = Annotated[str, StringConstraints(max_length=300, pattern=_LINE)]
Note = Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Datum = Literal["wgs84", "gcj02"]


class StrictParser(Parser):
    """Reads JSON as the standard has it: NaN and Infinity are not JSON."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """Read the body of a request."""
        found: DictStrAny = json.loads(request.body, parse_constant=_refuse)
        return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def reply(data: Any, status: int = 200) -> HttpResponse:
    """Write an answer."""
    return HttpResponse(to_json(data), content_type="application/json", status=status)


def instant(at: datetime | None) -> str | None:
    """Write an instant in UTC to the second, RFC 3339.

    >>> from datetime import UTC
    >>> instant(datetime(2026, 3, 10, 2, 0, tzinfo=UTC))
    '2026-03-10T02:00:00Z'
    """
    return None if at is None else f"{at.astimezone(UTC).isoformat(timespec='seconds')[:-6]}Z"


class MatterOut(Schema):
    code: str
    name: str
    name_en: str


class PlaceOut(Schema):
    code: str
    level: str
    name: str
    name_en: str


class UnitOut(Schema):
    id: int
    department: str
    name: str
    name_en: str


class CaseOut(Schema):
    """A case as those see it who may. `code` may be quoted; instants are UTC."""

    id: UUID
    code: str
    state: str
    level: str
    matter: MatterOut
    place: PlaceOut
    unit: UnitOut
    desk: UnitOut
    departments: list[str]
    title: str
    lon: float | None
    lat: float | None
    needs_person: bool
    opened_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    amber_at: datetime | None
    close_due_at: datetime
    response_due_at: datetime | None
    update_due_at: datetime | None
    paused_at: datetime | None
    outcome: str
    card: str
    reopen_count: int
    seq: int


def matter(matter_id: int) -> dict[str, str]:
    """Describe a matter; one that was taken out of the catalogue has only its number."""
    found = get_catalogue().matters.get(matter_id)
    if found is None:
        return {"code": str(matter_id), "name": "", "name_en": ""}
    return {"code": found.code, "name": found.name, "name_en": found.name_en}


def place(found: PlaceInfo) -> dict[str, str]:
    """Describe a place."""
    return {
        "code": found.code,
        "level": found.level,
        "name": found.name,
        "name_en": found.name_en or found.name,
    }


def unit(found: UnitInfo) -> dict[str, Any]:
    """Describe a unit."""
    return {
        "id": found.id,
        "department": found.department,
        "name": found.name,
        "name_en": found.name_en,
    }


def case(found: Any) -> dict[str, Any]:
    """Describe a case; no statement, names come from memory."""
    gazetteer = get_gazetteer()
    return {
        "id": str(found.id),
        "code": codes.show(found.code),
        "state": found.state,
        "level": found.level,
        "matter": matter(found.matter_id),
        "place": place(gazetteer.place(found.place_id)),
        "unit": unit(gazetteer.units[found.unit_id]),
        "desk": unit(gazetteer.units[found.desk_id]),
        "departments": list(found.departments),
        "title": found.title or matter(found.matter_id)["name"],
        "lon": found.lon,
        "lat": found.lat,
        "needs_person": found.needs_person,
        "opened_at": instant(found.opened_at),
        "accepted_at": instant(found.accepted_at),
        "closed_at": instant(found.closed_at),
        "due_at": instant(found.due_at),
        "amber_at": instant(found.amber_at),
        "close_due_at": instant(found.close_due_at),
        "response_due_at": instant(found.response_due_at),
        "update_due_at": instant(found.update_due_at),
        "paused_at": instant(found.paused_at),
        "outcome": found.outcome,
        "card": found.card,
        "reopen_count": found.reopen_count,
        "seq": found.seq,
    }

"""What was not done behind a figure: cases past their term, unusual counts that nobody has seen to, figures owed or waiting to be confirmed.

Everything is as it is now, whatever the report said when it was made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q

from anlan.cases.models import Case, CaseQuerySet
from anlan.indicators.models import Return
from anlan.indicators.queries import get_register, list_late
from anlan.indicators.queries.returns import Late
from anlan.indicators.rules.returns import OPEN_STATES
from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo, UnitInfo
from anlan.reports.queries.building import matters_by_indicator, matters_of
from anlan.situation.models import Finding, Resolution

FINDING_STATES = ("PROPOSED", "ACCEPTED")
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Undone:
    """Late cases by unit (most first) and the latest of them, open findings, returns that wait, what a department owes."""

    late_units: list[tuple[UnitInfo, int]]
    late: list[Case]
    findings: list[Finding]
    returns: list[Return]
    owed: list[Late]

    @property
    def late_count(self) -> int:
        """Count the cases past their term."""
        return sum(count for _, count in self.late_units)

    @property
    def is_nothing(self) -> bool:
        return not (self.late_units or self.findings or self.returns or self.owed)


@dataclass(frozen=True, slots=True)
class Counted:
    """The same in numbers."""

    late: int
    findings: int
    returns: int

    @property
    def is_nothing(self) -> bool:
        return not (self.late or self.findings or self.returns)


def _late_cases(
    actor: Actor, place: PlaceInfo, matters: Collection[int], at: datetime
) -> CaseQuerySet:
    return Case.objects.visible_to(actor).filter(
        Q(paused_at__isnull=True) | Q(due_at__lte=F("paused_at")),
        place_path__gte=place.path, place_path__lt=place.path + "0", matter_id__in=matters, merged_into__isnull=True,
        due_at__lte=at,
    )  # fmt: skip


def _findings(actor: Actor, place: PlaceInfo, matters: Collection[int]) -> list[Finding]:
    found = Finding.objects.visible_to(actor).filter(
        place_path__gte=place.path, place_path__lt=place.path + "0", matter_id__in=matters, state__in=FINDING_STATES,
    )  # fmt: skip
    return list(found.order_by("due_at", "id")[: SHOWN * 5])


def _returns(actor: Actor, place: PlaceInfo) -> list[Return]:
    """Returns that wait, given for the place itself or for all of a place above it."""
    paths = [place.path, *(one.path for one in get_gazetteer().ancestors(place.id))]
    found = Return.objects.visible_to(actor).filter(place_path__in=paths, state__in=OPEN_STATES)
    return list(found.order_by("due_at", "id")[: SHOWN * 5])


def _concerns(one: Return, place: PlaceInfo, code: str) -> bool:
    return any(cell[0] == place.code and cell[1] == code for cell in one.cells)


def read_undone(*, actor: Actor, place: PlaceInfo, code: str, month: str, at: datetime) -> Undone:
    """Read what was not done behind an indicator of a place, as far as an actor may see it. month: whose return may be owed."""
    gazetteer = get_gazetteer()
    matters = matters_of(jurisdiction=place.jurisdiction, code=code)
    late = _late_cases(actor, place, matters, at)
    units = late.order_by().values_list("unit_id").annotate(count=Count("id")) if matters else []
    by_unit = [(unit, count) for unit_id, count in units if (unit := gazetteer.unit(unit_id))]
    owed = [
        one
        for one in list_late(place=place, month=month, at=at)
        if any(indicator.code == code for indicator in one.missing)
    ]
    return Undone(
        sorted(by_unit, key=lambda pair: (-pair[1], pair[0].id)),
        list(late.order_by("due_at", "id")[:SHOWN]) if matters else [],
        _findings(actor, place, matters)[:SHOWN] if matters else [],
        [one for one in _returns(actor, place) if _concerns(one, place, code)],
        owed,
    )


def count_undone(
    *, actor: Actor, place: PlaceInfo, codes: Collection[str], at: datetime
) -> dict[str, Counted]:
    """Count what was not done behind some indicators of a place: three statements, none for no indicator."""
    if not codes:
        return {}
    matters = matters_by_indicator(get_register(place.jurisdiction))
    wanted = {matter for code in codes for matter in matters.get(code, ())}
    late: dict[int, int] = dict(
        _late_cases(actor, place, wanted, at).order_by().values_list("matter_id").annotate(count=Count("id"))
    )  # fmt: skip
    findings: dict[int, int] = defaultdict(int)
    for one in _findings(actor, place, wanted):
        findings[one.matter_id] += 1
    returns = _returns(actor, place)
    return {
        code: Counted(
            sum(late.get(matter, 0) for matter in matters.get(code, ())),
            sum(findings.get(matter, 0) for matter in matters.get(code, ())),
            sum(_concerns(one, place, code) for one in returns),
        )
        for code in codes
    }


def read_duty(*, about: str, about_id: UUID) -> tuple[int | None, str, datetime | None]:
    """Read what a unit was charged with: the unit, what is to be done, by when. Nothing where it is done."""
    if about == "RESOLUTION":
        one = Resolution.objects.filter(pk=about_id, closed_at__isnull=True).first()
        return (one.unit_id, one.text, one.due_at) if one else (None, "", None)
    found = Finding.objects.filter(pk=about_id, state="ACCEPTED").first()
    return (found.unit_id, found.note, found.due_at) if found else (None, "", None)

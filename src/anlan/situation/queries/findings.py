"""Reviews and findings, as far as an actor sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from anlan.cases.queries import get_catalogue
from anlan.kernel.actor import Actor, Role
from anlan.places.queries import get_gazetteer, list_read_places
from anlan.places.rules import PlaceInfo, UnitInfo
from anlan.situation.models import Finding, Review
from anlan.situation.rules.findings import READERS, FindingUnknown, finding_procedure

LIST_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest review of an actor's places. None: nothing was judged yet."""

    week_date: date | None
    series_count: int
    judged_at: datetime | None


def find_overview(*, actor: Actor) -> Overview:
    """Tell which week was judged last where the actor has a seat."""
    gazetteer = get_gazetteer()
    jurisdictions = {
        root.jurisdiction
        for root in gazetteer.roots
        for seat in actor.seats
        if (seat.place_path + ".").startswith(root.path + ".")
    }
    newest = Review.objects.filter(jurisdiction_id__in=jurisdictions).order_by("-week_date").first()
    if newest is None:
        return Overview(None, 0, None)
    return Overview(newest.week_date, newest.series_count, newest.judged_at)


def list_findings(
    *, actor: Actor, states: tuple[str, ...], is_newest_first: bool = True
) -> list[Finding]:
    """List an actor's findings in some states: the surest of the newest week first, or those due first."""
    found = Finding.objects.visible_to(actor).filter(state__in=states)
    order = ("-week_date", "adjusted", "p_value", "id") if is_newest_first else ("due_at", "id")
    return list(found.order_by(*order)[:LIST_LIMIT])


def list_own_places(*, actor: Actor) -> list[PlaceInfo]:
    """List the places that an actor reads findings of, the widest first."""
    return list_read_places(actor=actor, readers=READERS)


def count_states(*, actor: Actor) -> dict[str, int]:
    """Count an actor's findings by state."""
    counts: dict[str, int] = {}
    for state in Finding.objects.visible_to(actor).values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts


def access_finding(*, actor: Actor, finding_id: UUID, lock: bool = False) -> Finding:
    """Fetch a finding that an actor may see. Raises FindingUnknown."""
    finding = Finding.objects.find_seen(actor=actor, key=finding_id, lock=lock)
    if finding is None:
        raise FindingUnknown()
    return finding


def roles_over(*, actor: Actor, finding: Finding) -> frozenset[Role]:
    """Tell the roles that an actor holds over a finding."""
    return actor.reader_roles_over(finding.place_path, READERS)


def list_moves(*, actor: Actor, finding: Finding) -> list[str]:
    """List the moves that an actor may make with a finding."""
    roles = roles_over(actor=actor, finding=finding)
    moves = finding_procedure(finding.procedure_version).moves_from(finding.state)
    return [move.code for move in moves if move.roles & roles]


def list_owners(*, finding: Finding) -> list[UnitInfo]:
    """List the units that can see to a finding: those at its place, then above it; the matter's department first."""
    gazetteer = get_gazetteer()
    matter = get_catalogue().matters.get(finding.matter_id)
    above = [place.id for place in reversed(gazetteer.lineage(finding.place_id))]
    units = [unit for unit in gazetteer.units.values() if unit.place_id in above]
    wanted = matter.department if matter else ""
    return sorted(
        units, key=lambda unit: (unit.department != wanted, above.index(unit.place_id), unit.id)
    )

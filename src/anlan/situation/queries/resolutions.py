"""What meetings decided, as far as an actor sees it, and which units may be charged with it."""

from __future__ import annotations

from uuid import UUID

from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo, UnitInfo
from anlan.situation.models import Resolution
from anlan.situation.rules.findings import READERS, finding_procedure
from anlan.situation.rules.resolutions import ResolutionUnknown

LIST_LIMIT = 100


def access_resolution(*, actor: Actor, resolution_id: UUID, lock: bool = False) -> Resolution:
    """Fetch what a meeting decided, as far as an actor may see it. Raises ResolutionUnknown."""
    one = Resolution.objects.find_seen(actor=actor, key=resolution_id, lock=lock)
    if one is None:
        raise ResolutionUnknown()
    return one


def list_resolutions(*, actor: Actor, states: tuple[str, ...]) -> list[Resolution]:
    """List what meetings decided in an actor's places, due first."""
    found = Resolution.objects.visible_to(actor).filter(state__in=states)
    return list(found.order_by("due_at", "id")[:LIST_LIMIT])


def count_open_resolutions(*, actor: Actor) -> int:
    """Count what meetings decided and nobody has told to be done."""
    return Resolution.objects.visible_to(actor).filter(closed_at__isnull=True).count()


def list_resolution_moves(*, actor: Actor, one: Resolution) -> list[str]:
    """List the moves that an actor may make with what a meeting decided."""
    roles = actor.reader_roles_over(one.place_path, READERS)
    moves = finding_procedure(one.procedure_version).moves_from(one.state)
    return [move.code for move in moves if move.roles & roles]


def list_paper_owners(*, place: PlaceInfo) -> list[UnitInfo]:
    """List the units that a meeting over a place's paper may charge: those at the place, right below it, then above it."""
    gazetteer = get_gazetteer()
    near = [place, *gazetteer.children(place.id), *gazetteer.ancestors(place.id)]
    rank = {one.id: number for number, one in enumerate(near)}
    units = [unit for unit in gazetteer.units.values() if unit.place_id in rank]
    return sorted(units, key=lambda unit: (rank[unit.place_id], unit.id))

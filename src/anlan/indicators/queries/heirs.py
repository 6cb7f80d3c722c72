"""Codes that ended at the places of an actor, what became of what was returned under them, and what a value holds of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from anlan.indicators.models import Succession, Value
from anlan.indicators.rules import months
from anlan.indicators.rules.returns import HANDLERS
from anlan.kernel.actor import Actor, ActorKind
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo

LIST_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Ending:
    """A code that became another's, or a share of it. moved: figures that went on with this heir; left: that could not."""

    old_code: str
    old: PlaceInfo | None
    heir: PlaceInfo
    share: float
    changed: date
    moved: int
    left: int


def list_endings(*, actor: Actor) -> list[Ending]:
    """List the codes whose heirs lie in an actor's places, the newest first: three statements."""
    gazetteer = get_gazetteer()
    paths = [seat.place_path for seat in actor.seats if seat.role in HANDLERS and seat.case_id is None]  # fmt: skip
    found = []
    for one in Succession.objects.order_by("-changed_date", "id"):
        path = gazetteer.place(one.place_id).path + "."
        if actor.kind is ActorKind.SYSTEM or any(path.startswith(own + ".") for own in paths):
            found.append(one)
    found = found[:LIST_LIMIT]
    if not found:
        return []
    moved: dict[tuple[int, str], int] = {}
    told = Value.objects.filter(inherited__isnull=False, place_id__in={one.place_id for one in found})  # fmt: skip
    for place_id, inherited in told.values_list("place_id", "inherited"):
        for code in (inherited or {})["from"]:
            moved[place_id, code] = moved.get((place_id, code), 0) + 1
    olds = {one.old_code: gazetteer.find_place_by_code(one.old_code) for one in found}
    ids = {old.id: code for code, old in olds.items() if old is not None}
    given: dict[str, int] = {}
    returned = Value.objects.filter(place_id__in=list(ids), is_returned=True, value__isnull=False)
    for place_id in returned.values_list("place_id", flat=True):
        given[ids[place_id]] = given.get(ids[place_id], 0) + 1
    return [
        Ending(
            one.old_code, olds[one.old_code], gazetteer.place(one.place_id), one.share, one.changed_date,
            moved.get((one.place_id, one.old_code), 0),
            given.get(one.old_code, 0) - moved.get((one.place_id, one.old_code), 0),
        )
        for one in found
    ]  # fmt: skip


def list_inherited(*, place: PlaceInfo, indicator_id: int, month: str) -> list[tuple[str, float]]:
    """List what ended codes left to a place's value: code and amount, by their share. Percentages are told as they were."""
    row = Value.objects.filter(
        place_id=place.id, indicator_id=indicator_id, month_date=months.first_of(month), inherited__isnull=False
    ).first()  # fmt: skip
    if row is None or row.inherited is None:
        return []
    return [
        (code, (parts[1] if parts[1] is not None else parts[0]) * parts[3])
        for code, parts in row.inherited["from"].items()
    ]

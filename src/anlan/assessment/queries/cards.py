"""Published cards and objections, as far as an actor sees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from anlan.assessment.models import Card, Objection, PastResult
from anlan.assessment.rules.ladder import count_run
from anlan.assessment.rules.objections import (
    ABOVE,
    OPEN_STATES,
    READERS,
    CardUnknown,
    ObjectionUnknown,
    objection_procedure,
)
from anlan.assessment.rules.schemes import Scheme, Term
from anlan.kernel.actor import Actor, ActorKind, Role
from anlan.places.rules import PlaceInfo


def access_card(*, actor: Actor, card_id: UUID, lock: bool = False) -> Card:
    """Fetch a card that an actor may see. Raises CardUnknown."""
    card = Card.objects.find_seen(actor=actor, key=card_id, lock=lock)
    if card is None:
        raise CardUnknown()
    return card


def list_cards(*, actor: Actor, place: PlaceInfo, scheme: str, period: str) -> list[Card]:
    """List the versions of a place's card, the newest first."""
    found = Card.objects.visible_to(actor).filter(place_id=place.id, scheme=scheme, period=period)
    return list(found.order_by("-version"))


def list_current(
    *, places: Collection[PlaceInfo], scheme: str, period: str, lock: bool = False
) -> list[Card]:
    """List the cards that stand for some places, in the order of the places' codes; whoever calls has checked."""
    found = Card.objects.filter(
        place_id__in=[one.id for one in places], scheme=scheme, period=period, is_current=True
    )
    if lock:
        found = found.select_for_update(of=("self",))
    return list(found.order_by("place_path"))


def list_published(*, card_ids: Collection[UUID]) -> list[Card]:
    """List published cards by their ids; whoever calls has checked."""
    return list(Card.objects.filter(pk__in=list(card_ids)).order_by("place_path", "version"))


def read_runs(*, places: Sequence[PlaceInfo], scheme: Scheme, period: str) -> dict[str, int]:
    """Tell how many years each place has passed in a row before a year, from cards and from results told from before."""
    if scheme.term is not Term.YEAR or not scheme.ladder.steps:
        return {}
    year = int(period)
    ids = {one.id: one.code for one in places}
    passed: dict[str, dict[int, bool]] = defaultdict(dict)
    for place_id, then, is_passed in PastResult.objects.filter(
        place_id__in=list(ids), scheme=scheme.code, year__lt=year
    ).values_list("place_id", "year", "is_passed"):
        passed[ids[place_id]][then] = is_passed
    for place_id, name, is_passed in Card.objects.filter(
        place_id__in=list(ids), scheme=scheme.code, period__lt=period, is_current=True
    ).values_list("place_id", "period", "content__is_passed"):
        passed[ids[place_id]][int(name)] = bool(is_passed)
    return {code: count_run(passed[code], year=year - 1) for code in ids.values()}


def access_objection(*, actor: Actor, objection_id: UUID, lock: bool = False) -> Objection:
    """Fetch an objection that an actor may see. Raises ObjectionUnknown."""
    found = Objection.objects.select_related("card")
    one = found.find_seen(actor=actor, key=objection_id, lock=lock)
    if one is None:
        raise ObjectionUnknown()
    return one


def list_objections(*, actor: Actor, place: PlaceInfo, scheme: str, period: str) -> list[Objection]:
    """List the objections to all versions of a place's card, the newest first."""
    found = Objection.objects.visible_to(actor).filter(
        card__place_id=place.id, card__scheme=scheme, card__period=period
    )
    return list(found.select_related("card", "corrected").order_by("-filed_at", "-id"))


def list_open(*, actor: Actor, parent: PlaceInfo, scheme: str, period: str) -> list[Objection]:
    """List what is still to be decided below a place, due first."""
    found = Objection.objects.visible_to(actor).filter(
        place_path__gte=parent.path, place_path__lt=parent.path + "0", state__in=OPEN_STATES,
        card__scheme=scheme, card__period=period,
    )  # fmt: skip
    return list(found.select_related("card").order_by("due_at", "id"))


def roles_at(*, actor: Actor, place_path: str) -> frozenset[Role]:
    """Tell the roles that an actor holds at the assessed place itself."""
    return frozenset(
        seat.role for seat in actor.seats
        if seat.role in READERS and not seat.department and seat.case_id is None and seat.place_path == place_path
    )  # fmt: skip


def roles_above(*, actor: Actor, place_path: str) -> frozenset[Role]:
    """Tell the roles that an actor holds above the assessed place."""
    return frozenset(
        seat.role for seat in actor.seats
        if seat.role in ABOVE and not seat.department and seat.place_path != place_path and seat.covers(place_path, ())
    )  # fmt: skip


def may_object(*, actor: Actor, place_path: str) -> bool:
    """Tell whether an actor speaks for the assessed place."""
    return bool(roles_at(actor=actor, place_path=place_path))


def list_moves(*, actor: Actor, one: Objection) -> list[str]:
    """List the moves an actor may make with an objection: the place withdraws it, the level above decides it."""
    moves = objection_procedure(one.procedure_version).moves_from(one.state)
    at, above = (
        roles_at(actor=actor, place_path=one.place_path),
        roles_above(actor=actor, place_path=one.place_path),
    )
    if actor.kind is ActorKind.SYSTEM:
        return [move.code for move in moves]
    return [move.code for move in moves if move.roles & (at if move.code == "withdraw" else above)]

"""Scores as the figures are: a group of peers, its values over a period, its cards. One statement reads all values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from anlan.assessment.queries.cards import read_runs
from anlan.assessment.queries.schemes import find_scheme, list_schemes
from anlan.assessment.rules import cards as rules
from anlan.assessment.rules.objections import ABOVE, READERS, CardUnknown
from anlan.assessment.rules.periods import check_begun, count_known, merge, months_of
from anlan.assessment.rules.schemes import Scheme
from anlan.cases.rules import local_date
from anlan.indicators.queries import get_register, read_cube
from anlan.kernel.actor import Actor, ActorKind
from anlan.places.queries import get_gazetteer, list_read_places
from anlan.places.rules import PlaceInfo


@dataclass(frozen=True, slots=True)
class Group:
    """Places that are assessed together: those of a scheme's level below one place."""

    parent: PlaceInfo
    places: tuple[PlaceInfo, ...]
    scheme: Scheme


def is_above(actor: Actor, parent: PlaceInfo) -> bool:
    """Tell whether an actor stands at the level above: publishes cards there and decides objections."""
    return actor.kind is ActorKind.SYSTEM or any(
        seat.role in ABOVE and not seat.department and seat.covers(parent.path, ())
        for seat in actor.seats
    )


def _reads(actor: Actor, place: PlaceInfo) -> bool:
    return actor.kind is ActorKind.SYSTEM or bool(actor.reader_roles_over(place.path, READERS))


def list_readable(*, actor: Actor, places: Iterable[PlaceInfo]) -> set[str]:
    """Tell of which places an actor may read the whole card, by code."""
    return {place.code for place in places if _reads(actor, place)}


def find_group(*, actor: Actor, code: str, place_code: str, period: str) -> Group:
    """Find the group that a place heads or belongs to. Who reads the place, or one of its group, reads the group's table.

    Peers' figures stand in every place's monthly report, too. Raises CardUnknown, SchemeUnknown.
    """
    gazetteer = get_gazetteer()
    place = gazetteer.find_place_by_code(place_code)
    if place is None:
        raise CardUnknown()
    scheme = find_scheme(jurisdiction=place.jurisdiction, code=code, period=period)
    if place.level == scheme.level and place.parent_id is not None:
        if not _reads(actor, place):
            raise CardUnknown()
        place = gazetteer.place(place.parent_id)
    below = tuple(one for one in gazetteer.children(place.id) if one.level == scheme.level)
    if not below or not (_reads(actor, place) or any(_reads(actor, one) for one in below)):
        raise CardUnknown()
    return Group(place, below, scheme)


def list_groups(*, actor: Actor) -> list[tuple[Scheme, PlaceInfo]]:
    """List what an actor may look at: each scheme (its newest version) with the places that head a group, the widest first."""
    own = list_read_places(actor=actor, readers=READERS)
    found: dict[tuple[str, int], tuple[Scheme, PlaceInfo]] = {}
    for place in own:
        for scheme in {one.code: one for one in list_schemes(place.jurisdiction)}.values():
            for head in _heads(place, scheme):
                found.setdefault((scheme.code, head.id), (scheme, head))
    return sorted(found.values(), key=lambda one: (one[1].depth, one[0].code, one[1].code))


def _heads(place: PlaceInfo, scheme: Scheme) -> list[PlaceInfo]:
    """The places that head a group of a scheme, seen from one place: it itself, the one above it, or all below down to that level."""
    gazetteer = get_gazetteer()
    levels = [level.code for level in gazetteer.jurisdictions[place.jurisdiction].levels]
    if scheme.level not in levels:
        return []
    depth = levels.index(scheme.level) - 1
    if place.level == scheme.level:
        return [] if place.parent_id is None else [gazetteer.place(place.parent_id)]
    heads = [place] if place.depth <= depth else []
    while heads and heads[0].depth < depth:
        heads = [child for head in heads for child in gazetteer.children(head.id)]
    return heads


def read_table(group: Group, *, period: str) -> rules.Table:
    """Read a group's values over a period, in one statement. Raises PeriodMalformed, IndicatorUnknown."""
    register = get_register(group.parent.jurisdiction)
    indicators = {code: register.get(code) for code in group.scheme.indicators}
    run = months_of(period, group.scheme.term)
    cube = read_cube(
        indicators=list(indicators.values()), place_ids=[one.id for one in group.places], wanted=run
    )
    columns, known = {}, {}
    for code, indicator in indicators.items():
        rows = [[cube.find(indicator, place.id, month) for month in run] for place in group.places]
        columns[code] = rules.make_column(
            indicator, [merge(row, indicator.formula) for row in rows]
        )
        known[code] = tuple(count_known(row) for row in rows)
    places = tuple(rules.Named(one.code, one.name, one.name_en) for one in group.places)
    return rules.Table(places, indicators, columns, known)


def read_cards(
    *, group: Group, period: str, at: datetime, scheme: Scheme | None = None, table: rules.Table | None = None
) -> list[rules.Card]:  # fmt: skip
    """Make a group's cards from the figures as they are. scheme, table: others instead, for trying out.

    Raises PeriodMalformed, PeriodAhead, IndicatorUnknown, PersonInCard.
    """
    zone = get_gazetteer().time_zone(group.parent.id)
    scheme = scheme or group.scheme
    is_over = check_begun(period, scheme.term, today=local_date(at, zone))
    return rules.make_cards(
        scheme, table or read_table(group, period=period), period=period, of_months=len(months_of(period, scheme.term)),
        is_over=is_over, runs=read_runs(places=group.places, scheme=scheme, period=period), made_at=at.isoformat(timespec="seconds"),
    )  # fmt: skip

"""Pages of cases: what a queue shows, in which order, and what a search finds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from anlan.cases import rules
from anlan.cases.models import FEW_PATHS, Case, CaseQuerySet, outermost, subtrees
from anlan.cases.queries.catalogue import get_catalogue
from anlan.kernel import codes
from anlan.kernel.actor import Actor, ActorKind
from anlan.places.queries import get_gazetteer

PAGE_SIZE = 50
NOT_ON_A_PAGE = (
    "opened_date", "closed_date", "close_amber_at", "last_at", "extension_count",
    "extension_asked_by", "pause_ends_at",
)  # fmt: skip
"""Columns that no list shows; reading them takes a tenth of a page's time."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a queue shows. Empty fields do not filter. `light` needs the present instant."""

    states: Collection[str] = ()
    matter_classes: Collection[str] = ()
    light: str = ""
    needs_person: bool = False
    needs_word: bool = False
    """The reporter should have heard something by now."""
    unit_id: int | None = None
    place_path: str = ""
    """Only this place and all below it."""
    text: str = ""
    only_open: bool = True
    merged: bool = False
    """Only what was merged into another case and stands still."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of cases in order of their deadlines; `after` continues it, empty at the end."""

    cases: list[Case]
    after: str


def _matching(*, actor: Actor, wanted: Filter, at: datetime) -> Q:
    condition = Q()
    if wanted.states:
        condition &= Q(state__in=list(wanted.states))
    if wanted.matter_classes:
        ids = [
            m.id
            for m in get_catalogue().matters.values()
            if m.matter_class in wanted.matter_classes
        ]
        condition &= Q(matter_id__in=ids)
    if wanted.light:
        condition &= of_light(rules.Light(wanted.light), at)
    if wanted.needs_person:
        condition &= Q(needs_person=True)
    if wanted.needs_word:
        condition &= Q(update_due_at__lte=at, paused_at__isnull=True)
    if wanted.merged:
        condition &= Q(merged_into__isnull=False)
    if wanted.unit_id is not None:
        condition &= Q(unit_id=wanted.unit_id)
    if wanted.place_path:
        condition &= subtrees([wanted.place_path])
    if wanted.text:
        condition &= Q(title__contains=wanted.text) | Q(code=codes.normalise(wanted.text)[:10])
    return condition


def of_light(light: rules.Light, at: datetime) -> Q:
    """Select the cases whose running clock shows a colour at an instant, as `rules.light` tells it."""
    is_running = Q(paused_at__isnull=True)
    # One range of the index on due times: what had run out before its pause has run out.
    red = Q(due_at__lte=at) & (is_running | Q(due_at__lte=F("paused_at")))
    return {
        rules.Light.RED: red,
        rules.Light.AMBER: is_running & Q(due_at__gt=at, amber_at__lte=at),
        rules.Light.GREEN: is_running & Q(amber_at__gt=at),
        rules.Light.PAUSED: Q(paused_at__isnull=False, due_at__gt=F("paused_at")),
        rules.Light.NONE: Q(due_at__isnull=True),
    }[light]


def list_cases(
    *,
    actor: Actor,
    wanted: Filter,
    at: datetime,
    after: str = "",
    limit: int = PAGE_SIZE,
) -> Page:
    """List cases that the actor may see, nearest deadline first (opened last first if closed too).

    One statement whatever the page or the number of seats: continued by key, not by offset.
    """
    found = Case.objects.visible_to(actor).filter(_matching(actor=actor, wanted=wanted, at=at))
    field = "due_at" if wanted.only_open else "opened_at"
    if wanted.only_open:
        found = found.open().order_by("due_at", "id")
    else:
        found = found.order_by("-opened_at", "-id")
    if after:
        instant, _, case_id = after.partition("~")
        key = datetime.fromisoformat(instant)
        way = "gt" if wanted.only_open else "lt"
        found = found.filter(
            Q(**{f"{field}__{way}": key}) | Q(**{field: key, f"id__{way}": UUID(case_id)})
        )
    # Of all that was merged there is an index of its own, and little of it.
    if not wanted.only_open and not wanted.merged and (paths := _few_places(actor)):
        found = _newest_place_by_place(found, paths, limit=limit + 1)
    cases = list(found.defer(*NOT_ON_A_PAGE)[: limit + 1])
    more = len(cases) > limit
    cases = cases[:limit]
    last = cases[-1] if more else None
    return Page(cases, f"{getattr(last, field).isoformat()}~{last.id}" if last else "")


FEW_PLACES = 60


def _few_places(actor: Actor) -> list[str]:
    """List the paths of all places below an actor's seats when they are few, as a village's; else none."""
    if actor.kind == ActorKind.SYSTEM or actor.opened_cases:
        return []
    gazetteer, found = get_gazetteer(), list[str]()
    for path in outermost({seat.place_path for seat in actor.watching_seats}):
        place = gazetteer.find_place_by_path(path)
        if place is None:
            return []
        below = islice(gazetteer.descendants(place.id), FEW_PLACES)
        found += [path, *(each.path for each in below)]
        if len(found) > FEW_PLACES:
            return []
    return found


def _newest_place_by_place(
    found: CaseQuerySet, paths: Sequence[str], *, limit: int
) -> CaseQuerySet:
    """Keep the newest of each place before the newest of all are chosen.

    The index holds the cases of one place by their opening. Over a subtree they would have to be
    sorted, all that there have ever been.
    """
    here = found.filter(place_path=RawSQL("wanted.path", []))
    text, values = _write(here.values("id", "opened_at")[:limit])
    newest = (
        "SELECT newest.id FROM unnest(%s::ltree[]) AS wanted (path) "  # noqa: S608  the ORM's text
        f"CROSS JOIN LATERAL ({text}) AS newest ORDER BY newest.opened_at DESC, newest.id DESC LIMIT %s"
    )
    chosen = RawSQL(newest, [list(paths), *values, limit])  # noqa: S611  the ORM's own text
    return Case.objects.filter(pk__in=chosen).order_by("-opened_at", "-id")


def _write(found: QuerySet[Case, Any]) -> tuple[str, Sequence[Any]]:
    """Write a query as text, also one whose filter nothing can pass (a class without matters)."""
    compiler = found.query.get_compiler(connection=connection, elide_empty=False)
    text, values = compiler.as_sql()
    return str(text), list(values)


def search_cases(
    *,
    actor: Actor,
    text: str,
    wanted: Filter,
    at: datetime,
    after: str = "",
    limit: int = PAGE_SIZE,
) -> Page:
    """Search cases that the actor may see, taken in last first: by a whole code, else by words.

    All words must stand in the case's reports; a word has two characters or more. `after` is a
    number. Six statements at most: what the index finds is put through `visible_to` and the filter,
    and when these leave little, the page is short and `after` continues it.
    Algorithm: docs/algorithms/search.md.
    """
    seen = Case.objects.visible_to(actor).filter(_matching(actor=actor, wanted=wanted, at=at))
    seen = seen.open() if wanted.only_open else seen
    code = codes.normalise(text)
    if text.isascii() and len(code) == codes.CODE_LENGTH and (one := list(seen.filter(code=code))):
        return Page(one, "")
    words = rules.read_words(text)
    if not words or not (actor.kind == ActorKind.SYSTEM or actor.watching_seats):
        return Page([], "")
    before = int(after) if after else None
    cases: list[Case] = []
    for at_most in (limit + 1, 4 * limit, 16 * limit):
        numbers = _find_words(actor, words, before, at_most)
        found = seen.filter(pk__in=numbers).defer(*NOT_ON_A_PAGE) if numbers else ()
        cases += sorted(found, key=lambda case: -numbers[case.pk])
        if len(cases) > limit:
            cases = cases[:limit]
            last = numbers.get(cases[-1].pk)
            return Page(cases, str(last if last is not None else before))
        if len(numbers) < at_most:
            return Page(cases, "")
        before = min(numbers.values())
    return Page(cases, str(before))


def is_search_key(after: str) -> bool:
    """Tell whether a text can continue a search."""
    return after.isascii() and after.isdigit() and len(after) <= 18


_ESCAPED = str.maketrans({sign: "\\" + sign for sign in "%_\\"})


def _find_words(
    actor: Actor, words: list[str], before: int | None, at_most: int
) -> dict[UUID, int]:
    """Ask the index: case → number, newest first; narrowed to the actor's places if they are few."""
    paths = outermost({seat.place_path for seat in actor.watching_seats})
    is_narrow = actor.kind != ActorKind.SYSTEM and len(paths) <= FEW_PATHS
    places = [path.rpartition(".")[2] for path in paths] if is_narrow else None
    patterns = [f"%{word.translate(_ESCAPED)}%" for word in words]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id, number FROM cases_search_find(%s, %s, %s, %s, %s)",
            [rules.pairs_of(words), patterns, places, before, at_most],
        )
        return dict(cursor.fetchall())


def count_cases(*, actor: Actor, wanted: Sequence[Filter], at: datetime, limit: int) -> list[int]:
    """Count the cases of several queues, each up to `limit` (the page then says "1000+").

    One statement for all. Each count ends at its limit, so that a province's queue costs no more than
    a county's.
    """
    seen = Case.objects.visible_to(actor)
    parts: list[str] = []
    values: list[Any] = []
    for one in wanted:
        found = seen.filter(_matching(actor=actor, wanted=one, at=at))
        if one.only_open:
            found = found.open()
        text, parameters = _write(found.order_by().values("id")[:limit])
        parts.append(f"(SELECT count(*) FROM ({text}) AS counted)")  # noqa: S608  the ORM's text
        values.extend(parameters)
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone())

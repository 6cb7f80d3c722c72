"""Reads of the room: one case, pages of cases, the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Now, TruncDate

from anlan.cases import rules
from anlan.cases.models import (
    FEW_PATHS,
    Case,
    CasePhoto,
    CaseSignal,
    CatalogueVersion,
    DeadlineProfile,
    Matter,
    Step,
    outermost,
)
from anlan.intake.queries import find_signal_by_code
from anlan.intake.rules import SignalUnknown
from anlan.kernel import codes, procedure, scope
from anlan.kernel.actor import Actor, ActorKind, Role
from anlan.kernel.calendars import Term, Unit
from anlan.kernel.snapshots import Snapshot

PAGE_SIZE = 50
NOT_ON_A_PAGE = (
    "opened_date", "closed_date", "close_amber_at", "last_at", "told_light", "extension_count",
    "extension_asked_by",
)  # fmt: skip
"""Columns that no list shows; reading them takes a tenth of a page's time."""


def _load_catalogue() -> rules.Catalogue:
    number = _catalogue_version()
    found = list(Matter.objects.order_by("id"))
    matters = {
        m.id: rules.MatterInfo(
            id=m.id, jurisdiction=m.jurisdiction_id, code=m.code, matter_class=m.matter_class,
            family=m.family, name=m.name, name_en=m.name_en, keywords=tuple(m.keywords),
            department=m.department, level=m.level,
        )
        for m in found
    }  # fmt: skip
    profiles = {
        (p.jurisdiction_id, p.code): rules.Profile(
            code=p.code,
            ack=Term(p.ack_amount, Unit(p.ack_unit)),
            close=Term(p.close_amount, Unit(p.close_unit)),
            extension=Term(p.extension_amount, Unit(p.extension_unit)),
            extensions_limit=p.extensions_limit,
        )
        for p in DeadlineProfile.objects.filter(valid_from__lte=TruncDate(Now())).order_by(
            "valid_from"
        )
    }
    by_code = {(m.jurisdiction_id, m.code): matters[m.id] for m in found if m.is_active}
    return rules.Catalogue(matters=matters, by_code=by_code, profiles=profiles, number=number)


def _catalogue_version() -> int:
    """Change with the catalogue and with the day, on which new deadline profiles begin to hold."""
    row = CatalogueVersion.objects.values_list("number", TruncDate(Now())).first()
    return hash(row) if row else 0


_catalogue = Snapshot(_load_catalogue, _catalogue_version)
forget_catalogue = _catalogue.forget


def get_catalogue() -> rules.Catalogue:
    """Give the matter catalogue and the deadline profiles, from memory."""
    return _catalogue.get()


def access_case(*, actor: Actor, case_id: UUID, lock: bool = False) -> Case:
    """Fetch a case that the actor may see, locked for a change when asked. One statement.

    Raises CaseNotVisible, alike for a case that does not exist and one out of the actor's sight.
    """
    found = Case.objects.open_to(actor).filter(pk=case_id)
    if lock:
        found = found.locked()
    case = found.first()
    if case is None:
        raise rules.CaseNotVisible(case=case_id)
    return case


def get_case_by_code(*, actor: Actor, code: str) -> Case:
    """Fetch a case that the actor may see by its code, however it was typed."""
    case = Case.objects.visible_to(actor).filter(code=codes.normalise(code)[:10]).first()
    if case is None:
        raise rules.CaseNotVisible(case=code)
    return case


def get_case_of_signal(*, signal_id: UUID) -> Case:
    """Fetch the case that a signal opened or joined; the caller has proved the tracking code."""
    return Case.objects.get(signals__signal_id=signal_id)


def access_sent_case(*, actor: Actor, code: str, lock: bool = False) -> Case:
    """Fetch the case of a signal that the actor has sent, locked for a change when asked.

    code: the signal's, however it was typed. Raises SignalUnknown, alike for a signal that does not
    exist and one that somebody else has sent.
    """
    signal = find_signal_by_code(code=codes.normalise(code)[: codes.CODE_LENGTH])
    if signal is None or signal.sender != actor.as_sender:
        raise SignalUnknown()
    scope.open_code(signal.code)
    found = Case.objects.filter(signals__signal_id=signal.id)
    return (found.select_for_update(of=("self",)) if lock else found).get()


def list_steps(*, case_id: UUID, for_reporter: bool = False) -> list[Step]:
    """List a case's steps in their order; for the reporter, those meant to be told."""
    steps = Step.objects.filter(case_id=case_id)
    if for_reporter:
        steps = steps.filter(tells_reporter=True)
    return list(steps.order_by("seq"))


def get_step(*, case_id: UUID, seq: int) -> Step:
    """Fetch one step."""
    return Step.objects.select_related("case").get(case_id=case_id, seq=seq)


def list_photo_ids(*, case_id: UUID) -> list[UUID]:
    """List the photos of a case, oldest first."""
    found = CasePhoto.objects.filter(case_id=case_id).order_by("seq", "document_id")
    return list(found.values_list("document_id", flat=True))


def find_case_of_photo(*, actor: Actor, document_id: UUID) -> Case | None:
    """Find the case that a photo belongs to, if the actor may see that case."""
    return Case.objects.open_to(actor).filter(photos__document_id=document_id).first()


def list_case_ids(*, first_id: UUID, last_id: UUID) -> list[UUID]:
    """List the cases with ids from the first to the last, which sort by the time of their making."""
    found = Case.objects.filter(pk__gte=first_id, pk__lte=last_id).order_by("opened_at", "pk")
    return list(found.values_list("pk", flat=True))


def list_signal_ids(*, case_id: UUID) -> list[UUID]:
    """List the signals of a case, the opening one first."""
    found = CaseSignal.objects.filter(case_id=case_id).order_by("joined_at", "signal_id")
    return list(found.values_list("signal_id", flat=True))


@dataclass(frozen=True, slots=True)
class Filter:
    """What a queue shows. Empty fields do not filter. `light` needs the present instant."""

    states: Collection[str] = ()
    matter_classes: Collection[str] = ()
    light: str = ""
    needs_person: bool = False
    unit_id: int | None = None
    text: str = ""
    only_open: bool = True


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
    if wanted.light == rules.Light.RED:
        condition &= Q(due_at__lte=at)
    elif wanted.light == rules.Light.AMBER:
        condition &= Q(due_at__gt=at, amber_at__lte=at)
    elif wanted.light == rules.Light.GREEN:
        condition &= Q(amber_at__gt=at)
    if wanted.needs_person:
        condition &= Q(needs_person=True)
    if wanted.unit_id is not None:
        condition &= Q(unit_id=wanted.unit_id)
    if wanted.text:
        condition &= Q(title__contains=wanted.text) | Q(code=codes.normalise(wanted.text)[:10])
    return condition


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
    cases = list(found.defer(*NOT_ON_A_PAGE)[: limit + 1])
    more = len(cases) > limit
    cases = cases[:limit]
    last = cases[-1] if more else None
    return Page(cases, f"{getattr(last, field).isoformat()}~{last.id}" if last else "")


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


def count_cases(*, actor: Actor, wanted: Filter, at: datetime, limit: int = 1000) -> int:
    """Count the open cases of a queue, up to `limit` (the page then says "1000+")."""
    found = Case.objects.visible_to(actor).filter(_matching(actor=actor, wanted=wanted, at=at))
    if wanted.only_open:
        found = found.open()
    return found[:limit].count()


def list_due_cases(*, at: datetime, limit: int) -> list[Case]:
    """List and lock open cases whose clock turned amber or red and was not yet told of."""
    red = Q(due_at__lte=at) & ~Q(told_light="RED")
    turning = Q(due_at__gt=at, amber_at__lte=at, told_light="")
    found = Case.objects.open().filter(red | turning).order_by("due_at")
    return list(found.select_for_update(skip_locked=True)[:limit])


def get_procedure(case: Case) -> procedure.Procedure:
    """Give the procedure that a case started with."""
    return rules.case_procedure(case.procedure_version)


def get_roles(*, actor: Actor, case: Case) -> frozenset[Role]:
    """Tell the roles in which an actor may move a case."""
    return rules.roles_over(
        actor,
        place_path=case.place_path,
        departments=case.departments,
        responders=case.responders,
    )


def may_open_contact(*, actor: Actor, case: Case) -> bool:
    """Tell whether an actor handles a case or is in charge of it: he may ask the reporter back."""
    over = rules.roles_over(actor, place_path=case.place_path, departments=case.departments)
    return bool(over - rules.CONTACT_CLOSED_TO) or case.id in actor.opened_cases


def note_for_reporter(step: Step, *, case: Case) -> str:
    """Give a step's note if it was written for the reporter; notes of other moves are for colleagues."""
    move = get_procedure(case).moves.get(step.move)
    is_written_for_him = (
        move is not None and move.tells_reporter and ("note" in move.needs or move.is_automatic)
    )
    return step.note if is_written_for_him else ""


def list_moves(*, actor: Actor, case: Case) -> list[procedure.Move]:
    """List the moves that an actor may make on a case as it stands."""
    roles = get_roles(actor=actor, case=case)
    return [m for m in get_procedure(case).moves_from(case.state) if m.roles & roles]


PUBLIC_CLASSES = frozenset(rules.MatterClass) - {rules.MatterClass.DISPUTE}
"""What may stand in a public list: a quarrel concerns nobody but those who have it."""


@scope.under(scope.EVERYTHING)
def list_public_cases(
    *,
    codes_wanted: Collection[str] = (),
    matter_ids: Collection[int] | None = None,
    is_open: bool | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    offset: int = 0,
    limit: int = 100,
) -> list[Case]:
    """List cases that may be told of in public, opened last first; the caller blurs them.

    No disputes. Codes, where given, go before every other condition. from_at, until_at: when the
    case was opened (UTC, both included). is_open None: both.
    """
    public = {m.id for m in get_catalogue().matters.values() if m.matter_class in PUBLIC_CLASSES}
    found = Case.objects.filter(matter_id__in=public)
    if codes_wanted:
        return list(found.filter(code__in=codes_wanted).order_by("-opened_at", "-id")[:limit])
    if matter_ids is not None:
        found = found.filter(matter_id__in=public & set(matter_ids))
    if is_open is not None:
        found = found.filter(closed_at__isnull=is_open)
    if from_at is not None:
        found = found.filter(opened_at__gte=from_at)
    if until_at is not None:
        found = found.filter(opened_at__lte=until_at)
    return list(found.order_by("-opened_at", "-id")[offset : offset + limit])


def count_open_by_light(*, at: datetime) -> dict[str, int]:
    """Count all cases whose clock runs by light, wherever they are: for those who run the house."""
    red, amber = Q(due_at__lte=at), Q(due_at__gt=at, amber_at__lte=at)
    counted = Case.objects.filter(due_at__isnull=False).aggregate(
        red=Count("id", filter=red), amber=Count("id", filter=amber), every=Count("id")
    )
    green = counted["every"] - counted["red"] - counted["amber"]
    return {"GREEN": green, "AMBER": counted["amber"], "RED": counted["red"]}

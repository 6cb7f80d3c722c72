"""Acts from a phone's outbox: each taken or refused once, in the phone's own order, whoever sends it again.

Locking order: the person first, so that the acts of one person stand in a row; then the case, its dispatches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from anlan.cases import actions as cases
from anlan.cases import queries as case_queries
from anlan.cases import rules as case_rules
from anlan.cases.models import Case
from anlan.dispatch import rules
from anlan.dispatch.actions.answering import finish_dispatch, move_dispatch
from anlan.dispatch.models import Act, Dispatch
from anlan.intake.rules import Report
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind
from anlan.kernel.errors import AnlanError, Conflict, TooMany, Unavailable
from anlan.ledger import actions as ledger
from anlan.people.models import Person
from anlan.triage import actions as triage

REPORT_DAYS = 14
"""How long ago a report on the spot is said to have been made at most."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What was done on the phone.

    kind, move: what. about: the dispatch or case it was done to, None for a report. seen: the last step
    of the case that the phone knew. note, outcome: as in a form. report: the report on the spot.
    digest: of all that was sent with it, photos included.
    """

    key: UUID
    kind: rules.ActKind
    device: UUID
    number: int
    after: int
    digest: str
    clock: rules.PhoneClock
    move: str = ""
    about: UUID | None = None
    seen: int = 0
    note: str = ""
    outcome: str = ""
    report: Report | None = None


KeepPhotos = Callable[[], tuple[UUID, ...]]


@permits.own
def take_act(*, actor: Actor, doing: Doing, keep_photos: KeepPhotos, at: datetime) -> Act:
    """Take an act that was made on the actor's phone, or tell what became of it when it came before.

    keep_photos: keeps the photos that came with it; called only for an act that is new. at: when it
    arrived. A refusal is settled like a success and stands in `code`; what may be tried again is raised.
    Raises ActOfSomebodyElse without a person, ActKeyReused, ActOutOfOrder, TooMany, Unavailable.
    """
    if actor.id is None or actor.kind is not ActorKind.PERSON:
        raise rules.ActOfSomebodyElse()
    known = _find_known(actor.id, doing)
    if known is not None:
        return known
    # Decoding a picture may take a second: outside of any lock.
    photos: tuple[UUID, ...] = ()
    broken: AnlanError | None = None
    try:
        photos = keep_photos()
    except AnlanError as wrong:
        _raise_if_it_may_pass(wrong)
        broken = wrong
    return _take(actor, actor.id, doing, photos, broken, at)


@transaction.atomic
def _take(
    actor: Actor,
    person_id: UUID,
    doing: Doing,
    photos: tuple[UUID, ...],
    broken: AnlanError | None,
    at: datetime,
) -> Act:
    Person.objects.select_for_update(no_key=True).only("id").get(id=person_id)
    known = _find_known(person_id, doing)
    if known is not None:
        return known
    mine = Act.objects.filter(person_id=person_id, device=doing.device)
    last = mine.aggregate(last=Max("number"))["last"] or 0
    rules.check_order(doing.number, doing.after, last=last)
    dispatch = _find_dispatch(person_id, doing)
    act = Act(
        person_id=person_id, key=doing.key, body_digest=doing.digest, device=doing.device,
        number=doing.number, kind=doing.kind, move=doing.move, at=at, dispatch=dispatch,
        case_id=dispatch.case_id if dispatch else None, outcome=rules.ActOutcome.TAKEN,
        clock_off_s=_bounded((at - doing.clock.sent).total_seconds()),
    )  # fmt: skip
    said = rules.say_when(doing.clock, at=at, not_before=_possible_since(doing, dispatch, at))
    act.said_at, act.is_sure = said.at, said.is_sure
    try:
        if broken is not None:
            raise broken
        with transaction.atomic():
            act.case_id = _do(actor, person_id, doing, dispatch, photos, said.at, at)
    except AnlanError as wrong:
        _raise_if_it_may_pass(wrong)
        act.outcome, act.code = rules.ActOutcome.REFUSED, wrong.code
    act.save(force_insert=True)
    ledger.write(
        actor=actor, what=f"act.{act.outcome.lower()}", at=at,
        about_kind="case" if act.case_id else "person", about_id=act.case_id or person_id,
        data={"act": act.id, "key": act.key, "number": act.number, "kind": act.kind,
              "move": act.move, "said_at": act.said_at.isoformat(), "is_sure": act.is_sure,
              "code": act.code},
    )  # fmt: skip
    return act


def _find_known(person_id: UUID, doing: Doing) -> Act | None:
    known = Act.objects.filter(person_id=person_id, key=doing.key).first()
    if known is not None and known.body_digest != doing.digest:
        raise rules.ActKeyReused()
    return known


def _raise_if_it_may_pass(wrong: AnlanError) -> None:
    """Raise what is not about the act: the phone tries again later, and nothing is settled."""
    if isinstance(wrong, TooMany | Unavailable):
        raise wrong


def _bounded(seconds: float) -> int:
    limit = 2**31 - 1
    return max(-limit, min(limit, round(seconds)))


def _find_dispatch(person_id: UUID, doing: Doing) -> Dispatch | None:
    if doing.kind not in (rules.ActKind.DISPATCH, rules.ActKind.FINISH) or doing.about is None:
        return None
    return Dispatch.objects.filter(pk=doing.about, person_id=person_id).first()


def _possible_since(doing: Doing, dispatch: Dispatch | None, at: datetime) -> datetime:
    if dispatch is not None:
        return dispatch.asked_at
    if doing.kind is rules.ActKind.CASE and doing.about is not None:
        opened = Case.objects.filter(pk=doing.about).values_list("opened_at", flat=True).first()
        return opened or at
    return at - timedelta(days=REPORT_DAYS)


def _do(
    actor: Actor,
    person_id: UUID,
    doing: Doing,
    dispatch: Dispatch | None,
    photos: tuple[UUID, ...],
    said_at: datetime,
    at: datetime,
) -> UUID:
    """Do it; give the case that it was done to. Raises what stands in the way, in words for a worker."""
    if doing.report is not None:
        return triage.take_signal(actor=actor, report=doing.report, photos=photos, at=at).case_id
    given = case_rules.Given(note=doing.note, outcome=doing.outcome, photos=photos, said_at=said_at)
    if dispatch is not None:
        case_id = dispatch.case_id
        case = case_queries.access_case(actor=SYSTEM, case_id=case_id, lock=True)
        dispatch.refresh_from_db(fields=["state"])
    elif doing.kind is rules.ActKind.CASE and doing.about is not None:
        case_id = doing.about
        case = case_queries.access_case(actor=actor, case_id=case_id, lock=True)
    else:
        raise rules.DispatchNotVisible(dispatch=doing.about)
    foreign = rules.list_foreign(
        case_queries.list_steps(case_id=case_id), seen=doing.seen, person_id=person_id
    )
    state = dispatch.state if dispatch else ""
    is_closed = case.due_at is None

    def tell(wrong: Conflict) -> Conflict:
        return rules.explain(wrong, dispatch_state=state, is_closed=is_closed, foreign=foreign)

    # What was done to a case that others took elsewhere is not added to it; on the way one may be still.
    stands_in_the_way = foreign and (doing.kind is not rules.ActKind.DISPATCH or is_closed)
    if stands_in_the_way:
        raise tell(rules.ChangedMeanwhile())
    try:
        if dispatch is None:
            cases.move_case(actor=actor, case_id=case_id, move=doing.move, given=given, at=at)
        elif doing.kind is rules.ActKind.FINISH:
            finish_dispatch(actor=actor, dispatch_id=dispatch.id, given=given, at=at)
        else:
            move_dispatch(
                actor=actor, dispatch_id=dispatch.id, move=doing.move, note=doing.note, at=at,
                said_at=said_at,
            )  # fmt: skip
    except Conflict as wrong:
        raise tell(wrong) from None
    return case_id

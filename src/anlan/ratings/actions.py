"""Writes of the room: the reporter's word, while it is handled and when it is done."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases.queries import access_case, find_merged_of, get_case_of_signal
from anlan.cases.rules import Given, local_date
from anlan.kernel import events, permits
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer
from anlan.ratings import queries, rules
from anlan.ratings.models import Rating


@permits.proof
@transaction.atomic
def rate_case(*, tracking_code: str, is_satisfied: bool, comment: str, at: datetime) -> Rating:
    """Rate a closed case by its tracking code; not satisfied sends it back to the unit.

    Whoever joined another's case by himself gets his own case again instead: no stranger sends that
    case back.

    Raises CodeMalformed, TrackingCodeWrong, NotClosedYet, RatedAlready, CommentTooLong.
    """
    comment = comment.strip()
    if len(comment) > rules.COMMENT_LIMIT:
        raise rules.CommentTooLong(length=len(comment), limit=rules.COMMENT_LIMIT)
    signal = queries.access_signal(tracking_code=tracking_code)
    case_id = get_case_of_signal(signal_id=signal.id).id
    case = access_case(actor=SYSTEM, case_id=case_id, lock=True)
    if case.state != "CLOSED":
        raise rules.NotClosedYet()
    if not queries.may_rate(case=case, signal=signal):
        raise rules.RatedAlready()
    rating = Rating.objects.create(
        case=case, signal=signal, round=case.reopen_count, is_satisfied=is_satisfied,
        comment=comment, rated_at=at,
        rated_date=local_date(at, get_gazetteer().time_zone(case.place_id)),
    )  # fmt: skip
    ledger.write(
        actor=REPORTER, what="case.rated", about_kind="case", about_id=case.id,
        data={"round": rating.round, "is_satisfied": is_satisfied,
              "comment_digest": digest(comment)},
        at=at,
    )  # fmt: skip
    own = find_merged_of(signal=signal, case=case)
    if not is_satisfied and own is not None and own.by_reporter:
        cases.separate_unsatisfied(actor=REPORTER, merged=own, lead=case, note=comment, at=at)
    elif not is_satisfied:
        cases.move_automatically(
            actor=REPORTER, case_id=case.id, move="reopen_unsatisfied", given=Given(note=comment),
            at=at,
        )  # fmt: skip
    events.emit(rules.CaseRated(case_id=str(case.id), is_satisfied=is_satisfied))
    return rating


@permits.proof
@transaction.atomic
def write_to_unit(
    *, tracking_code: str, text: str, key: str, at: datetime, photos: tuple[UUID, ...] = ()
) -> bool:
    """Write to whoever handles a case, by its tracking code; the desk and those sent are told.

    key: names this one message, so that sending it twice leaves one: tells whether this one is new, so
    that the caller erases the photos of one that is not. photos: kept just now, of no case yet.
    Raises CodeMalformed, TrackingCodeWrong, MessageMissing, MessageTooLong, MessageUnreadable,
    TooManyMessages, MoveNotAllowed.
    """
    signal = queries.access_signal(tracking_code=tracking_code)
    return cases.hear_reporter(signal=signal, text=text, key=key, at=at, photos=photos)


@permits.inside
def erase_comments(*, case_ids: Collection[UUID]) -> None:
    """Erase the words of ratings, not whether the reporter was satisfied; for `privacy`."""
    Rating.objects.filter(case_id__in=case_ids).exclude(comment="").update(comment="")

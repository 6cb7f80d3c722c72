"""What the reporter writes to whoever handles the case. Who is told of it: `telling.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from anlan.cases import queries, rules
from anlan.cases.actions.steps import make_step
from anlan.cases.models import Case, CasePhoto, Step
from anlan.intake.models import Signal
from anlan.kernel import permits
from anlan.kernel.actor import REPORTER, SYSTEM, Actor


@permits.inside
@transaction.atomic
def hear_reporter(
    *, signal: Signal, text: str, key: str, at: datetime, photos: tuple[UUID, ...] = ()
) -> bool:
    """Put a reporter's message into the case, for whoever handles it; the caller has proved the code.

    key: names this one message, so that sending it twice leaves one: tells whether this one is new.
    photos: kept just now, of no case yet.
    Raises MessageMissing, MessageTooLong, MessageUnreadable, TooManyMessages, MoveNotAllowed.
    """
    text = rules.read_message(text)
    case_id = queries.get_case_of_signal(signal_id=signal.id).id
    case = queries.access_case(actor=SYSTEM, case_id=case_id, lock=True)
    written = Step.objects.filter(
        case_id=case.id, move=rules.HEAR, data__of_signal=str(signal.id)
    ).values_list("data__key", flat=True)
    keys = list(written)
    if key in keys:
        return False
    given = rules.Given(note=text, photos=photos)
    move = queries.get_procedure(case).check(case.state, rules.HEAR, roles=(), given=given.names())
    if len(keys) >= rules.MESSAGES_PER_REPORT:
        raise rules.TooManyMessages(limit=rules.MESSAGES_PER_REPORT)

    def name_signal(case: Case, actor: Actor, given: rules.Given, at: datetime) -> dict[str, Any]:
        return {"of_signal": str(signal.id), "key": key}

    make_step(case, REPORTER, move, given, at, role="", effect=name_signal)
    return True


@permits.inside
@transaction.atomic
def erase_messages(*, signal_id: UUID) -> list[UUID]:
    """Erase what one reporter has written, and let go of the photos that came with it; give the photos' ids.

    For `privacy`, which erases the photos. That he wrote, and when, stays.
    """
    heard = queries.list_heard(signal_id=signal_id)
    Step.objects.filter(pk__in=[step.pk for step in heard]).update(note="")
    photos = [photo for step in heard for photo in queries.list_photos_with(step)]
    CasePhoto.objects.filter(document_id__in=photos).delete()
    return photos

"""Meetings over a month's paper: their minutes are kept with it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from anlan.cases.rules import local_date
from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer
from anlan.rollup.rules import read_month
from anlan.situation import queries
from anlan.situation.models import Minute
from anlan.situation.rules.papers import check_minute


@permits.scope
@transaction.atomic
def note_meeting(
    *,
    actor: Actor,
    place_code: str,
    month: str,
    held: date,
    present: str,
    decided: str,
    at: datetime,
) -> Minute:
    """Keep the minutes of a meeting over a paper: when, who by function, what was decided.

    Raises FindingUnknown (not one's place), MonthMalformed, MeetingUnfit, MinuteUnfit.
    """
    place = queries.find_paper_place(actor=actor, place_code=place_code)
    today = local_date(at, get_gazetteer().time_zone(place.id))
    present, decided = check_minute(present, decided, held=held, month=month, today=today)
    minute = Minute.objects.create(
        place_id=place.id, place_path=place.path, month_date=read_month(month)[0], held_date=held, present=present,
        decided=decided, noted_at=at,
    )  # fmt: skip
    ledger.write(
        actor=actor, what="minute.noted", about_kind="minute", about_id=minute.id, at=at,
        data={
            "place": place.code, "month": month, "held": str(held), "text": digest({"present": present, "decided": decided}),
        },
    )  # fmt: skip
    return minute

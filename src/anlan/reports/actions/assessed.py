"""Telling assessed places what stands on their cards and what became of their objections; the room of assessment itself knows no persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from anlan.assessment.queries import access_objection, list_published
from anlan.assessment.rules.objections import ABOVE, OPEN_STATES, READERS, objection_procedure
from anlan.cases.rules import local_date
from anlan.indicators.queries import get_register
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM
from anlan.notices.actions import notify
from anlan.notices.rules import Channel
from anlan.people.queries import list_holders
from anlan.places.queries import get_gazetteer
from anlan.reports.printing import words


@permits.inside
@transaction.atomic
def tell_cards(*, card_ids: Sequence[UUID], at: datetime) -> int:
    """Tell those who read for assessed places that their cards were published or corrected; give how many people. Once a card."""
    gazetteer = get_gazetteer()
    told = 0
    for card in list_published(card_ids=card_ids):
        people = list_holders(place_id=card.place_id, roles=READERS, at=at)
        if not people:
            continue
        place = gazetteer.place(card.place_id)
        with override(gazetteer.jurisdiction(place.id).locale):
            given = {
                "place": words.pick(place.name, place.name_en), "period": _period(card.period), "version": card.version,
                "reason": card.reason, "day": _last_day(card.objections_until, place.id),
            }  # fmt: skip
            subject = _("Score card of %(place)s, %(period)s") % given
            body = _("Published. The place can object to a figure by the end of %(day)s.") % given
            if card.version > 1:
                body = _("Corrected (version %(version)s). Why: %(reason)s") % given
        notify(
            channel=Channel.IN_APP, person_ids=people, subject=subject, body=body, at=at, about_kind="card", about_id=card.id,
            link=f"/desk/assessment/{card.scheme}/{place.code}/{card.period}", cause=f"card:{card.id}",
        )  # fmt: skip
        told += len(people)
    return told


@permits.inside
@transaction.atomic
def tell_objection(*, objection_id: UUID, at: datetime) -> int:
    """Tell those above an assessed place that an objection waits, or those who read for the place how it was answered; give how many people."""
    one = access_objection(actor=SYSTEM, objection_id=objection_id)
    gazetteer = get_gazetteer()
    place = gazetteer.place(one.card.place_id)
    is_open = one.state in OPEN_STATES
    people = (
        list_holders(place_id=place.parent_id, roles=ABOVE, at=at) if is_open and place.parent_id is not None
        else list_holders(place_id=place.id, roles=READERS, at=at)
    )  # fmt: skip
    if not people:
        return 0
    indicator = get_register(place.jurisdiction).get(one.indicator)
    state = objection_procedure(one.procedure_version).states[one.state]
    with override(gazetteer.jurisdiction(place.id).locale):
        given = {
            "place": words.pick(place.name, place.name_en), "period": _period(one.card.period),
            "indicator": words.pick(indicator.name, indicator.name_en), "state": words.pick(state.zh, state.en),
            "day": _last_day(one.due_at, place.id) if one.due_at else "",
        }  # fmt: skip
        subject = _("Objection of %(place)s to %(indicator)s, %(period)s: %(state)s") % given
        body = one.answer
        if is_open:
            body = _("It is to be decided by the end of %(day)s.") % given + f"\n{one.text}"
    notify(
        channel=Channel.IN_APP, person_ids=people, subject=subject, body=body, at=at, about_kind="objection", about_id=one.id,
        link=f"/desk/assessment/{one.card.scheme}/{place.code}/{one.card.period}", cause=f"objection:{one.id}:{one.state}",
    )  # fmt: skip
    return len(people)


def _period(period: str) -> str:
    """Name a month or a year."""
    if len(period) > 4:
        return words.show_month(period)
    return f"{period}年" if words.is_chinese() else period


def _last_day(instant: datetime, place_id: int) -> str:
    zone = get_gazetteer().time_zone(place_id)
    return words.show_day(str(local_date(instant - timedelta(seconds=1), zone)))

"""Objections: filed by the assessed place, decided above it; an accepted one corrects the group's cards from their frozen values."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.assessment import queries
from anlan.assessment.actions.publishing import freeze
from anlan.assessment.models import Card, Objection
from anlan.assessment.queries.cards import roles_above, roles_at
from anlan.assessment.rules import cards as card_rules
from anlan.assessment.rules import objections as rules
from anlan.assessment.rules.periods import months_of
from anlan.indicators.queries import get_register
from anlan.indicators.rules.register import Indicator
from anlan.kernel import events, permits
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer


@permits.scope
@transaction.atomic
def file_objection(
    *,
    actor: Actor,
    card_id: UUID,
    indicator: str,
    text: str,
    value: float | None = None,
    at: datetime,
) -> Objection:
    """Object to one indicator on the own place's card, with what should stand there if that is known.

    Raises CardUnknown, CardChanged, NotTheAssessed, ObjectionLate, IndicatorNotOnCard, ObjectionOpen, TextUnfit, ValueUnfit, PersonInCard.
    """
    card = queries.access_card(actor=actor, card_id=card_id, lock=True)
    if not card.is_current:
        raise rules.CardChanged()
    if not queries.may_object(actor=actor, place_path=card.place_path):
        raise rules.NotTheAssessed()
    if at >= card.objections_until:
        raise rules.ObjectionLate(until=f"{card.objections_until:%Y-%m-%d %H:%M} UTC")
    content = card_rules.read_card(card.content)
    if indicator not in {one.indicator for one in content.measured}:
        raise rules.IndicatorNotOnCard()
    if card.objections.filter(indicator=indicator, state__in=rules.OPEN_STATES).exists():
        raise rules.ObjectionOpen()
    text = rules.check_text(text)
    card_rules.check_no_person({"text": text})
    if value is not None:
        _check_value(_indicator_of(card, indicator), value)
    days = content.read_scheme().decide_days
    one = Objection.objects.create(
        card=card, place_path=card.place_path, indicator=indicator, value=value, text=text,
        procedure_version=rules.PROCEDURE_VERSION, state=rules.objection_procedure().initial, filed_at=at,
        due_at=rules.end_after(at, days, zone=get_gazetteer().time_zone(card.place_id)),
    )  # fmt: skip
    ledger.write(
        actor=actor, what="objection.filed", about_kind="objection", about_id=one.id, at=at,
        data={"card": str(card.id), "indicator": indicator, "text": digest({"text": text})},
    )  # fmt: skip
    events.emit(rules.ObjectionMoved(str(one.id)))
    return one


def _indicator_of(card: Card, code: str) -> Indicator:
    place = get_gazetteer().place(card.place_id)
    return get_register(place.jurisdiction).get(code)


def _check_value(indicator: Indicator, value: float) -> None:
    if not indicator.low <= value <= indicator.high:
        raise rules.ValueUnfit(low=f"{indicator.low:g}", high=f"{indicator.high:g}")


@permits.scope
@transaction.atomic
def decide_objection(
    *,
    actor: Actor,
    objection_id: UUID,
    move: str,
    note: str = "",
    value: float | None = None,
    at: datetime,
) -> Objection:
    """Accept an objection and correct the cards, refuse it with a reason, or take it back.

    value: what is right; without one the figure that stands now in the indicators. The group is scored again from the values frozen on its
    cards with only this one changed; every card that changes by it gets a version that says so.
    Raises ObjectionUnknown, CardChanged, MoveNotAllowed, MoveNotYours, MoveIncomplete, TextUnfit, ValueUnfit, NothingCorrected, PersonInCard.
    """
    one = queries.access_objection(actor=actor, objection_id=objection_id, lock=True)
    procedure = rules.objection_procedure(one.procedure_version)
    if move in procedure.moves and one.state not in procedure.moves[move].sources:
        raise rules.CardChanged()
    place_roles = roles_at(actor=actor, place_path=one.place_path)
    roles = (
        place_roles if move == "withdraw" else roles_above(actor=actor, place_path=one.place_path)
    )
    if actor.kind is ActorKind.SYSTEM and move in procedure.moves:
        roles = procedure.moves[move].roles
    made = procedure.check(one.state, move, roles=roles, given=["note"] if note.strip() else [])
    note = rules.check_text(note)
    card_rules.check_no_person({"note": note})
    if move == "accept":
        one.corrected, one.decided_value = _correct(actor, one, note, value, at)
    before, one.state = one.state, made.to or one.state
    one.answer, one.decided_at, one.due_at = note, at, None
    one.save()
    ledger.write(
        actor=actor, what=f"objection.{move}", about_kind="objection", about_id=one.id, at=at,
        data={
            "from": before, "to": one.state, "card": str(one.card_id), "corrected": str(one.corrected_id or ""),
            "note": digest({"note": note}),
        },
    )  # fmt: skip
    if move != "withdraw":
        events.emit(rules.ObjectionMoved(str(one.id)))
    return one


def _correct(
    actor: Actor, one: Objection, note: str, value: float | None, at: datetime
) -> tuple[Card, float | None]:
    """Score the group again with one value changed, and freeze what differs; give the place's corrected card."""
    gazetteer = get_gazetteer()
    place = gazetteer.place(one.card.place_id)
    indicator = get_register(place.jurisdiction).get(one.indicator)
    assert place.parent_id is not None
    peers = gazetteer.children(place.parent_id)
    standing = queries.list_current(
        places=peers, scheme=one.card.scheme, period=one.card.period, lock=True
    )
    contents = [card_rules.read_card(card.content) for card in standing]
    scheme = contents[0].read_scheme()
    register = get_register(place.jurisdiction)
    table = card_rules.table_of(contents, {code: register.get(code) for code in scheme.indicators})
    if value is not None:
        _check_value(indicator, value)
        table = table.with_value(one.indicator, place.code, value)
    else:
        group = queries.Group(gazetteer.place(place.parent_id), tuple(peers), scheme)
        now = queries.read_table(group, period=one.card.period)
        at_place = [named.code for named in now.places].index(place.code)
        table = table.with_cell(
            one.indicator, place.code, now.columns[one.indicator].cells[at_place]
        )
    made = card_rules.make_cards(
        scheme, table, period=one.card.period, of_months=len(months_of(one.card.period, scheme.term)), is_over=True,
        runs=queries.read_runs(places=peers, scheme=scheme, period=one.card.period), made_at=at.isoformat(timespec="seconds"),
    )  # fmt: skip
    differing = [
        card for card, old in zip(made, contents, strict=True) if card_rules.list_changes(old, card)
    ]
    if not any(card.place == place.code for card in differing):
        raise rules.NothingCorrected()
    frozen = freeze(actor=actor, made=differing, before=standing, reason=note, at=at)
    own = next(card for card in frozen if card.place_id == place.id)
    return own, value

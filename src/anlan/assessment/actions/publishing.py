"""Publication: the cards of a group are frozen together with the ledger's root; a corrected card says what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from anlan.assessment import queries
from anlan.assessment.models import Card
from anlan.assessment.rules import cards as card_rules
from anlan.assessment.rules import objections as rules
from anlan.assessment.rules.periods import PeriodNotOver
from anlan.kernel import events, permits
from anlan.kernel.actor import Actor
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.ledger.queries import get_root, get_size
from anlan.places.queries import get_gazetteer


@permits.scope
@transaction.atomic
def publish_cards(*, actor: Actor, scheme: str, place_code: str, period: str, at: datetime) -> int:
    """Publish the cards of the places below one for a period that is over; give how many.

    Raises CardUnknown, SchemeUnknown, NotAbove, PeriodMalformed, PeriodAhead, PeriodNotOver, AlreadyPublished, NothingToPublish, PersonInCard.
    """
    group = queries.find_group(actor=actor, code=scheme, place_code=place_code, period=period)
    if not queries.is_above(actor, group.parent):
        raise rules.NotAbove()
    made = queries.read_cards(group=group, period=period, at=at)
    if not made[0].is_over:
        raise PeriodNotOver(period=period)
    if queries.list_current(places=group.places, scheme=scheme, period=period):
        raise rules.AlreadyPublished(place=group.parent.name, period=period)
    made = [card for card in made if card.score is not None]
    if not made:
        raise rules.NothingToPublish(place=group.parent.name, period=period)
    freeze(actor=actor, made=made, before=[], reason="", at=at)
    return len(made)


def freeze(
    *,
    actor: Actor,
    made: Sequence[card_rules.Card],
    before: Sequence[Card],
    reason: str,
    at: datetime,
) -> list[Card]:
    """Keep cards with the ledger's root as versions of their own; those `before` end. Whoever calls has checked."""
    gazetteer = get_gazetteer()
    old = {one.place_id: one for one in before}
    size = get_size()
    root = get_root(size=size).hex()
    frozen = []
    for card in made:
        place = gazetteer.place_by_code(card.place)
        ended = old.get(place.id)
        if ended is not None:
            ended.is_current = False
            ended.save(update_fields=["is_current"])
        content = card.as_json()
        changes = (
            card_rules.list_changes(card_rules.read_card(ended.content), card) if ended else []
        )
        until = rules.end_after(
            at, card.read_scheme().objection_days, zone=gazetteer.time_zone(place.id)
        )
        frozen.append(
            Card(
                place_id=place.id, place_path=place.path, scheme=card.scheme["code"], period=card.period,
                version=ended.version + 1 if ended else 1, is_current=True, content=content, digest=digest(content),
                reason=reason, changes=[list(one) for one in changes], published_at=at, objections_until=until,
                ledger_size=size, ledger_root=root,
            )
        )  # fmt: skip
    Card.objects.bulk_create(frozen)
    ledger.write_many(
        actor=actor, what="card.published", about_kind="card", at=at,
        entries=[
            (
                one.id,
                {
                    "place": gazetteer.place(one.place_id).code, "scheme": one.scheme, "period": one.period, "version": one.version,
                    "digest": one.digest, "changes": len(one.changes),
                },
            )
            for one in frozen
        ],
    )  # fmt: skip
    events.emit(rules.CardsPublished(tuple(str(one.id) for one in frozen)))
    return frozen

"""Keeping a filter of the queue under a name, and dropping it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases.models import SavedFilter
from anlan.cases.rules import filters as rules
from anlan.kernel import permits
from anlan.kernel.actor import Actor, ActorKind
from anlan.ledger import actions as ledger


@permits.own
@transaction.atomic
def keep_filter(
    *, actor: Actor, name: str, fields: Mapping[str, str], is_lent: bool, at: datetime
) -> SavedFilter:
    """Keep a filter; one of the same name is replaced. is_lent: the whole desk of the place sees it.

    Raises FilterNameMissing, FilterEmpty, FiltersTooMany, LendingNotYours, FilterUnknown (no person).
    """
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise rules.FilterUnknown()
    kept_name, kept_fields = rules.check_name(name), rules.check_fields(fields)
    lent_to = rules.lends_to(actor) if is_lent else ""
    mine = SavedFilter.objects.filter(person_id=actor.id)
    if not mine.filter(name=kept_name).exists() and mine.count() >= rules.FILTERS_LIMIT:
        raise rules.FiltersTooMany(limit=rules.FILTERS_LIMIT)
    kept, _is_new = SavedFilter.objects.update_or_create(
        person_id=actor.id,
        name=kept_name,
        defaults={"fields": kept_fields, "lent_to": lent_to, "kept_at": at},
    )
    _write(actor, kept, "filter.kept", at)
    return kept


@permits.own
@transaction.atomic
def drop_filter(*, actor: Actor, filter_id: UUID, at: datetime) -> None:
    """Drop a filter of one's own. Raises FilterUnknown, also for somebody else's."""
    mine = SavedFilter.objects.filter(pk=filter_id)
    kept = mine.filter(person_id=actor.id).first() if actor.id else None
    if kept is None:
        raise rules.FilterUnknown()
    _write(actor, kept, "filter.dropped", at)
    kept.delete()


@permits.inside
def forget_filters(*, person_id: UUID) -> None:
    """Drop all filters of an account whose holder is erased; for `privacy`."""
    SavedFilter.objects.filter(person_id=person_id).delete()


def _write(actor: Actor, kept: SavedFilter, what: str, at: datetime) -> None:
    # Without the words looked for: they may name somebody, and the ledger never forgets.
    ledger.write(
        actor=actor, what=what, about_kind="filter", about_id=kept.id,
        data={"lent_to": kept.lent_to, "fields": sorted(kept.fields)}, at=at,
    )  # fmt: skip

"""Run cards, in memory, and the card of a case."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Count, Max

from anlan.cases.models import Case, CaseSignal
from anlan.cases.queries import get_catalogue
from anlan.dispatch import models, rules
from anlan.kernel.actor import Role
from anlan.kernel.snapshots import Snapshot


def _load() -> Mapping[str, tuple[rules.RunCard, ...]]:
    cards: dict[str, list[rules.RunCard]] = {}
    for row in models.RunCard.objects.prefetch_related("needs").order_by("id"):
        needs = tuple(
            rules.Need(
                role=Role(need.role), count=need.count, department=need.department,
                ack_minutes=need.ack_minutes, arrive_minutes=need.arrive_minutes,
            )
            for need in sorted(row.needs.all(), key=lambda need: need.number)
        )  # fmt: skip
        cards.setdefault(row.jurisdiction_id, []).append(
            rules.RunCard(
                code=row.code, needs=needs, channel=row.channel, matter_class=row.matter_class,
                family=row.family, matter=row.matter, level=row.level,
                one_is_enough=row.one_is_enough,
                minutes_per_km=row.minutes_per_km, source=row.source, confidence=row.confidence,
            )
        )  # fmt: skip
    return {jurisdiction: tuple(found) for jurisdiction, found in cards.items()}


def _version() -> int:
    """Change with the cards: loading them again gives them new ids."""
    row = models.RunCard.objects.aggregate(last=Max("id"), number=Count("id"))
    return hash((row["last"], row["number"]))


_cards = Snapshot(_load, _version)
forget_run_cards = _cards.forget


def list_run_cards(*, jurisdiction: str) -> tuple[rules.RunCard, ...]:
    """List the run cards of a jurisdiction, from memory."""
    return _cards.get().get(jurisdiction, ())


def get_run_card(*, case: Case, channel: str | None = None) -> rules.RunCard:
    """Choose the run card of a case, by its matter and level and by the channel that opened it.

    channel: that of the case's first signal, where the caller knows it; else one statement asks.
    """
    matter = get_catalogue().matters[case.matter_id]
    cards = list_run_cards(jurisdiction=matter.jurisdiction)
    if channel is None and any(card.channel for card in cards):
        channels = CaseSignal.objects.filter(case_id=case.id).order_by("joined_at", "signal_id")
        channel = channels.values_list("signal__channel", flat=True).first()
    return rules.choose_card(cards, matter=matter, level=case.level, channel=channel or "")

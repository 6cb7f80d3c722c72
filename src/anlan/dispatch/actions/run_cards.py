"""Loading the run cards of a jurisdiction from its file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from django.db import transaction

from anlan.cases.models import Matter
from anlan.cases.rules import Level, MatterClass
from anlan.dispatch import queries, rules
from anlan.dispatch.models import RunCard, RunCardNeed
from anlan.intake.rules import Channel
from anlan.kernel import permits
from anlan.kernel.actor import Role
from anlan.kernel.reading import YamlUnreadable, read_yaml
from anlan.places.models import Department

FILE = "runcards.yaml"
_CARD_FIELDS = {
    "code", "channel", "class", "family", "matter", "level", "one_is_enough", "minutes_per_km",
    "needs", "source", "confidence",
}  # fmt: skip
_NEED_FIELDS = {"role", "count", "department", "ack_minutes", "arrive_minutes"}


@permits.inside
@transaction.atomic
def load_run_cards(*, jurisdiction: str, folder: Path) -> int:
    """Load `runcards.yaml` in place of the cards that were; give their number.

    The catalogue is loaded before: cards name its matters. Raises RunCardsBroken, and then nothing
    has changed.
    """
    cards = _read(folder / FILE)
    known = _known_words(jurisdiction)
    for card in cards:
        for field, wanted in known.items():
            value = getattr(card, field)
            if value and value not in wanted:
                raise _broken(card.code, f"{field}: there is no {value!r}")
        for need in card.needs:
            if need.department and need.department not in {
                *known_departments(jurisdiction), rules.MATTERS_DEPARTMENT,
            }:  # fmt: skip
                raise _broken(card.code, f"department: there is no {need.department!r}")
    _check_once(cards)
    RunCard.objects.filter(jurisdiction_id=jurisdiction).delete()
    rows = RunCard.objects.bulk_create(
        RunCard(
            jurisdiction_id=jurisdiction, code=card.code, channel=card.channel,
            matter_class=card.matter_class, family=card.family, matter=card.matter,
            level=card.level, one_is_enough=card.one_is_enough,
            minutes_per_km=card.minutes_per_km, source=card.source,
            confidence=card.confidence,
        )
        for card in cards
    )  # fmt: skip
    RunCardNeed.objects.bulk_create(
        RunCardNeed(
            card=row, number=number, role=need.role, department=need.department,
            count=need.count, ack_minutes=need.ack_minutes, arrive_minutes=need.arrive_minutes,
        )
        for row, card in zip(rows, cards, strict=True)
        for number, need in enumerate(card.needs, start=1)
    )  # fmt: skip
    transaction.on_commit(queries.forget_run_cards)
    return len(cards)


def known_departments(jurisdiction: str) -> set[str]:
    """Give the codes of a jurisdiction's departments."""
    found = Department.objects.filter(jurisdiction_id=jurisdiction)
    return set(found.values_list("code", flat=True))


def _known_words(jurisdiction: str) -> dict[str, set[str]]:
    # From the table: another process may have loaded the catalogue a moment ago.
    offered = list(Matter.objects.filter(jurisdiction_id=jurisdiction, is_active=True))
    return {
        "channel": set(Channel),
        "matter_class": set(MatterClass),
        "family": {m.family for m in offered},
        "matter": {m.code for m in offered},
        "level": set(Level),
    }


def _broken(card: object, problem: str) -> rules.RunCardsBroken:
    return rules.RunCardsBroken(file=FILE, card=card, problem=problem)


def _read(path: Path) -> list[rules.RunCard]:
    try:
        file = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YamlUnreadable) as wrong:
        where = wrong.where if isinstance(wrong, YamlUnreadable) else "-"
        problem = wrong.problem if isinstance(wrong, YamlUnreadable) else str(wrong)
        raise _broken(where, problem) from wrong
    try:
        shared = {"source": file["source"], "confidence": file["confidence"]}
        return [_card(number, shared | row) for number, row in enumerate(file["cards"], start=1)]
    except (KeyError, TypeError) as wrong:
        raise _broken("-", repr(wrong)) from wrong


def _card(number: int, row: dict[str, Any]) -> rules.RunCard:
    name = row.get("code", number)
    if unknown := sorted(str(field) for field in set(row) - _CARD_FIELDS):
        raise _broken(name, f"unknown fields: {', '.join(unknown)}")
    try:
        card = rules.RunCard(
            code=_text(row, "code", 64), channel=_text(row, "channel", 16),
            matter_class=_text(row, "class", 16), family=_text(row, "family", 64),
            matter=_text(row, "matter", 64), level=_text(row, "level", 16),
            one_is_enough=_flag(row.get("one_is_enough", False)),
            minutes_per_km=_pace(row.get("minutes_per_km", rules.MINUTES_PER_KM)),
            needs=tuple(_need(name, need) for need in row["needs"]),
            source=_text(row, "source", 300), confidence=_share(row["confidence"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise _broken(name, repr(wrong)) from wrong
    if not card.code or not card.source or not card.needs:
        raise _broken(name, "a code, a source and at least one need are needed")
    return card


def _need(card: object, row: dict[str, Any]) -> rules.Need:
    if unknown := sorted(str(field) for field in set(row) - _NEED_FIELDS):
        raise _broken(card, f"unknown fields: {', '.join(unknown)}")
    role = Role(row["role"])
    if role not in rules.RESPONDER_ROLES:
        raise _broken(card, f"{role} is not sent anywhere")
    return rules.Need(
        role=role, count=_number(row["count"], rules.COUNT_LIMIT),
        department=_text(row, "department", 32),
        ack_minutes=_minutes(row.get("ack_minutes")),
        arrive_minutes=_minutes(row.get("arrive_minutes")),
    )  # fmt: skip


def _minutes(value: object) -> int | None:
    return None if value is None else _number(value, rules.MINUTES_LIMIT)


def _number(value: object, limit: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= limit:
        raise ValueError(f"{value!r} is not a whole number from 1 to {limit}")
    return value


def _pace(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 60:
        raise ValueError(f"minutes_per_km {value!r} is not above 0 and at most 60")
    return float(value)


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"confidence {value!r} is no number")
    if not 0 <= value <= 1:
        raise ValueError(f"confidence {value!r} is not from 0 to 1")
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _text(row: dict[str, Any], field: str, limit: int) -> str:
    value = row.get(field, "")
    if not isinstance(value, str) or not value.isprintable() or len(value) > limit:
        raise ValueError(f"{field}: {value!r} is no line of at most {limit} characters")
    return value


def _check_once(cards: list[rules.RunCard]) -> None:
    codes: set[str] = set()
    asked: dict[tuple[str, ...], str] = {}
    for card in cards:
        wanted = (card.channel, card.matter_class, card.family, card.matter, card.level)
        if card.code in codes:
            raise _broken(card.code, "the code is there twice")
        if wanted in asked:
            raise _broken(card.code, f"asks for the same cases as {asked[wanted]}")
        codes.add(card.code)
        asked[wanted] = card.code

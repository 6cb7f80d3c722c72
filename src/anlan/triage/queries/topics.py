"""Reads about hot topics: what they are found from, and what an actor may see of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from anlan.cases.models import Case, CaseSignal
from anlan.cases.queries import get_catalogue
from anlan.kernel.actor import Actor
from anlan.kernel.errors import NotFound
from anlan.places.queries import get_gazetteer
from anlan.places.rules import Gazetteer
from anlan.triage.classifier.grams import normalise
from anlan.triage.models import Topic, TopicMember
from anlan.triage.rules.topics import (
    LEAST,
    Heard,
    Trend,
    common_place,
    count_windows,
    tell_trend,
)
from anlan.triage.rules.topics.labels import SAID_BY

WINDOWS_DAYS = (7, 30)
HEARD_LIMIT = 100_000
CASES_LIMIT = 200


class TopicUnknown(NotFound):
    """There is no such topic in your places any more. Topics are found anew every hour."""


@dataclass(frozen=True, slots=True)
class SeenTopic:
    """A topic as far as an actor sees it. Counts are of signals in the window and in the one before.

    phrases: those that stand in enough signals that the actor sees. place_id: the lowest place that
    all seen signals of the window lie in; None where they have none in common. matter_id: the most
    frequent one.
    """

    key: UUID
    phrases: tuple[str, ...]
    matter_id: int
    place_id: int | None
    first_at: datetime
    last_at: datetime
    count: int
    before: int
    trend: Trend
    cases_count: int


@dataclass(frozen=True, slots=True)
class _Member:
    key: UUID
    phrases: list[str]
    at: datetime
    case_id: UUID
    matter_id: int
    place_id: int
    text: str


def list_heard(*, jurisdiction: str, since: datetime) -> list[tuple[Heard, UUID, UUID]]:
    """List the signals received after an instant as (what topics hear, signal, case).

    What a file brought counts from when its case was opened: taking in last year makes nothing talked about today.
    """
    gazetteer, matters = get_gazetteer(), get_catalogue().matters
    found = (
        CaseSignal.objects.filter(signal__received_at__gt=since, joined_at__gt=since)
        .exclude(signal__text="")
        .exclude(case__state="DECLINED")
        .order_by("-signal__received_at", "-signal_id")
        .values_list(
            "signal_id", "case_id", "case__matter_id", "signal__text", "signal__place_id",
            "signal__received_at", "joined_at",
        )
    )  # fmt: skip
    heard = []
    for signal_id, case_id, matter_id, text, place_id, received_at, joined_at in found[
        :HEARD_LIMIT
    ]:
        matter = matters.get(matter_id)
        if matter is None or matter.jurisdiction != jurisdiction:
            continue
        town, village = _town_and_village(gazetteer, place_id)
        places = tuple(place.id for place in gazetteer.lineage(place_id))
        family, at = matter.family or matter.code, min(received_at, joined_at)
        one = Heard(
            str(signal_id), text, family, at, places, town=town, village=village, matter=matter.code
        )
        heard.append((one, signal_id, case_id))
    return heard


def _town_and_village(gazetteer: Gazetteer, place_id: int) -> tuple[int, int]:
    """Find the places two levels and one above the lowest one, 0 where the place lies higher."""
    levels = [level.code for level in gazetteer.jurisdiction(place_id).levels]
    at = {place.level: place.id for place in gazetteer.lineage(place_id)}
    if len(levels) < 3:
        return 0, 0
    return at.get(levels[-3], 0), at.get(levels[-2], 0)


def list_topics(*, actor: Actor, days: int, at: datetime) -> list[SeenTopic]:
    """List the topics of the last days in an actor's places, the largest first.

    Counted and named from the signals that the actor may see. One statement.
    """
    window = timedelta(days=days)
    members = (
        TopicMember.objects.filter(at__gt=at - 2 * window, at__lte=at)
        .filter(case__in=Case.objects.visible_to(actor))
        .values_list(
            "topic__key", "topic__phrases", "at", "case_id", "case__matter_id",
            "signal__place_id", "signal__text",
        )
    )  # fmt: skip
    by_topic: dict[UUID, list[_Member]] = defaultdict(list)
    for row in members:
        member = _Member(*row)
        by_topic[member.key].append(member)
    seen = [
        _see(key, rows, at=at, window=window)
        for key, rows in by_topic.items()
        if sum(row.at > at - window for row in rows) >= LEAST
    ]
    return sorted(seen, key=lambda one: (-one.count, one.before, one.key))


def _see(key: UUID, rows: list[_Member], *, at: datetime, window: timedelta) -> SeenTopic:
    gazetteer = get_gazetteer()
    now = [row for row in rows if row.at > at - window]
    texts = {normalise(row.text) for row in rows}
    count, before = count_windows([row.at for row in rows], at=at, window=window)
    matters = Counter(row.matter_id for row in now)
    return SeenTopic(
        key=key,
        phrases=tuple(
            phrase for phrase in rows[0].phrases if sum(phrase in text for text in texts) >= SAID_BY
        ),
        matter_id=min(matters, key=lambda matter: (-matters[matter], matter)),
        place_id=common_place(
            [tuple(place.id for place in gazetteer.lineage(row.place_id)) for row in now]
        ),
        first_at=min(row.at for row in now),
        last_at=max(row.at for row in now),
        count=count,
        before=before,
        trend=tell_trend(count, before),
        cases_count=len({row.case_id for row in now}),
    )


def list_topic_cases(*, actor: Actor, key: UUID, days: int, at: datetime) -> list[Case]:
    """List the cases of a topic that an actor may see, the newest first, at most 200.

    Raises TopicUnknown.
    """
    members = TopicMember.objects.filter(
        topic__key=key, at__gt=at - timedelta(days=days), at__lte=at
    )
    found = Case.objects.visible_to(actor).filter(pk__in=members.values("case_id"))
    cases = list(found.order_by("-opened_at", "-id")[:CASES_LIMIT])
    if not cases:
        raise TopicUnknown()
    return cases


def find_newest_search() -> datetime | None:
    """Tell when topics were last looked for, as far as any that the caller sees was found."""
    return Topic.objects.order_by("-found_at").values_list("found_at", flat=True).first()

"""Hot topics: clusters of near-same signals, by matter family, place and words. No clock, no database.

Topics are about matters and places. Nothing here knows who wrote a signal; a phrase becomes a label only
when it stands in several different texts, holds no digit, names nobody by title, and says nothing of
petitions, assembly or speech. The same signals give the same topics, in whatever order they come.
Algorithm page: docs/algorithms/hot-topics.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from anlan.triage.classifier.grams import normalise
from anlan.triage.rules.topics.clusters import cluster, weigh
from anlan.triage.rules.topics.hearing import Heard, common_place
from anlan.triage.rules.topics.labels import Spoken, is_fit_to_show, label

__all__ = [
    "LEAST",
    "Heard",
    "Topic",
    "Trend",
    "common_place",
    "count_windows",
    "find_topics",
    "is_fit_to_show",
    "tell_trend",
]

LEAST = 5
"""Signals that make a topic."""
READ_CHARACTERS = 160
TOPICS_LIMIT = 1000
ONE_MATTER = 0.5
"""Share of a topic that is about one matter; else only a way of writing is shared."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Near-same signals, the earliest first; `key` is the earliest one's id. `phrases`: what many say."""

    key: str
    family: str
    phrases: tuple[str, ...]
    members: tuple[str, ...]


class Trend(StrEnum):
    """How a topic goes, against the window before."""

    NEW = "NEW"
    RISING = "RISING"
    STEADY = "STEADY"
    FALLING = "FALLING"


def find_topics(heard: Iterable[Heard], *, least: int = LEAST) -> list[Topic]:
    """Find the topics among signals, the largest first.

    least: signals, and of these at least three different texts, that make a topic.
    """
    # One order, whatever order they came in: every step below is a function of it.
    signals = sorted(heard, key=lambda one: (one.at, one.id))
    texts = [normalise(one.text)[:READ_CHARACTERS] for one in signals]
    rows = weigh(texts)
    if rows is None:
        return []
    families: dict[str, list[int]] = {}
    for index, one in enumerate(signals):
        families.setdefault(one.family, []).append(index)
    clusters = [
        (family, members)
        for family, block in sorted(families.items())
        if len(block) >= least
        for members in cluster(np.array(block), signals, rows, least=least)
    ]
    clusters.sort(key=lambda pair: -len(pair[1]))
    spoken = Spoken(signals, texts)
    found = []
    for family, members in clusters[:TOPICS_LIMIT]:
        matters = Counter(signals[index].matter for index in members)
        if max(matters.values()) < ONE_MATTER * len(members):
            continue
        if phrases := label(members, signals, texts, spoken):
            ids = tuple(signals[index].id for index in members)
            found.append(Topic(ids[0], family, phrases, ids))
    return sorted(found, key=lambda topic: (-len(topic.members), topic.key))


def tell_trend(count: int, before: int) -> Trend:
    """Tell how a topic goes: half as much again, and three signals more, is rising.

    >>> [tell_trend(now, before).value for now, before in ((5, 0), (9, 6), (8, 6), (4, 6), (3, 6))]
    ['NEW', 'RISING', 'STEADY', 'STEADY', 'FALLING']
    """
    if not before:
        return Trend.NEW
    if count >= 1.5 * before and count >= before + 3:
        return Trend.RISING
    if before >= 1.5 * count and before >= count + 3:
        return Trend.FALLING
    return Trend.STEADY


def count_windows(
    instants: Iterable[datetime], *, at: datetime, window: timedelta
) -> tuple[int, int]:
    """Count instants in the window that ends at `at`, and in the one before it."""
    listed = list(instants)
    now = sum(at - window < instant <= at for instant in listed)
    return now, sum(at - 2 * window < instant <= at - window for instant in listed)

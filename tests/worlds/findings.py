"""Weekly figures and findings of the small world, synthetic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from anlan.cases.queries import get_catalogue
from anlan.places.queries import get_gazetteer
from anlan.rollup.models import Daily
from anlan.situation.models import Finding
from anlan.situation.rules.findings import DECIDE_WITHIN
from tests.make import GRID, NOW, VILLAGE, World

WEEK = date(2026, 3, 2)
"""The newest week that is over at NOW."""


def matter_id(code: str = "STREET_LAMP") -> int:
    return next(m.id for m in get_catalogue().matters.values() if m.code == code)


def fill_weeks(counts: Sequence[int], *, place: str = GRID, matter: str = "STREET_LAMP") -> None:
    """Let cases be counted at a grid, by week, on its Wednesday; the last one is WEEK."""
    first = WEEK - timedelta(days=7 * (len(counts) - 1))
    place_id = get_gazetteer().place_by_code(place).id
    Daily.objects.bulk_create(
        Daily(
            place_id=place_id, matter_id=matter_id(matter), opened=count,
            date=first + timedelta(days=7 * index + 2),
        )
        for index, count in enumerate(counts)
        if count
    )  # fmt: skip


def make_finding(world: World, *, place: str = VILLAGE, **given: Any) -> Finding:
    """Make a finding as a review would have."""
    found = get_gazetteer().place_by_code(place)
    values: dict[str, Any] = {
        "place_id": found.id, "place_path": found.path, "matter_id": matter_id(), "week_date": WEEK,
        "method": "WEEKS", "observed": 21, "expected": 3.4, "bound": 8.2, "p_value": 0.00004,
        "adjusted": 0.003, "found_at": NOW, "procedure_version": 1, "state": "PROPOSED",
        "history": [[3 + index % 3, None if index < 10 else 7.5] for index in range(51)] + [[21, 8.2]],
        "due_at": NOW + DECIDE_WITHIN,
    }  # fmt: skip
    return Finding.objects.create(**values | given)

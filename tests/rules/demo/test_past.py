"""The demo's past: the same for the same seed, with a rhythm, and nothing in it that has not happened yet."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import yaml

from anlan.demo import past, rhythm
from anlan.demo.past import RISES, Row, Town
from anlan.demo.phrases import read_wordings
from tests.house.floors import SOURCE

CATALOGUE = SOURCE / "jurisdictions" / "cn-zhejiang" / "matters.yaml"
MATTERS = read_wordings(yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["matters"])
FIRST, NOW = date(2025, 9, 1), datetime.fromisoformat("2026-11-28T10:30:00")
LIVE = NOW - timedelta(days=24)


def draw(seed: int = 1) -> list[Row]:
    grid: Any = None  # rows only carry it
    towns = [
        Town(RISES[0].town, 3.0, (grid,), NOW), Town(RISES[1].town, 3.0, (grid,), NOW), Town("PLAYED", 9.0, (grid,), LIVE),
        Town("OTHER", 12.0, (grid,), NOW),
    ]  # fmt: skip
    return list(past.draw_rows(towns, MATTERS, first=FIRST, now=NOW, seed=seed))


ROWS = draw()


def test_the_same_seed_gives_the_same_past() -> None:
    assert draw() == ROWS
    assert draw(2) != ROWS


def test_nothing_has_not_happened_yet() -> None:
    assert all(
        row.opened < NOW and (row.closed is None or row.opened <= row.closed < NOW) for row in ROWS
    )
    assert ROWS[0].opened.date() == FIRST
    assert [row.opened for row in ROWS] == sorted(row.opened for row in ROWS)
    assert len({row.reference for row in ROWS}) == len(ROWS)
    assert all(row.reference.startswith("SYNTHETIC-") for row in ROWS)


def test_days_and_seasons_have_their_shape() -> None:
    weekdays = Counter(row.opened.weekday() for row in ROWS)
    assert min(weekdays, key=weekdays.__getitem__) == 6
    hours = Counter(row.opened.hour for row in ROWS)
    assert hours[9] > 5 * hours[3]
    icy = Counter(row.opened.month for row in ROWS if row.matter == "SNOW_ICE")
    assert set(icy) <= {10, 11, 12, 1, 2, 3, 4}
    assert rhythm.weigh_day(date(2026, 7, 13)) > rhythm.weigh_day(date(2026, 1, 12))


def test_a_rise_is_in_its_weeks_and_nowhere_else() -> None:
    monday = NOW.date() - timedelta(days=NOW.weekday())
    weeks = Counter(
        (monday - row.opened.date()).days // 7 + 1 for row in ROWS if row.matter == RISES[0].matter
    )
    assert weeks[5] > max(count for ago, count in weeks.items() if ago > 8) + 3


def test_what_is_left_open_is_of_late_and_little() -> None:
    left = [row for row in ROWS if row.closed is None]
    assert left
    assert len(left) < len(ROWS) / 50
    assert min(row.opened for row in left) > NOW - timedelta(days=60)

"""The past that the demo county brings along: fourteen months of closed matters, taken in as a file like any county's.

A county that moves in exports what its old system holds and imports it under a mapping; so does the demo. Every row is made up by a
seed, and its reference says so. In one town one matter rises some weeks ago, in another in the newest week: nobody tells the watch.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import yaml

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.rules import Given, local_date
from anlan.demo import phrases, rhythm
from anlan.demo.figures import MONTHS
from anlan.indicators.rules import months
from anlan.kernel.actor import SYSTEM, Actor
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.triage import actions as triage

SEED = 330683
COLUMNS = ("reference", "text", "place", "matter", "lon", "lat", "opened", "closed")
FORM = "%Y-%m-%dT%H:%M:%S"
HOURS_TO_CLOSE = {"URGENT": 1.2, "ORDINARY": 27.0, "COMPLEX": 110.0}
"""Medians; how far they spread is SPREAD, of the logarithm."""
SPREAD = 0.7
SLOW = {"330681104": 2.1, "330681103": 1.8}
"""Towns that take longer, and how many times as long: something for the slow links, and for the towns' scores."""
FASTER = (1.25, 0.9)
"""How long things took at the beginning and take now, of the usual: the county has become quicker."""
LEFT_OPEN, LEFT_OPEN_DAYS = 0.02, 25
ACCEPTED_AFTER = (4, 9, 15, 30, 50, 95)


@dataclass(frozen=True, slots=True)
class Rise:
    """A matter that becomes more in a town. weeks: how many weeks ago, and how many reports more than usual then."""

    town: str
    matter: str
    weeks: Mapping[int, int]


RISES = (
    Rise("330681104", "EBIKE_STAIRWELL", {5: 11, 4: 14, 3: 9, 2: 3}),
    Rise("330681005", "NOISE_FACTORY", {1: 12}),
)


@dataclass(frozen=True, slots=True)
class Town:
    """Where things happen. rate: reports a usual day. until: local instant from which its life is played, not imported."""

    code: str
    rate: float
    grids: Sequence[PlaceInfo]
    until: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A matter of the old system. Instants are local, without a zone, as such exports have them."""

    reference: str
    text: str
    grid: PlaceInfo
    matter: str
    opened: datetime
    closed: datetime | None

    def cells(self) -> list[object]:
        """Give it as a line of the file."""
        return [
            self.reference, self.text, self.grid.code, self.matter, self.grid.lon, self.grid.lat,
            self.opened.strftime(FORM), self.closed.strftime(FORM) if self.closed else "",
        ]  # fmt: skip


def draw_rows(
    towns: Sequence[Town], matters: Sequence[phrases.Wording], *, first: date, now: datetime, seed: int = SEED
) -> Iterator[Row]:  # fmt: skip
    """Draw all rows since a day, the oldest first. now: local, without a zone."""
    chance = random.Random(seed)  # noqa: S311 – the same demo for the same seed is meant
    usual = rhythm.rank_weights(len(matters), chance)
    by_code = {matter.code: matter for matter in matters}
    days = list(rhythm.days_between(first, now.date()))
    number, weights, weighed = 0, [], 0
    for nth, day in enumerate(days):
        if weighed != day.month:
            weighed = day.month
            weights = [
                share * rhythm.weigh_matter(matter, weighed)
                for share, matter in zip(usual, matters, strict=True)
            ]
        weight = rhythm.weigh_day(day) * chance.lognormvariate(0, 0.12)
        happened: list[tuple[datetime, Town, phrases.Wording]] = []
        for town in towns:
            count = rhythm.draw_count(town.rate * weight, chance)
            of = chance.choices(matters, weights, k=count)
            of += [by_code[code] for code in _list_risen(town, day, now.date(), chance)]
            happened += [(datetime.combine(day, rhythm.draw_time(chance)), town, one) for one in of]
        slack = FASTER[0] + (FASTER[1] - FASTER[0]) * nth / len(days)
        for opened, town, matter in sorted(happened, key=lambda one: one[0]):
            if opened >= min(now, town.until):
                continue
            number += 1
            hours = HOURS_TO_CLOSE[matter.level] * chance.lognormvariate(0, SPREAD) * slack
            closed = opened + timedelta(hours=hours * SLOW.get(town.code, 1.0))
            is_left = (now - opened).days < LEFT_OPEN_DAYS and chance.random() < LEFT_OPEN
            if town.until < now and (closed >= now or is_left):
                continue  # open matters of the town that is played are played
            yield Row(
                f"SYNTHETIC-P{number:05}",
                phrases.synthetic_text(matter, chance, phrases.Templates.CHECKING),
                chance.choice(town.grids), matter.code, opened,
                None if is_left or closed >= now else closed.replace(microsecond=0),
            )  # fmt: skip


def _list_risen(town: Town, day: date, today: date, chance: random.Random) -> Iterator[str]:
    """The reports of a day that are more than usual."""
    monday = today - timedelta(days=today.weekday())
    weeks_ago = -((day - monday).days // 7)
    for rise in RISES:
        if rise.town == town.code and weeks_ago in rise.weeks:
            for _ in range(rhythm.draw_count(rise.weeks[weeks_ago] / 7, chance)):
                yield rise.matter


def bring_along(
    *, county: str, played: Mapping[str, Sequence[str]], rate: float, played_rate: float, played_since: datetime,
    matters: Sequence[phrases.Wording], centre: Actor, at: datetime,
) -> int:  # fmt: skip
    """Import the county's past as of `at` (UTC), and let the centre accept what is still open; give how many were taken.

    played: by town, the villages where life is played from `played_since` on, at `played_rate` a day; the other towns have `rate` together.
    """
    gazetteer = get_gazetteer()
    home = gazetteer.place_by_code(county)
    zone = gazetteer.time_zone(home.id)
    here = ZoneInfo(zone)
    now = at.astimezone(here).replace(tzinfo=None, microsecond=0)
    newest = months.newest_over(local_date(at, zone))
    first = months.first_of(months.months_before(newest, MONTHS - 1))
    grids = {
        town.code: [
            grid
            for village in gazetteer.children(town.id)
            if village.code in played.get(town.code, (village.code,))
            for grid in gazetteer.children(village.id)
        ]
        for town in gazetteer.children(home.id)
    }
    others = sum(len(inside) for code, inside in grids.items() if code not in played)
    towns = [
        Town(code, played_rate, inside, played_since.astimezone(here).replace(tzinfo=None))
        if code in played
        else Town(code, rate * len(inside) / others, inside, now)
        for code, inside in grids.items()
        if inside
    ]
    with TemporaryDirectory() as folder:
        file, mapping = Path(folder) / "past.csv", Path(folder) / "past.yaml"
        with file.open("w", encoding="utf-8", newline="") as out:
            lines = csv.writer(out)
            lines.writerow(COLUMNS)
            lines.writerows(row.cells() for row in draw_rows(towns, matters, first=first, now=now))
        mapping.write_text(
            yaml.safe_dump(make_mapping(home.jurisdiction, zone, matters)), encoding="utf-8"
        )
        taken = triage.import_signals(actor=SYSTEM, path=file, mapping_path=mapping, at=at)
    _accept_open(centre, at)
    return taken.taken


def make_mapping(
    jurisdiction: str, zone: str, matters: Sequence[phrases.Wording]
) -> dict[str, object]:
    """Give the mapping under which the file is read (docs/reference/import-mapping.md)."""
    return {
        "jurisdiction": jurisdiction,
        "time_zone": zone,
        "fields": {
            "external_ref": {"column": "reference"},
            "text": {"columns": ["text"]},
            "place": {"column": "place"},
            "matter": {"column": "matter", "values": {one.code: one.code for one in matters}},
            "point": {"lon": "lon", "lat": "lat"},
            "opened_date": {"column": "opened", "format": FORM},
            "closed_date": {"column": "closed", "format": FORM},
        },
    }


def _accept_open(centre: Actor, at: datetime) -> None:
    """Let the centre accept what came open, some minutes after it was opened."""
    chance = random.Random(SEED)  # noqa: S311 – the same demo for the same seed is meant
    for case_id, opened_at in (
        Case.objects.filter(state="RECEIVED").order_by("opened_at", "id").values_list("id", "opened_at")
    ):  # fmt: skip
        accepted_at = opened_at + timedelta(minutes=chance.choice(ACCEPTED_AFTER))
        if accepted_at < at:
            cases.move_case(
                actor=centre, case_id=case_id, move="accept", given=Given(), at=accepted_at
            )

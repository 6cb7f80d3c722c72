"""Puts a day together and plays it: people, reports, the day, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from anlan.demo.phrases import Templates, Wording, synthetic_reports
from anlan.places.queries import get_gazetteer
from anlan.simulation.cast import open_accounts
from anlan.simulation.day import Day, Tell
from anlan.simulation.judging import Judgement, judge
from anlan.simulation.script import Script
from anlan.simulation.storm import Dealt

STORM_WORDS = ("倒", "树", "积水", "停电", "塌", "漏", "路灯", "水管", "电线", "危房", "大坑")


@dataclass(frozen=True, slots=True)
class Played:
    """A day that has been played. refused: late answers that were refused, by the error's name.

    dealt: what came of the storm's batches.
    """

    judgement: Judgement
    reports: int
    repeated: int
    unanswered: int
    refused: dict[str, int]
    dealt: Dealt


def play(
    script: Script,
    wordings: Sequence[Wording],
    tell: Tell = lambda share: None,
    *,
    with_ledger: bool = True,
) -> Played:
    """Play a day in an instance that has places, catalogue and classifier, and no cases."""
    cast = open_accounts(script)
    zone = get_gazetteer().time_zone(get_gazetteer().place_by_code(script.county).id)
    arrivals = script.arrivals(script.starts_at.astimezone(ZoneInfo(zone)).hour)
    stormy = [
        w for w in wordings if any(word in said for said in w.phrases for word in STORM_WORDS)
    ]
    calm_texts = iter(
        synthetic_reports(wordings, len(arrivals), script.seed, templates=Templates.CHECKING)
    )
    storm_texts = iter(
        synthetic_reports(
            stormy or wordings, len(arrivals), script.seed + 1, templates=Templates.CHECKING
        )
    )
    reports = [next(storm_texts if is_storm else calm_texts) for _at, is_storm in arrivals]
    day = Day(script, cast, reports)
    day.play([at for at, _is_storm in arrivals], tell)
    return Played(
        judge(script, with_ledger=with_ledger),
        len(arrivals),
        day.repeated,
        day.unanswered,
        dict(sorted(day.refused.items())),
        day.dealt,
    )

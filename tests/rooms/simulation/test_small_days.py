"""Ten small days, each from its own seed: every invariant holds, and a seed plays the same day again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
import yaml
from django.db import connection, transaction

from anlan.cases.models import Case
from anlan.demo.phrases import read_wordings
from anlan.dispatch.models import Batch, BatchItem, Dispatch
from anlan.simulation.judging import find_broken
from anlan.simulation.playing import Played, play
from anlan.simulation.script import Script
from tests.make import COUNTY, FOLDER, NOW, World, forget_memory

SMALL = Script(
    county=COUNTY, rate=96, workers=16, seed=1, starts_at=NOW - timedelta(hours=1), hours=3,
    storm_hour=1, silent=0.15, declines=0.1, drops=0.2, repeats=0.2,
)  # fmt: skip


def play_and_undo(script: Script) -> Played:
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    with transaction.atomic():
        found = play(script, read_wordings(rows), with_ledger=False)
        transaction.set_rollback(True)
    forget_memory()
    return found


def with_seed(seed: int) -> Script:
    return replace(SMALL, seed=seed)


@cache
def play_once(seed: int) -> Played:
    return play_and_undo(with_seed(seed))


@pytest.mark.parametrize("seed", range(1, 11))
def test_every_invariant_holds(world: World, seed: int) -> None:
    played = play_once(seed)
    assert played.judgement.broken == dict.fromkeys(played.judgement.broken, 0)
    assert played.judgement.cases == played.reports
    assert played.judgement.offers > 0


def test_the_same_seed_gives_the_same_figures_and_another_does_not(world: World) -> None:
    again = play_and_undo(with_seed(3))
    assert again == play_once(3)
    assert again != play_once(4)


def test_a_day_that_is_committed_leaves_a_ledger_that_verifies(lasting_world: World) -> None:
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    played = play(with_seed(5), read_wordings(rows))
    assert "ledger_findings" in played.judgement.broken
    assert played.judgement.holds


def spoil(statement: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    return find_broken(SMALL)


OFF_DUTY = """
INSERT INTO people_shift (duty_id, starts_at, ends_at)
SELECT DISTINCT duty_id, timestamptz '2020-01-01', timestamptz '2020-01-02'
FROM dispatch_dispatch d
WHERE NOT EXISTS (SELECT FROM people_shift s WHERE s.duty_id = d.duty_id);
UPDATE people_shift SET starts_at = '2020-01-01', ends_at = '2020-01-02'
"""
ELSEWHERE = """
UPDATE cases_case c SET unit_id = (
    SELECT u.id FROM places_unit u JOIN places_place p ON p.id = u.place_id
    WHERE NOT p.path @> c.place_path LIMIT 1)
"""
BROKEN = [
    ("clock_without_due_time", "UPDATE cases_case SET amber_at = NULL WHERE closed_at IS NULL"),
    ("offer_to_somebody_off_duty", OFF_DUTY),
    ("case_without_owner", ELSEWHERE),
    ("signal_not_in_exactly_one_case", "DELETE FROM cases_casesignal"),
]


def test_what_breaks_an_invariant_is_found(world: World) -> None:
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    play(SMALL, read_wordings(rows), with_ledger=False)
    found: dict[str, int] = {}
    for name, statement in BROKEN:
        with transaction.atomic():
            found[name] = spoil(statement)[name]
            transaction.set_rollback(True)
    assert all(found.values()), found
    assert sum(find_broken(SMALL).values()) == 0, "what was broken is whole again"


STORMY = Script(
    county=COUNTY, rate=360, workers=24, seed=2, starts_at=NOW - timedelta(hours=1), hours=4,
    storm_hour=1, storm_factor=4.0, silent=0.1,
)  # fmt: skip


def test_the_storm_is_dealt_out_by_the_planner_and_every_batch_ends_sent(world: World) -> None:
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    played = play(STORMY, read_wordings(rows), with_ledger=False)
    assert played.judgement.broken == dict.fromkeys(played.judgement.broken, 0)
    dealt = played.dealt
    assert dealt.batches == Batch.objects.count() > 5
    assert {batch.state for batch in Batch.objects.all()} == {"SENT"}
    assert dealt.sent == BatchItem.objects.filter(state="SENT").count() > 0
    assert dealt.cost <= dealt.nearest_cost
    began, ended = STORMY.storm_between
    in_storm = Dispatch.objects.filter(asked_at__gte=began, asked_at__lt=ended, rung="CHOSEN")
    sent = set(BatchItem.objects.filter(state="SENT").values_list("case_id", flat=True))
    levels = {case.id: case.level for case in Case.objects.all()}
    left = set(BatchItem.objects.filter(state="LEFT").values_list("case_id", flat=True))
    # What a desk sent by itself meanwhile is urgent, or was handed back to it.
    by_hand = {each.case_id for each in in_storm} - sent - left
    assert {levels[case_id] for case_id in by_hand} <= {"URGENT"}


def test_a_day_may_be_played_without_the_planner(world: World) -> None:
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]
    script = replace(STORMY, deals_in_batches=False)
    played = play(script, read_wordings(rows), with_ledger=False)
    assert (played.dealt.batches, Batch.objects.count()) == (0, 0)
    assert played.judgement.offers > 0

"""`anlan simulate day` from the outside: what it prints, and how it ends. The instance is the small world's."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import pytest
import yaml
from click.testing import CliRunner, Result

from anlan.cli import simulate
from anlan.demo.phrases import read_wordings
from anlan.simulation import playing
from anlan.simulation.script import Script
from tests.make import COUNTY, FOLDER, World

DAY = ("--county", COUNTY, "--rate", "240", "--workers", "24", "--hours", "3", "--storm-hour", "1")
Run = Callable[..., Result]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    rows = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))["matters"]

    def play(script: Script) -> playing.Played:
        return playing.play(script, read_wordings(rows), with_ledger=False)

    monkeypatch.setattr(simulate, "instance", lambda script, keep: nullcontext())
    monkeypatch.setattr(simulate, "play", play)

    def invoke(*options: str) -> Result:
        return CliRunner().invoke(simulate.day, [*DAY, *options])

    return invoke


def test_times_shares_and_invariants_are_printed(run: Run) -> None:
    found = run()
    assert found.exit_code == 0, found.output
    for line in (
        "a synthetic day in", "acknowledged by a worker", "on the spot", "closed", "within limits:",
        "of the storm's hour:", "dealt out in 11 batches", "offers were never answered",
        "holds       case without owner", "holds       offer to somebody off duty",
        "holds       clock without due time", "holds       figures unlike recount",
    ):  # fmt: skip
        assert line in found.output


def test_as_json_and_case_by_case(run: Run) -> None:
    found = run("--json", "--one-by-one", "--seed", "3")
    assert found.exit_code == 0, found.output
    told = json.loads(found.output)
    assert (told["seed"], told["holds"], told["data"]) == (3, True, "synthetic")
    assert told["dealt_in_batches"]["batches"] == 0
    assert {"acknowledge", "arrive", "close", "closed_in_time", "broken"} <= set(told)


def test_a_calm_day_has_no_storm(run: Run) -> None:
    found = run("--storm-hour", "-1")
    assert found.exit_code == 0, found.output
    assert "storm" not in found.output


def test_a_broken_invariant_is_named_and_ends_with_1(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = playing.judge

    def judge_badly(script: Script, *, with_ledger: bool) -> object:
        found = judge(script, with_ledger=with_ledger)
        return replace(found, broken=found.broken | {"case_without_owner": 2})

    monkeypatch.setattr(playing, "judge", judge_badly)
    found = run()
    assert found.exit_code == 1
    assert "BROKEN 2    case without owner" in found.output


@pytest.mark.parametrize("wrong", [("--rate", "0"), ("--hours", "99"), ("--date", "yesterday")])
def test_what_makes_no_day_is_said(run: Run, wrong: tuple[str, str]) -> None:
    found = run(*wrong)
    assert found.exit_code == 2
    assert wrong[0] in found.output

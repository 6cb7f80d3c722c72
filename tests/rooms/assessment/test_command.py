"""`anlan assessment`: never a rank without its interval."""

from __future__ import annotations

import csv
import io
import json
from contextlib import nullcontext

import pytest
from click.testing import CliRunner

from anlan import cli
from anlan.cli.assessment import group
from tests.make import COUNTY, TOWN, World
from tests.worlds.assessed import fill_month
from tests.worlds.figures import MONTH

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the test's own connection."""
    monkeypatch.setattr(cli, "database_running", nullcontext)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)
    monkeypatch.setenv("COLUMNS", "200")


def run(*words: str) -> str:
    answer = CliRunner().invoke(group, words, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_scores_as_csv_and_as_json(world: World) -> None:
    fill_month()
    given = ("score", "--scheme", "MONTHLY", "--period", MONTH, "--place")
    rows = list(csv.DictReader(io.StringIO(run(*given, COUNTY))))
    assert [int(row["rank"]) for row in rows] == [1, 2]
    assert all(
        int(row["rank_first"]) <= int(row["rank"]) <= int(row["rank_last"]) <= int(row["of"])
        for row in rows
    )
    (card,) = json.loads(run(*given, TOWN, "--json"))
    assert card["score"] == pytest.approx(18)
    assert sum(loss["points"] for loss in card["losses"]) == pytest.approx(82)
    assert {"first", "last", "alone"} <= set(card)


def test_schemes_are_listed(world: World) -> None:
    assert "MONTHLY" in run("schemes")

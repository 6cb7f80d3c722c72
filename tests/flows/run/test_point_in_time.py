"""Writes after a base backup come back up to an instant between two of them, from the archived log."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flows.run.instance import Instance
from tests.flows.run.lively import Lively, ask, refuse


@pytest.fixture(scope="module")
def origin() -> Iterator[Lively]:
    made = Lively.make(ANLAN_BACKUP_LOG="yes")
    try:
        yield made
    finally:
        made.remove()


def write(instance: Instance, word: str) -> datetime:
    """Write a word for good, and give an instant at which nothing happens just after."""
    ask(instance, f"INSERT INTO words VALUES ('{word}')")
    time.sleep(0.2)
    at = datetime.now(UTC)
    time.sleep(0.2)
    return at


def words(instance: Instance) -> list[str]:
    instance.anlan("db", "start")
    return ask(instance, "SELECT word FROM words ORDER BY word")


def test_exactly_what_was_written_by_then_comes_back(origin: Lively) -> None:
    live = origin.instance
    folder = origin.folder / "shelf"
    ask(live, "CREATE TABLE words (word text)")
    assert "BASE" in live.anlan("backup", "--no-verify")
    between = write(live, "first")
    # A segment of its own, so that the log has a middle that can go missing.
    live.anlan("backup", "ship")
    write(live, "second")
    assert "files of the log archived" in live.anlan("backup", "ship")
    assert "segments" in live.anlan("backup", "list")
    assert not any((live.home / "postgres" / "log-spool").iterdir())

    then = origin.new()
    assert f"as at {between:%Y-%m-%d %H:%M:%S} UTC" in then.anlan(
        "restore", "--to-time", between.isoformat()
    )
    assert words(then) == ["first"]

    newest = origin.new()
    assert "as at the end of the archived log" in newest.anlan("restore")
    assert words(newest) == ["first", "second"]
    # It goes on in a timeline of its own, in the same archive.
    write(newest, "third")
    newest.anlan("backup", "--no-verify")
    after = origin.new()
    after.anlan("restore")
    assert words(after) == ["first", "second", "third"]

    oldest = min(path.name for path in folder.glob("2*"))
    late = origin.new()
    said = refuse(late, "restore", oldest, "--to-time", "2199-01-01T00:00:00+08:00")
    assert "INSTANT_NOT_REACHED" in said
    assert [path.name for path in late.home.iterdir() if path.name != "run.lock"] == []
    said = refuse(late, "restore", "--to-time", "2001-01-01T00:00:00+08:00")
    assert "INSTANT_BEFORE_BACKUPS" in said
    assert "INSTANT_UNCLEAR" in refuse(late, "restore", "--to-time", "2026-11-27 09:30")

    [log] = (folder / "log").iterdir()
    ours = sorted(path for path in log.glob("00000001*.gz.age") if ".backup" not in path.name)
    shutil.move(ours[-2], origin.folder)
    said = refuse(late, "restore", oldest, "--to-time", between.isoformat())
    assert "LOG_MISSING" in said
    assert Path(ours[-2]).name.removesuffix(".gz.age") in said

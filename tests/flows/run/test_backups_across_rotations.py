"""Keys come and go between a backup and its return: what was sealed opens, whichever of them sealed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anlan.backup import keys, shelf
from tests.flows.run.instance import Instance
from tests.flows.run.lively import Lively, ask


@pytest.fixture(scope="module")
def origin() -> Iterator[Lively]:
    made = Lively.make(ANLAN_BACKUP_LOG="yes")
    try:
        yield made
    finally:
        made.remove()


def sealing_keys(instance: Instance) -> set[int]:
    """List the numbers of the keys that sealed the contacts."""
    return set(ask(instance, "SELECT get_byte(sealed, 0) FROM intake_contact"))


def test_keys_rotated_after_the_base_come_with_the_log(origin: Lively) -> None:
    live, folder = origin.instance, origin.folder / "shelf"
    assert "proven by a restore" in live.anlan("backup")
    [base] = folder.glob("2*")
    assert sealing_keys(live) == {0}

    live.anlan_each(["keys", "rotate"], ["keys", "reseal"], ["keys", "retire", "0"])
    assert sealing_keys(live) == {1}
    live.anlan("backup", "ship")

    newest = origin.new()
    said = newest.anlan("restore", base.name)
    assert "as at the end of the archived log" in said
    newest.anlan("db", "start")
    assert sealing_keys(newest) == {1}
    assert "whole" in newest.anlan("backup", "check")


def test_a_backup_older_than_a_key_s_retirement_opens_with_today_s_keys(origin: Lively) -> None:
    [base] = (origin.folder / "shelf").glob("2*")
    then = origin.new()
    then.anlan("restore", base.name, "--to-time", "backup")
    then.anlan("db", "start")
    assert sealing_keys(then) == {0}
    assert "whole" in then.anlan("backup", "check")
    assert "UNREADABLE" not in then.anlan("keys", "status")


def test_a_destroyed_key_stays_destroyed(origin: Lively, tmp_path: Path) -> None:
    live = origin.instance
    live.anlan_each(
        ["keys", "rotate"], ["keys", "reseal"], ["keys", "retire", "1"],
        ["keys", "destroy", "1", "--yes"],
    )  # fmt: skip
    ask(live, "CREATE TABLE after_destruction ()")
    live.anlan("backup", "ship")
    identity = keys.get_backup_key(origin.folder / "backup.key")
    [kept] = (origin.folder / "shelf" / shelf.LOG).glob(f"*/{shelf.KEYS}")
    for name, data in keys.read(kept, identity, key_file=kept).items():
        (tmp_path / name).write_bytes(data)
    assert keys.recall_all(tmp_path / "secret.key", at=datetime.now(UTC)) == [0]

"""A backup is made, proven, and brought back; and refused in words when it cannot be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from anlan.backup import archive, keys, rules, shelf
from tests.flows.run.instance import Instance
from tests.flows.run.lively import Lively, ask, refuse, states


@pytest.fixture(scope="module")
def origin() -> Iterator[Lively]:
    """An instance with life in it and one proven backup on its shelf."""
    made = Lively.make()
    try:
        said = made.instance.anlan("backup")
        assert "proven by a restore" in said
        yield made
    finally:
        made.remove()


@pytest.fixture
def backup(origin: Lively) -> Path:
    [only] = (origin.folder / "shelf").glob("2*")
    return only


@pytest.fixture
def key(origin: Lively) -> Identity:
    return keys.get_backup_key(origin.folder / "backup.key")


def copy(backup: Path, folder: Path, key: Identity, **changed: object) -> Path:
    """Copy a backup whose manifest says something else."""
    folder.mkdir()
    with archive.reading(backup / shelf.ARCHIVE, key, key_file=backup) as members:
        first, *rest = members
    manifest = replace(rules.read_manifest(first[1]), **changed)  # type: ignore[arg-type]
    archive.write(folder / shelf.ARCHIVE, key, iter([("manifest.json", manifest.to_json()), *rest]))
    shutil.copy(backup / shelf.KEYS, folder)
    return folder


def test_it_all_comes_back_into_an_empty_home(origin: Lively, backup: Path) -> None:
    back = origin.new()
    said = back.anlan("restore")
    assert f"restored {backup.name}" in said
    assert "cases     14\n" in said
    assert "photos    1 files, none lost" in said
    back.anlan("db", "start")
    assert states(back) == origin.expected["states"]
    marked = "SELECT bool_and(proleakproof) FROM pg_proc WHERE proname = 'ltree_isparent'"
    assert ask(back, marked) == [True], "lists under row-level security use their index"
    assert (back.home / "secret.key").read_bytes() == (
        origin.instance.home / "secret.key"
    ).read_bytes()
    assert (back.home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert "intact" in back.anlan("ledger", "verify")
    # Whatever it holds, it is told of as proven and restored again from the copy's own backup.
    assert "whole" in back.anlan("backup", "check")
    assert "holds a database" in refuse(back, "restore")
    listed = origin.instance.anlan("backup", "list")
    assert backup.name in listed
    assert "restored for proof" in listed


def test_no_key_of_the_instance_is_in_the_archive_of_its_data(
    origin: Lively, backup: Path, key: Identity
) -> None:
    home = origin.instance.home
    secret = (home / "secret.key").read_text().strip()
    needles = [secret.encode(), bytes.fromhex(secret), (home / "ledger.key").read_bytes()[30:70]]
    with archive.reading(backup / shelf.ARCHIVE, key, key_file=backup) as members:
        for name, data in members:
            assert not any(needle in data for needle in needles), name
    for path in backup.iterdir():
        assert not any(needle in path.read_bytes() for needle in needles), path
    assert oct((backup / shelf.ARCHIVE).stat().st_mode)[-3:] == "600"
    phone = origin.expected["phone"].encode()
    assert all(phone not in path.read_bytes() for path in backup.iterdir())


def test_the_wrong_key_no_key_and_no_backup_are_told_apart(origin: Lively, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    keys.make_backup_key(other)
    back = origin.new(ANLAN_BACKUP_KEY_FILE=str(other))
    assert "BACKUP_KEY_WRONG" in refuse(back, "restore")
    back.settings["ANLAN_BACKUP_KEY_FILE"] = str(tmp_path / "none.key")
    assert "BACKUP_KEY_MISSING" in refuse(back, "restore")
    assert "BACKUP_UNKNOWN" in refuse(back, "restore", "20200101T000000Z")
    assert "INSTANT_BEFORE_BACKUPS" in refuse(back, "restore", "--to-time", "2026-01-01T00:00:00Z")
    assert [path.name for path in back.home.iterdir() if path.name != "run.lock"] == []


def test_the_instance_s_keys_must_be_those_of_the_backup(
    origin: Lively, backup: Path, key: Identity, tmp_path: Path
) -> None:
    back = origin.new()
    missing = str(tmp_path / "keys.age")
    assert "KEY_FILES_MISSING" in refuse(back, "restore", "--keys", missing)
    keys.write(tmp_path / "keys.age", key, {"secret.key": b"ab" * 32 + b"\n"})
    assert "KEY_FILES_OF_ANOTHER" in refuse(back, "restore", "--keys", missing)
    (back.home / "secret.key").write_text("cd" * 32 + "\n")
    assert "HOME_IN_USE" in refuse(back, "restore")


def test_a_shortened_archive_leaves_nothing_half(
    origin: Lively, backup: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut"
    shutil.copytree(backup, cut)
    data = (cut / shelf.ARCHIVE).read_bytes()
    (cut / shelf.ARCHIVE).write_bytes(data[:-70_000])
    back = origin.new()
    assert "BACKUP_DAMAGED" in refuse(back, "restore", str(cut))
    assert [path.name for path in back.home.iterdir() if path.name != "run.lock"] == []


def test_what_a_newer_version_made_is_left_to_that_version(
    origin: Lively, backup: Path, key: Identity, tmp_path: Path
) -> None:
    newer = copy(backup, tmp_path / "newer", key, anlan="9.9", migrations=["cases.9999_later"])
    said = refuse(origin.new(), "restore", str(newer))
    assert "BACKUP_OF_NEWER_VERSION" in said
    assert "9.9" in said
    form = copy(backup, tmp_path / "form", key, format=rules.FORMAT + 1)
    assert "BACKUP_OF_NEWER_FORM" in refuse(origin.new(), "restore", str(form))
    foreign = copy(backup, tmp_path / "foreign", key, kind=rules.Kind.BASE, postgresql=99)
    assert "BACKUP_OF_OTHER_SERVER" in refuse(origin.new(), "restore", str(foreign))


def test_a_backup_that_does_not_give_back_what_it_says_is_not_proven(
    origin: Lively, backup: Path, key: Identity, tmp_path: Path
) -> None:
    with archive.reading(backup / shelf.ARCHIVE, key, key_file=backup) as members:
        rows = dict(rules.read_manifest(next(members)[1]).rows)
    more = copy(backup, tmp_path / "more", key, rows=rows | {"cases_case": 15})
    shutil.copy(backup / shelf.NOTE, more)
    said = refuse(origin.instance, "backup", "verify", str(more))
    assert "cases_case: 14 instead of 15 rows" in said
    note = shelf.get_note(more)
    assert note is not None
    assert note.verified_at is None
    assert "cases_case" in note.problem
    other = copy(backup, tmp_path / "other", key, root="00" * 32)
    assert "ROOT_DIFFERS" in refuse(origin.instance, "backup", "verify", str(other))


def test_an_outside_database_is_backed_up_and_brought_back(origin: Lively, tmp_path: Path) -> None:
    url = origin.instance.anlan("db", "url").strip()
    for name in ("away", "back"):
        ask(origin.instance, f"CREATE DATABASE {name}")
    outside = {n: url.replace("/anlan?", f"/{n}?") for n in ("away", "back")}
    shelf_of_its_own = str(tmp_path / "shelf")
    away: Instance = origin.new(
        ANLAN_DATABASE_URL=outside["away"], ANLAN_BACKUP_FOLDER=shelf_of_its_own
    )
    away.anlan("restore", str(next((origin.folder / "shelf").glob("2*"))))
    assert states(away) == origin.expected["states"]
    assert "proven by a restore" in away.anlan("backup")
    assert "BUNDLED_ONLY" in refuse(away, "backup", "--kind", "base")
    # Brought back to where somebody else owns the database, who is no superuser.
    ask(origin.instance, "CREATE ROLE keeper IN ROLE anlan_app")
    ask(origin.instance, "ALTER DATABASE back OWNER TO keeper")
    outside["back"] += "&options=-crole%3Dkeeper"
    back = origin.new(ANLAN_DATABASE_URL=outside["back"], ANLAN_BACKUP_FOLDER=shelf_of_its_own)
    back.anlan("restore")
    assert states(back) == origin.expected["states"]
    again = origin.new(ANLAN_DATABASE_URL=outside["back"], ANLAN_BACKUP_FOLDER=shelf_of_its_own)
    assert "DATABASE_IN_USE" in refuse(again, "restore")


def test_a_night_s_backup_pushes_out_the_oldest_proven_one(origin: Lively, backup: Path) -> None:
    tonight = replace(
        origin.instance, settings=origin.instance.settings | {"ANLAN_BACKUP_KEPT": "1"}
    )
    unproven = tonight.anlan("backup", "--no-verify").split()[0]
    assert backup.exists(), "what is not proven pushes nothing out"
    said = tonight.anlan("backup")
    assert "proven by a restore" in said
    assert not backup.exists()
    assert not Path(unproven).exists()
    [newest] = (origin.folder / "shelf").glob("2*")
    assert str(newest) in said

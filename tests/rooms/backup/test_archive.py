"""An archive comes back byte for byte, or says why not; what is half is never taken for whole."""

from __future__ import annotations

import os
import resource
import subprocess
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
from pyrage.x25519 import Identity

from anlan.backup import archive, keys
from anlan.backup.errors import (
    BackupDamaged,
    BackupKeyBroken,
    BackupKeyMissing,
    BackupKeyWrong,
    BackupNotWritten,
)

KEY = Identity.generate()
MEMBERS = [
    ("manifest.json", b"{}"),
    ("database/000000", os.urandom(300_000)),
    ("files/ab/cd/灯", b"\0" * 513),
    ("empty", b""),
    ("end.json", b"{}"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "archive.age"
    size = archive.write(path, KEY, iter(MEMBERS))
    assert size == path.stat().st_size
    return path


def read(path: Path, key: Identity = KEY) -> list[archive.Member]:
    with archive.reading(path, key, key_file=Path("backup.key")) as members:
        return list(members)


def test_it_comes_back_as_it_went(path: Path) -> None:
    assert read(path) == MEMBERS
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_form_is_a_tar_in_age_as_other_programs_read_it(path: Path) -> None:
    with tarfile.open(fileobj=BytesIO(pyrage.decrypt(path.read_bytes(), [KEY]))) as tar:
        assert tar.getnames() == [name for name, _ in MEMBERS]


def test_another_key_does_not_open_it(path: Path) -> None:
    with pytest.raises(BackupKeyWrong) as wrong:
        read(path, Identity.generate())
    assert wrong.value.data["file"] == Path("backup.key")


@pytest.mark.parametrize("left", [0, 10, 200, 70_000, 299_000, -1, -20, -600])
def test_a_shortened_one_is_noticed(path: Path, left: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:left])
    with pytest.raises(BackupDamaged):
        read(path)


@pytest.mark.parametrize("at", [250, 5_000, 150_000, 301_000, -3])
def test_a_changed_byte_is_noticed(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(BackupDamaged):
        read(path)


def test_whole_in_form_but_without_an_end_is_damaged(tmp_path: Path) -> None:
    archive.write(tmp_path / "x", KEY, iter(MEMBERS[:2]))
    with pytest.raises(BackupDamaged, match="no end"):
        read(tmp_path / "x")


def test_reading_may_stop_after_the_manifest(path: Path) -> None:
    with archive.reading(path, KEY, key_file=path) as members:
        assert next(members) == MEMBERS[0]


def test_what_goes_wrong_in_the_making_is_told_as_it_is(tmp_path: Path) -> None:
    def members() -> Iterator[archive.Member]:
        yield MEMBERS[0]
        raise LookupError("the database went away")

    with pytest.raises(LookupError, match="went away"):
        archive.write(tmp_path / "x", KEY, members())


def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(BackupNotWritten) as refused:
            archive.write(tmp_path / "x", KEY, iter(MEMBERS))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused.value.data["folder"] == tmp_path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small file system")
def test_a_really_full_disk_too(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "none", small], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"mounting is not allowed here: {mounted.stderr.decode().strip()}")
    try:
        with pytest.raises(BackupNotWritten, match="No space left"):
            archive.write(small / "x", KEY, iter(MEMBERS))
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_stream_is_cut_and_joined_again() -> None:
    data = os.urandom(archive.PIECE_BYTES * 2 + 17)
    pieces = list(archive.cut(BytesIO(data), "database"))
    assert [name for name, _ in pieces] == [f"database/{n:06}" for n in range(3)]
    assert b"".join(piece for _, piece in pieces) == data
    assert list(archive.cut(BytesIO(b""), "database")) == []


def test_the_backup_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "backup.key"
    with pytest.raises(BackupKeyMissing):
        keys.get_backup_key(file)
    assert keys.make_backup_key(file) is True
    first = str(keys.get_backup_key(file))
    assert keys.make_backup_key(file) is False
    assert str(keys.get_backup_key(file)) == first
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("AGE-SECRET-KEY-1NONSENSE")
    with pytest.raises(BackupKeyBroken):
        keys.get_backup_key(file)


def test_all_of_the_instance_s_keys_come_along(tmp_path: Path) -> None:
    for name in ("secret.key", "secret.key.ring", "secret.key.17.new", "ledger.key", "other.key"):
        (tmp_path / name).write_text(name)
    found = keys.list_key_files(tmp_path, tmp_path / "secret.key")
    assert sorted(found) == ["ledger.key", "secret.key", "secret.key.ring"]
    given = {name: file.read_bytes() for name, file in found.items()}
    keys.write(tmp_path / "keys.age", KEY, given)
    assert keys.read(tmp_path / "keys.age", KEY, key_file=tmp_path) == given
    assert b"ring" not in (tmp_path / "keys.age").read_bytes()
    assert len(set(keys.fingerprints(given).values())) == 3

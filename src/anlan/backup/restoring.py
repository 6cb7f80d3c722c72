"""Brings an instance back: into an empty home, or into a scratch one that only proves it.

Everything is read and laid beside first; only what was complete and authentic is put in place, and
what was put in place is taken away again when a later step fails, so that a second try finds the
home as empty as the first.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
from pyrage.x25519 import Identity

from anlan.backup import archive, basing, keys, programs, proving, rules, shelf, targets
from anlan.backup.errors import (
    BackupDamaged,
    BackupOfNewerVersion,
    HomeInUse,
    KeyFilesMissing,
    KeyFilesOfAnother,
)
from anlan.backup.targets import Target
from anlan.config.database import layout as layouts
from anlan.config.database import server
from anlan.kernel.clock import now

Tell = Callable[[str, int, int | None], None]

_TUNING = """\
# While a backup is restored; removed afterwards.
maintenance_work_mem = 512MB
max_wal_size = 8GB
autovacuum = off
"""

# A dump names its extensions and not what was changed in them: without the marks, row-level security
# keeps lists from using their index (config/migrations/0002_row_level_security.py).
_OWNERS_OWN = importlib.import_module("anlan.config.migrations.0002_row_level_security")
"""What hangs on who owns the database and is not in a dump, or names another owner there."""


def read_manifest(backup: Path, *, identity: Identity, key_file: Path) -> rules.Manifest:
    """Read what a backup says of itself, and refuse what this version cannot bring back.

    Raises BackupKeyWrong, BackupDamaged, BackupOfNewerForm, BackupOfNewerVersion,
    BackupOfOtherServer.
    """
    with archive.reading(backup / shelf.ARCHIVE, identity, key_file=key_file) as members:
        manifest = _first(members)
    known = proving.list_known_migrations()
    unknown = [name for name in manifest.migrations if name not in known]
    if unknown:
        raise BackupOfNewerVersion(version=manifest.anlan, unknown=", ".join(unknown[:5]))
    if manifest.kind is rules.Kind.BASE:
        basing.check_server(manifest)
    return manifest


def restore(
    backup: Path,
    target: Target,
    *,
    identity: Identity,
    key_file: Path,
    key_files: Path | None,
    to: datetime | str,
    tell: Tell,
) -> rules.Manifest:
    """Bring a backup back into an empty target; what it holds is checked by `prove`.

    key_files: the archive of the instance's keys, None: none. to: "backup", "end" or the instant
    up to which the log is replayed (base backups only).
    Raises HomeInUse, DatabaseInUse, KeyFilesMissing, KeyFilesOfAnother, LogMissing,
    InstantNotReached, and what `read_manifest` raises.
    """
    manifest = read_manifest(backup, identity=identity, key_file=key_file)
    targets.check_empty(target)
    opened = _open_key_files(manifest, key_files, identity, key_file, target)
    target.home.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    with contextlib.ExitStack() as undo, _workshop(target) as work:
        undo.callback(_take_away, target, list(opened))
        log = None
        if manifest.kind is rules.Kind.BASE:
            log = basing.lay_out_log(
                manifest, backup.parent, target.home, to=to, identity=identity, key_file=key_file,
                tell=tell,
            )  # fmt: skip
        with archive.reading(backup / shelf.ARCHIVE, identity, key_file=key_file) as members:
            _first(members)
            stream = _Pieces(members, tell)
            if manifest.kind is rules.Kind.DUMP:
                with (work / "database.dump").open("wb") as dump:
                    shutil.copyfileobj(stream, dump, archive.PIECE_BYTES)
            else:
                basing.unpack(stream, layouts.find_layout(target.home))
            _lay_files(stream, work, tell)
        for name, data in opened.items():
            _write_secret(targets.place_of(name, target), data)
        keys.recall_all(target.secret_key_file, at=now())
        if (work / "files").exists():
            (work / "files").rename(target.home / "files")
        if manifest.kind is rules.Kind.DUMP:
            fill(work / "database.dump", target, tell=tell)
        else:
            assert log is not None
            tell("replaying the log", 0, None)
            basing.replay(manifest, target.home, log=log, to=to)
        undo.pop_all()
    return manifest


def fill(dump: Path, target: Target, *, tell: Tell) -> None:
    """Restore a dump into the target's empty database, with every core at work."""
    jobs = str(min(os.cpu_count() or 1, 8))
    arguments = ["--no-owner", "--no-comments", f"--jobs={jobs}"]
    if target.outside:
        found = programs.find_restoring(target.outside)
        tell("filling the database", 0, None)
        _fill(found, dump, arguments)
        return
    with server.running(target.home, fsync=False) as layout:
        # Fresh and empty: whatever goes wrong, it is made anew.
        server.tune(layout, _TUNING)
        found = programs.find_bundled(target.home)
        tell("filling the database", 0, None)
        _fill(found, dump, arguments)
        server.tune(layout, "")
    if not target.is_scratch:
        tell("flushing to the disk", 0, None)
        server.sync(layouts.find_layout(target.home))


def _fill(found: programs.Server, dump: Path, arguments: list[str]) -> None:
    name = found.environment["PGDATABASE"]
    contents = programs.run(found, "pg_restore", "--list", dump).splitlines()
    wanted = dump.with_suffix(".list")
    wanted.write_text("\n".join(c for c in contents if " DEFAULT ACL " not in c), encoding="utf-8")
    programs.run(found, "pg_restore", *arguments, f"--use-list={wanted}", f"--dbname={name}", dump)
    with psycopg.connect(found.url, autocommit=True) as connection:
        connection.execute(_OWNERS_OWN.DEFAULTS)
        connection.execute(_OWNERS_OWN.LEAKPROOF)
        connection.execute("ANALYZE")


def _first(members: Iterator[archive.Member]) -> rules.Manifest:
    name, data = next(members, ("", b""))
    if name != "manifest.json":
        raise BackupDamaged(reason="it does not begin with a manifest")
    return rules.read_manifest(data)


def _open_key_files(
    manifest: rules.Manifest,
    key_files: Path | None,
    identity: Identity,
    key_file: Path,
    target: Target,
) -> dict[str, bytes]:
    """Open the instance's keys and make sure that they are this backup's, and overwrite none."""
    if key_files is None or not key_files.is_file():
        raise KeyFilesMissing(file=key_files)
    opened = keys.read(key_files, identity, key_file=key_file)
    found = keys.fingerprints(opened)
    # A ring that has grown since still opens what it sealed; another instance key does not.
    wrong = [n for n, mark in manifest.keys.items() if found.get(n) != mark and _is_fixed(n)]
    if wrong:
        raise KeyFilesOfAnother(names=", ".join(wrong))
    for name, data in list(opened.items()):
        path = targets.place_of(name, target)
        if path.exists():
            if path.read_bytes() != data:
                raise HomeInUse(home=target.home, what=f"another key, {path}")
            del opened[name]
    return opened


def _is_fixed(name: str) -> bool:
    return name in ("secret.key", keys.LEDGER_KEY)


def _lay_files(stream: _Pieces, work: Path, tell: Tell) -> None:
    count = done = 0
    said: dict[str, int] = {}
    for name, data in stream.rest():
        if name == "end.json":
            said = json.loads(data)
            continue
        if not name.startswith("files/"):
            raise BackupDamaged(reason=f"it has a member of no known kind, {name}")
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(data)
        count, done = count + 1, done + len(data)
        tell("files", done, None)
    if said != {"database_bytes": stream.done, "files": count}:
        raise BackupDamaged(
            reason=f"it holds {count} files, {stream.done} bytes of database, not {said}"
        )


def _write_secret(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _workshop(target: Target) -> Iterator[Path]:
    """Give a folder within the home for what is not in place yet."""
    work = target.home / ".restoring"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _take_away(target: Target, opened: list[str]) -> None:
    """Take a half restored instance away again; an outside database is left for its owner to see."""
    targets.remove_database(target.home)
    shutil.rmtree(target.home / "files", ignore_errors=True)
    for name in opened:
        targets.place_of(name, target).unlink(missing_ok=True)


class _Pieces:
    """The database's pieces among the members, as one stream; then the members after them."""

    def __init__(self, members: Iterator[archive.Member], tell: Tell) -> None:
        self.done = 0
        self._members, self._tell = members, tell
        self._rest = memoryview(b"")
        self._after: archive.Member | None = None

    def read(self, size: int = -1) -> bytes:
        """Give at most `size` bytes, none when the pieces end."""
        if not self._rest and self._after is None:
            member = next(self._members, None)
            if member is None:
                raise BackupDamaged(reason="it ends in the middle")
            if not member[0].startswith("database/"):
                self._after = member
                return b""
            self.done += len(member[1])
            self._tell("database", self.done, None)
            self._rest = memoryview(member[1])
        given = self._rest[: size if size >= 0 else None]
        self._rest = self._rest[len(given) :]
        return bytes(given)

    def rest(self) -> Iterator[archive.Member]:
        """Give the members after the pieces, when those have been read to their end."""
        while self._after is None:
            self.read(archive.PIECE_BYTES)
        yield self._after
        yield from self._members

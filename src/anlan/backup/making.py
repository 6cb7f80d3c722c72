"""Makes a backup: a consistent picture of database and files, encrypted, and what must come back.

Why database and files agree: the store's files are never changed, are there before the row that
names them, and are not swept while a backup holds them. So files copied *after* the database's
snapshot contain every one that a row of it names (docs/how-to/back-up-and-return.md).
"""

from __future__ import annotations

import contextlib
import json
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import IO

import psycopg
from django.db import connection, transaction

from anlan.backup import archive, checking, keys, log, programs, rules, shelf
from anlan.backup.errors import BundledOnly
from anlan.config import env
from anlan.config.database import address
from anlan.config.database import layout as layouts
from anlan.documents import queries as documents
from anlan.kernel.clock import now

Tell = Callable[[str, int], None]
"""What is being written, and how many bytes of it so far."""


def make(
    *, home: Path, folder: Path, key_file: Path, kind: rules.Kind, at: datetime, tell: Tell
) -> Path:
    """Make a backup of this instance and give its folder; `anlan backup verify` proves it.

    Raises BundledOnly, BackupKeyMissing, BackupRunning, BackupNotWritten, ProgramFailed.
    """
    if kind is rules.Kind.BASE and address.is_outside():
        raise BundledOnly()
    identity = keys.get_backup_key(key_file)
    taken = [path.name for path in folder.glob("*")] if folder.exists() else []
    name = rules.name_backup(at, taken)
    key_files = _read_key_files(home)
    server = programs.find_server(home)
    checking.prepare_ledger()
    with shelf.new_backup(folder, name) as draft, documents.hold_files() as files:
        keys.write(draft / shelf.KEYS, identity, key_files)
        with (
            psycopg.connect(server.url, autocommit=True) as direct,
            contextlib.ExitStack() as held,
        ):
            point = None
            if kind is rules.Kind.DUMP:
                snapshot, entries, root, rows = held.enter_context(_snapshot(direct))
                source = programs.streaming(
                    server, "pg_dump", "--format=custom", "--compress=1", "--no-owner",
                    f"--snapshot={snapshot}",
                )  # fmt: skip
            else:
                entries, root, rows = *checking.ledger_state(), {}
                point = _hold_log(direct)
                source = _base(server, name)
            manifest = rules.Manifest(
                name=name, kind=kind, made_at=at, anlan=metadata.version("anlan"),
                postgresql=direct.info.server_version // 10000, entries=entries, root=root, rows=rows,
                keys=keys.fingerprints(key_files), migrations=list_migrations(), log=point,
            )  # fmt: skip
            members = _members(manifest, source, files, tell)
            with contextlib.closing(members):
                size = archive.write(draft / shelf.ARCHIVE, identity, members)
        note = rules.Shelved(
            name=name, kind=kind, made_at=at, ended_at=now(), size_bytes=size,
            entries=entries, anlan=manifest.anlan, log=point,
        )  # fmt: skip
        shelf.put_note(draft, note)
    if point is not None and env.is_on("ANLAN_BACKUP_LOG"):
        close_segment(server, within_s=60)
    return folder / name


def ship_log(*, home: Path, folder: Path, key_file: Path) -> int:
    """Take the finished segments of the bundled server's log to the shelf; give how many."""
    if address.is_outside():
        raise BundledOnly()
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier::text FROM pg_control_system()")
        (system,) = cursor.fetchone()
    return log.ship(
        layout=layouts.find_layout(home), system=system, folder=folder,
        identity=keys.get_backup_key(key_file), key_file=key_file,
        read_keys=lambda: _read_key_files(home),
    )  # fmt: skip


def _read_key_files(home: Path) -> dict[str, bytes]:
    found = keys.list_key_files(home, env.get_secret_key_file())
    return {name: path.read_bytes() for name, path in found.items()}


def tidy(*, folder: Path, kept: int) -> list[str]:
    """Delete backups and log that are no longer kept; give the names of the backups."""
    expired = rules.choose_expired(shelf.list_backups(folder), kept=kept)
    for one in expired:
        shelf.remove(folder, one)
    log.expire(folder, shelf.list_backups(folder))
    return [one.name for one in expired]


def list_migrations() -> list[str]:
    """List what has been done to the tables, by room and name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def close_segment(server: programs.Server, *, within_s: float) -> bool:
    """Have the log up to this moment archived; tell whether it reached the spool in time."""
    until = time.monotonic() + within_s
    with psycopg.connect(server.url, autocommit=True) as direct:
        # Something is written first, for a segment without anything is not closed.
        row = direct.execute(
            "SELECT pg_walfile_name(pg_switch_wal()) FROM pg_logical_emit_message(true, 'anlan', '')"
        ).fetchone()
        assert row is not None
        while time.monotonic() < until:
            done = direct.execute(
                "SELECT last_archived_wal >= %s FROM pg_stat_archiver", [row[0]]
            ).fetchone()
            if done == (True,):
                return True
            time.sleep(0.1)
    return False


@contextlib.contextmanager
def _snapshot(direct: psycopg.Connection) -> Iterator[tuple[str, int, str, dict[str, int]]]:
    """Hold a snapshot for pg_dump and give its name, and what is counted in it."""
    with direct.transaction():
        direct.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # The bundled server ends transactions that do nothing for minutes; this one has a reason.
        direct.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        row = direct.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{row[0]}'")
            entries, root = checking.ledger_state()
        yield row[0], entries, root, programs.count_rows(direct)


def _hold_log(direct: psycopg.Connection) -> rules.LogPoint:
    """Keep the server from recycling log from here on, as long as the connection lives."""
    row = direct.execute(
        "SELECT lsn FROM pg_create_physical_replication_slot(%s, true, true)",
        [f"anlan_backup_{direct.info.backend_pid}"],
    ).fetchone()
    assert row is not None
    found = direct.execute(
        "SELECT pg_walfile_name(%s::pg_lsn), system_identifier::text, "
        "pg_size_bytes(current_setting('wal_segment_size')) FROM pg_control_system()",
        [row[0]],
    ).fetchone()
    assert found is not None
    return rules.LogPoint(segment=found[0], system=found[1], segment_bytes=found[2])


@contextlib.contextmanager
def _base(server: programs.Server, name: str) -> Iterator[IO[bytes]]:
    arguments = ("--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast")
    with programs.streaming(server, "pg_basebackup", *arguments, f"--label=anlan {name}") as tar:
        yield _Compressed(tar)  # type: ignore[misc]


class _Compressed:
    """A stream, compressed as it is read: a base holds indexes and zeros, which shrink well."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._work: zlib._Compress | None = zlib.compressobj(1, wbits=31)

    def read(self, size: int) -> bytes:
        """Give about `size` bytes, none at the end."""
        while self._work is not None:
            data = self._source.read(1 << 20)
            if not data:
                rest, self._work = self._work.flush(), None
                return rest
            if part := self._work.compress(data):
                return part
        return b""


def _members(
    manifest: rules.Manifest,
    source: contextlib.AbstractContextManager[IO[bytes]],
    files: Path,
    tell: Tell,
) -> Generator[archive.Member, None, None]:
    yield "manifest.json", manifest.to_json()
    done = count = 0
    with source as stream:
        for name, data in archive.cut(stream, "database"):
            done += len(data)
            tell("database", done)
            yield name, data
    written = 0
    for path in sorted(files.glob("??/??/*")):
        if path.name.startswith("."):
            continue
        data = path.read_bytes()
        count, written = count + 1, written + len(data)
        tell("files", written)
        yield f"files/{path.relative_to(files)}", data
    yield "end.json", json.dumps({"database_bytes": done, "files": count}).encode()

"""Runs PostgreSQL's own programs: pg_dump, pg_restore, pg_basebackup, pg_verifybackup.

The bundled server has its own; for an outside one those on PATH are taken if they are as new as
the server, else the bundled ones if they are. Passwords travel in the environment, where `ps` does
not show them.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from anlan.backup.errors import ProgramFailed, ProgramTooOld
from anlan.config.database import address
from anlan.config.database import layout as layouts

_NEW_SETTING = "transaction_timeout"
"""pg_restore 17 and newer set it without asking for the server's version."""


@dataclass(frozen=True)
class Server:
    """A database as PostgreSQL's programs are told of it."""

    url: str
    folder: Path
    """Where the programs are."""

    @property
    def environment(self) -> dict[str, str]:
        """Everything of the address, by the names that libpq reads."""
        names = {
            option.keyword.decode(): option.envvar.decode()
            for option in Conninfo.get_defaults()
            if option.envvar
        }
        given = {names[k]: str(v) for k, v in conninfo_to_dict(self.url).items() if k in names}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "ANLAN_"))}
        return kept | given | {"LC_ALL": "C.UTF-8", "PGAPPNAME": "anlan backup"}


def find_bundled(home: Path) -> Server:
    """Find the programs of the bundled server and its address."""
    layout = layouts.find_layout(home)
    path = layout.socket
    url = psycopg.conninfo.make_conninfo(host=str(path), user="anlan", dbname="anlan")
    return Server(url, layouts.find_program(layout))


def find_outside(url: str) -> Server:
    """Find programs that fit an outside server. Raises ProgramTooOld."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        server = connection.info.server_version // 10000
    found = []
    on_path = shutil.which("pg_dump")
    for folder in [
        *([Path(on_path).parent] if on_path else []),
        layouts.find_installed_program() / "bin",
    ]:
        # A wrapper on PATH may stand for several versions (or none); what it says counts.
        said = subprocess.run(
            [folder / "pg_dump", "--version"], capture_output=True, text=True, check=False
        ).stdout
        match = re.search(r"(\d+)", said)
        found.append(int(match[1]) if match else 0)
        if found[-1] >= server:
            return Server(url, folder)
    raise ProgramTooOld(server=server, found=max(found))


def find_server(home: Path) -> Server:
    """Find the programs for the database in use. Raises ProgramTooOld."""
    return find_outside(address.get_url(home)) if address.is_outside() else find_bundled(home)


def find_restoring(url: str) -> Server:
    """Find the programs that fill an outside server: the bundled ones, which read every dump."""
    return Server(url, layouts.find_installed_program() / "bin")


def run(server: Server, program: str, *arguments: str | Path) -> str:
    """Run a program to its end and give what it printed. Raises ProgramFailed."""
    done = subprocess.run(
        [server.folder / program, *arguments],
        env=server.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode and not _is_harmless(program, done.stderr.decode(errors="replace")):
        raise ProgramFailed(program=program, reason=_shorten(done.stderr))
    return done.stdout.decode(errors="replace")


def _is_harmless(program: str, said: str) -> bool:
    """Tell whether a program only minded a setting that its server is too old to know."""
    errors = [line for line in said.splitlines() if "error:" in line or "FATAL" in line]
    return (
        program == "pg_restore"
        and bool(errors)
        and all(f'"{_NEW_SETTING}"' in line for line in errors)
    )


@contextlib.contextmanager
def streaming(server: Server, program: str, *arguments: str) -> Iterator[IO[bytes]]:
    """Give a program's output while it runs; ended early, it is killed. Raises ProgramFailed."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [server.folder / program, *arguments], env=server.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            with process.stdout as output:
                yield output
                # Whoever reads to its end has all there is; only then does the code count.
                is_read = not output.read(1)
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait() or not is_read:
            errors.seek(0)
            raise ProgramFailed(program=program, reason=_shorten(errors.read()))


def count_rows(connection: psycopg.Connection) -> dict[str, int]:
    """Count every row of every table in public, each table in one statement."""
    names = [
        name
        for (name,) in connection.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') "
            "AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
    ]
    counts = {}
    for name in names:
        row = connection.execute(
            psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(name))
        ).fetchone()
        assert row is not None
        counts[name] = int(row[0])
    return counts


def _shorten(said: bytes) -> str:
    return " ".join(said.decode(errors="replace").split())[-1500:] or "it said nothing"

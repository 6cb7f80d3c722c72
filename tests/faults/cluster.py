"""An outside PostgreSQL of two servers: a primary and its streaming replica, on free ports.

Made of the bundled programs, as an operator would make it: initdb, pg_basebackup, a replication
slot, synchronous_standby_names. The harness is the watchman that promotes the replica.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from anlan.config.database import layout as layouts
from tests.flows.run.instance import wait_until

ROLE, DATABASE = "anlan", "anlan"
LOCALE = [
    "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-ctype=C.UTF-8",
    "--lc-collate=C", "--encoding=UTF8",
]  # fmt: skip
CONFIGURATION = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_wal_size = 128MB
wal_keep_size = 256MB
shared_buffers = 64MB
synchronous_standby_names = '{standbys}'
"""


@dataclass
class Server:
    """One of the two."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{DATABASE}"

    def connect(self, database: str = DATABASE) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=ROLE, dbname=database, autocommit=True,
            connect_timeout=5,
        )  # fmt: skip

    def ask(self, statement: str) -> Any:
        with self.connect("postgres") as connection:
            row = connection.execute(statement).fetchone()
        return row[0] if row else None


@dataclass
class Cluster:
    """Which of the two is primary changes with each failover."""

    home: Path
    is_synchronous: bool
    primary: Server = field(init=False)
    replica: Server = field(init=False)
    layout: layouts.Layout = field(init=False)
    has_replica: bool = False

    def __post_init__(self) -> None:
        self.layout = layouts.find_layout(self.home)
        self.layout.folder.mkdir()
        os.chown(self.layout.folder, self.layout.owner.uid, self.layout.owner.gid)
        self.program = layouts.find_program(self.layout)
        self.primary = Server(self.layout.folder / "one", _find_port())
        self.replica = Server(self.layout.folder / "two", _find_port())

    @property
    def url(self) -> str:
        """What ANLAN_DATABASE_URL names: both, of which the one that takes writes is used."""
        hosts = ",".join(
            f"127.0.0.1:{port}" for port in sorted((self.primary.port, self.replica.port))
        )
        return f"postgresql://{ROLE}@{hosts}/{DATABASE}?target_session_attrs=read-write"

    def start(self) -> None:
        """Make the primary and its replica."""
        self._run("initdb", "-D", self.primary.folder, "-U", ROLE, "--auth=trust", *LOCALE)
        self._configure(self.primary, standbys="")
        self._start(self.primary)
        self.primary.ask("SELECT 1")
        with self.primary.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        self.add_replica()

    def make_whole(self) -> None:
        """Give a primary that stands alone a replica again."""
        if not self.has_replica:
            self.add_replica()

    def add_replica(self) -> None:
        """Make the second server a copy that follows the first, and have commits wait for it."""
        shutil.rmtree(self.replica.folder, ignore_errors=True)
        self._run("pg_basebackup", "-D", self.replica.folder, "-d", self.primary.url, "-R",
                  "-X", "stream", "--checkpoint=fast")  # fmt: skip
        self._configure(self.replica, standbys="")
        self._start(self.replica)
        if self.is_synchronous:
            self._configure(self.primary, standbys="ANY 1 (*)")
            self.primary.ask("SELECT pg_reload_conf()")
        state = "quorum" if self.is_synchronous else "async"
        wait_until(
            lambda: self.primary.ask(
                f"SELECT 1 FROM pg_stat_replication WHERE sync_state = '{state}'"
            ),
            within_s=30, what=f"the replica follows ({state})",
        )  # fmt: skip
        self.has_replica = True

    def fail_over(self, *, after_s: float) -> None:
        """Kill the primary as a power cut would, and some moments later promote the replica."""
        for process in self._list_processes(self.primary):
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(after_s)
        self._run("pg_ctl", "promote", "-w", "-D", self.replica.folder)
        self.primary, self.replica = self.replica, self.primary
        self.has_replica = False

    def stop(self) -> None:
        for server in (self.primary, self.replica):
            with contextlib.suppress(subprocess.CalledProcessError):
                self._run("pg_ctl", "stop", "-m", "immediate", "-D", server.folder)

    def _list_processes(self, server: Server) -> list[psutil.Process]:
        number = int((server.folder / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(number)
        return [postmaster, *postmaster.children()]

    def _configure(self, server: Server, *, standbys: str) -> None:
        path = server.folder / "cluster.conf"
        path.write_text(CONFIGURATION.format(port=server.port, standbys=standbys), encoding="ascii")
        main = server.folder / "postgresql.conf"
        line = "\ninclude = 'cluster.conf'\n"
        if line not in main.read_text(encoding="utf-8"):
            with main.open("a", encoding="utf-8") as file:
                file.write(line)
        os.chown(path, self.layout.owner.uid, self.layout.owner.gid)

    def _start(self, server: Server) -> None:
        log = server.folder.with_suffix(".log")
        self._run("pg_ctl", "start", "-w", "-t", "60", "-D", server.folder, "-l", log)

    def _run(self, program: str, *arguments: str | Path) -> None:
        as_owner = os.geteuid() == 0
        with (self.home / "command.log").open("wb") as output:
            subprocess.run(
                [str(self.program / program), *map(str, arguments)],
                cwd=self.layout.folder, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                user=self.layout.owner.uid if as_owner else None,
                group=self.layout.owner.gid if as_owner else None,
                extra_groups=[] if as_owner else None,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=True,
            )  # fmt: skip


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(*, is_synchronous: bool) -> Iterator[Cluster]:
    """Have a primary and its replica run in a temporary folder."""
    home = Path(tempfile.mkdtemp(prefix="anlan-cluster-"))
    home.chmod(0o711)
    cluster = Cluster(home, is_synchronous)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)

"""The bundled PostgreSQL server: made, started, adopted, mended, stopped.

What can go wrong between two runs, and what is done about it:

- killed while `initdb` worked: data is made in `data.new` and renamed when complete;
- anlan was killed, the server lives on: it is adopted, and stopped by its last user;
- the machine was cut off: PostgreSQL recovers from its log by itself; a left-over
  `postmaster.pid` whose number now belongs to another process is removed first, because
  PostgreSQL would take that process for itself and refuse (common in containers);
- the socket folder in /tmp was swept away: it is made again before every start;
- the disk was full: configuration is written beside and renamed, so that it is never cut short.

Shares: each user of the server holds a shared lock on `users.lock`. Starting and stopping
happen under an exclusive lock on `gate.lock`, so two commands started together agree.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import psycopg

from anlan.config import env
from anlan.config.database import configuration
from anlan.config.database import layout as layouts
from anlan.config.database.layout import Layout
from anlan.kernel.errors import Unavailable

ROLE = "anlan"
APPLICATION_ROLE = "anlan_app"
"""Web and worker connect as this role, which owns nothing and stands under row-level security."""
DATABASE = "anlan"
EXTENSIONS = ("ltree", "pg_trgm", "btree_gist", "btree_gin")


class DatabaseNotStarted(Unavailable):
    """The bundled PostgreSQL did not {what}: {reason} (look into {log})"""


@contextlib.contextmanager
def running(home: Path, *, fsync: bool = True) -> Iterator[Layout]:
    """Have the server run for as long as the block does; the last user stops it."""
    layout = layouts.find_layout(home)
    layouts.prepare(layout)
    users = _open_lock(layout, "users.lock")
    try:
        with _gate(layout):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start(layout, fsync=fsync)
        try:
            yield layout
        finally:
            with _gate(layout):
                if _is_last(users) and not _kept(layout).exists():
                    _stop(layout)
    finally:
        os.close(users)


def start(home: Path) -> Layout:
    """Start the server and keep it running until `stop`."""
    with running(home) as layout:
        _kept(layout).touch()
        return layout


def stop(home: Path) -> bool:
    """Stop the server, whoever uses it; say whether it was running."""
    layout = layouts.find_layout(home)
    if not layout.folder.exists():
        return False
    with _gate(layout):
        _kept(layout).unlink(missing_ok=True)
        return _stop(layout)


def stop_unused(home: Path) -> bool:
    """Stop a server that nobody uses any more, as after a kill; tell whether nobody did."""
    layout = layouts.find_layout(home)
    if not (layout.folder / "users.lock").exists():
        return not layout.data.exists()
    with _gate(layout), contextlib.ExitStack() as stack:
        users = _open_lock(layout, "users.lock")
        stack.callback(os.close, users)
        if not _is_last(users):
            return False
        _stop(layout)
        return True


def mend(home: Path) -> bool:
    """Start a server that has ended although it is in use; tell whether that was so."""
    layout = layouts.find_layout(home)
    if is_running(layout):
        return False
    layouts.prepare(layout)
    with _gate(layout):
        _start(layout, fsync=True)
    return True


def recover(layout: Layout, *, options: Mapping[str, str]) -> None:
    """Start on restored data, let the recovery that `options` describe come to its end, and stop.

    The data must hold recovery.signal. Raises DatabaseNotStarted with what the server said last.
    """
    layouts.prepare(layout)
    program, own = layouts.find_program(layout), layout.data / "postgresql.auto.conf"
    kept = own.read_text(encoding="utf-8")
    # The log of a recovery belongs to whoever waits for it; connections are let in at its end.
    options = {"hot_standby": "off", "logging_collector": "off"} | dict(options)
    lines = "".join(f"{k} = '{v.replace(chr(39), chr(39) * 2)}'\n" for k, v in options.items())
    log = layout.folder / "recovery.log"
    log.unlink(missing_ok=True)
    with _gate(layout):
        _configure(layout, fsync=True, archives=False)
        _write(layout, own.name, kept + lines)
        try:
            rest = ["start", "-w", "-t600", "-D", str(layout.data), "-l", str(log)]
            _run(layout, "recover", [program / "pg_ctl", *rest])
            while not _answers(layout):
                if _find_postmaster(layout) is None:
                    raise _failure(layout, "recover", "it ended")
                time.sleep(0.2)
        except DatabaseNotStarted as wrong:
            said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
            reason = " ".join(said.split())[-1500:] or wrong.data["reason"]
            raise DatabaseNotStarted(what="recover", reason=reason, log=log) from None
        finally:
            _stop(layout)
            _write(layout, own.name, kept)


def tune(layout: Layout, text: str) -> None:
    """Give a running server settings of its own until the next call; empty: none any more."""
    _write(layout, "own.conf", text)
    with connect(layout, "postgres") as connection:
        connection.execute("SELECT pg_reload_conf()")
    if not text:
        (layout.data / "own.conf").unlink()


def sync(layout: Layout) -> None:
    """Flush a stopped server's data to the disk, after it was filled without fsync."""
    program = layouts.find_program(layout)
    _run(layout, "flush its data", [program / "initdb", "--sync-only", "-D", layout.data])


def is_running(layout: Layout) -> bool:
    """Tell whether the server of this state folder runs."""
    return _find_postmaster(layout) is not None


def _start(layout: Layout, *, fsync: bool) -> None:
    program = layouts.find_program(layout)
    if not layout.data.exists():
        _make_data(layout, program)
    if _find_postmaster(layout) is None:
        _forget_reused_number(layout)
        _configure(layout, fsync=fsync)
        _start_when_free(layout, program)
    _wait(layout)
    _make_database(layout)
    _keep_errors_out_of_the_log(layout)


def _start_when_free(layout: Layout, program: Path) -> None:
    """Start; again for some seconds, while children of a killed server still use its memory."""
    log = layout.folder / "start.log"
    until = time.monotonic() + 10
    while True:
        try:
            _run(
                layout,
                "start",
                [program / "pg_ctl", "start", "-w", "-t90", "-D", layout.data, "-l", log],
            )
        except DatabaseNotStarted:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


def _stop(layout: Layout) -> bool:
    if _find_postmaster(layout) is None:
        return False
    program = layouts.find_program(layout)
    _run(
        layout,
        "stop",
        [program / "pg_ctl", "stop", "-w", "-t", "30", "-m", "fast", "-D", layout.data],
    )
    return True


def _make_data(layout: Layout, program: Path) -> None:
    fresh = layout.data.with_suffix(".new")
    if fresh.exists():
        shutil.rmtree(fresh)
    # The builtin C.UTF-8 locale: with the default LC_CTYPE=C, pg_trgm finds no trigram in
    # Chinese text, and \w and ltree labels know no Chinese letter.
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-ctype=C.UTF-8"]
    rest = ["--lc-collate=C", "--lc-messages=C", "--encoding=UTF8", "--auth=reject"]
    _run(layout, "make its data", [program / "initdb", "-D", fresh, "-U", ROLE, *locale, *rest])
    with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude = 'anlan.conf'\n")
    fresh.rename(layout.data)


def _configure(layout: Layout, *, fsync: bool, archives: bool = True) -> None:
    names = {layout.owner.name, "root", _my_name()}
    users = "".join(
        f"anlan {name} {role}\n" for name in sorted(names) for role in (ROLE, APPLICATION_ROLE)
    )
    # What runs without fsync is made to be thrown away.
    archives = archives and fsync and env.is_on("ANLAN_BACKUP_LOG")
    if archives:
        layouts.make_folder(layout.spool, layout.owner)
    _write(layout, "anlan.conf", configuration.write(layout, fsync=fsync, archives=archives))
    doors = "local all all peer map=anlan\nlocal replication all peer map=anlan\n"
    _write(layout, "pg_hba.conf", f"# Written by anlan.\n{doors}")
    _write(layout, "pg_ident.conf", f"# Written by anlan.\n{users}")


def _write(layout: Layout, name: str, text: str) -> None:
    path = layout.data / name
    fresh = layout.data / f"{name}.new"
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(fresh, layout.owner.uid, layout.owner.gid)
    fresh.replace(path)


def _make_database(layout: Layout) -> None:
    with connect(layout, "template1") as connection:
        role = [APPLICATION_ROLE]
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", role).fetchone():
            connection.execute(f"CREATE ROLE {APPLICATION_ROLE} LOGIN")
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone():
            return
        for name in EXTENSIONS:
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    with connect(layout, "postgres") as connection:
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template1")


def _keep_errors_out_of_the_log(layout: Layout) -> None:
    """Have errors told to the session that made them only: their text quotes what was written.

    By role and not in the configuration, so that what goes wrong in PostgreSQL's own processes (a
    checkpoint that cannot be written) is still logged.
    """
    with connect(layout, "postgres") as connection:
        wanted = "log_min_messages=log"
        found = connection.execute(
            "SELECT 1 FROM pg_db_role_setting"
            " WHERE setdatabase = 0 AND setrole = 0 AND %s = ANY (setconfig)",
            [wanted],
        )
        if found.fetchone() is None:
            connection.execute("ALTER ROLE ALL SET log_min_messages = 'log'")


def connect(layout: Layout, database: str) -> psycopg.Connection:
    """Open a connection of the server's owner to one of its databases, outside Django."""
    return psycopg.connect(
        host=str(layout.socket), user=ROLE, dbname=database, autocommit=True, connect_timeout=10
    )


def _wait(layout: Layout) -> None:
    """Wait until an adopted server, perhaps still recovering, takes connections."""
    until = time.monotonic() + 90
    while not _answers(layout):
        if time.monotonic() > until:
            raise _failure(layout, "answer", "no connection for 90 s")
        time.sleep(0.1)


def _answers(layout: Layout) -> bool:
    try:
        connect(layout, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _find_postmaster(layout: Layout) -> psutil.Process | None:
    """Find the living server of exactly this data folder."""
    try:
        lines = (layout.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        process = psutil.Process(int(lines[0]))
        # A server names its data folder; a process that was given its number does not. (The
        # working folder would say the same, but root in a container may not ask for it.)
        if str(layout.data) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
            return process
    except (FileNotFoundError, ValueError, IndexError, psutil.Error):
        pass
    return None


def _forget_reused_number(layout: Layout) -> None:
    """Remove the lock files of a dead server whose number now belongs to a stranger.

    Only then: for a number nobody has, PostgreSQL's own check is better, as it also finds
    children of a dead server that still use its memory.
    """
    for file in (layout.data / "postmaster.pid", layout.socket / f"{layouts.SOCKET_NAME}.lock"):
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            number = int(file.read_text(encoding="utf-8").splitlines()[0])
            if psutil.pid_exists(number):
                file.unlink()


def _run(layout: Layout, what: str, command: list[str | Path]) -> None:
    as_owner = os.geteuid() == 0
    # Into a file: the server would keep a pipe open and the command would never seem to end.
    with (layout.folder / "command.log").open("wb") as output:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=layout.folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            user=layout.owner.uid if as_owner else None,
            group=layout.owner.gid if as_owner else None,
            extra_groups=[] if as_owner else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        said = (layout.folder / "command.log").read_text(encoding="utf-8", errors="replace")
        raise _failure(layout, what, " ".join(said.split())[-500:])


def _failure(layout: Layout, what: str, reason: str) -> DatabaseNotStarted:
    return DatabaseNotStarted(what=what, reason=reason, log=layout.data / "log")


@contextlib.contextmanager
def _gate(layout: Layout) -> Iterator[None]:
    descriptor = _open_lock(layout, "gate.lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _open_lock(layout: Layout, name: str) -> int:
    descriptor = os.open(layout.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        os.fchown(descriptor, layout.owner.uid, layout.owner.gid)
    return descriptor


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _kept(layout: Layout) -> Path:
    return layout.folder / "kept"


def _my_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name

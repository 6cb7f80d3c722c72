"""`anlan run`: the whole product from one command; `anlan web` and `anlan worker`: its parts."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import psycopg

from anlan.cli import database_running, set_up_django
from anlan.cli.db import apply_migrations
from anlan.config import env, processes
from anlan.config.database import address, server
from anlan.config.operating import logs
from anlan.kernel.errors import Conflict, Unavailable

_STOP_WITHIN_S = 7.0
_MEND_AGAIN_S = 2.0


class AlreadyRunning(Conflict):
    """anlan runs already on {home} (process {pid}, {url}). Stop it first, or set another ANLAN_HOME."""


class PortTaken(Conflict):
    """Another program listens on {host}:{port}. Stop it, or choose another port: ANLAN_PORT=8001 anlan run"""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (ANLAN_PORT).")
@click.option("--host", help="Address to listen on (ANLAN_HOST).")
@click.option("--demo/--no-demo", default=True, help="Fill an empty database with a demo county.")
def run(port: int | None, host: str | None, demo: bool) -> None:
    """Start everything: database, tables, demo county, web server, background jobs.

    The first start fills the database with a demo county and prints its accounts. Ctrl-C stops
    everything; a run that was killed just starts again.

    \b
    Examples:
      anlan run --port 8001
      ANLAN_HOME=/srv/anlan anlan run --no-demo --host 0.0.0.0
    """
    if port:
        os.environ["ANLAN_PORT"] = str(port)
    if host:
        os.environ["ANLAN_HOST"] = host
    for name in env.list_unknown():
        click.secho(f"{name} is set but means nothing to anlan: misspelt?", fg="yellow", err=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with only_one(env.get_home()):
        _check_port()
        try:
            _run(with_demo=demo)
        except KeyboardInterrupt:
            logs.tell("stopped")


@click.command()
@click.option("--parent", type=int, hidden=True)
def web(parent: int | None) -> None:
    """Start only a web server, against a database that runs already.

    For several hosts: point ANLAN_DATABASE_URL and ANLAN_SECRET_KEY_FILE to the same on all.
    """
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    if parent:
        # Which has prepared everything; the request processes set Django up for themselves.
        processes.end_with_parent(parent)
    else:
        _prepare()
    Server(
        "anlan.config.wsgi:application",
        address=env.get_text("ANLAN_HOST"),
        port=env.get_number("ANLAN_PORT"),
        interface=Interfaces.WSGI,
        workers=env.get_number("ANLAN_WEB_PROCESSES") or min(os.cpu_count() or 1, 4),
        blocking_threads=env.get_number("ANLAN_WEB_THREADS"),
        respawn_failed_workers=True,
        # A kept-alive connection must not hold up the end.
        workers_kill_timeout=3,
        log_level=LogLevels.warning,
        log_dictconfig=logs.get_config(),
    ).serve()


@click.command()
@click.option("--parent", type=int, hidden=True)
def worker(parent: int | None) -> None:
    """Start only a worker for background jobs; any number on any hosts."""
    if parent:
        processes.end_with_parent(parent)
    address.act_as_application()
    set_up_django()
    from procrastinate.contrib.django import app

    from anlan.config.jobs import HEARTBEAT_SECONDS, STALLED_AFTER_SECONDS
    from anlan.config.operating import jobs, traces

    logs.guard_process()
    traces.wrap_actions()

    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        working.run_worker(
            worker_middleware=[jobs.watch],
            concurrency=env.get_number("ANLAN_WORKER_JOBS"),
            shutdown_graceful_timeout=5,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_AFTER_SECONDS,
            # What was done is in the ledger; a queue that keeps it grows without bound.
            delete_jobs="successful",
        )


def _run(*, with_demo: bool) -> None:
    began = time.monotonic()
    home = env.get_home()
    logs.tell(f"安澜 anlan  {home}")
    with contextlib.ExitStack() as stack:
        with _step("database"):
            stack.enter_context(database_running())
        with _step("program"):
            _prepare()
        with _step("tables"):
            apply_migrations()
        if with_demo:
            _fill()
        children = [
            processes.Child(name="web", arguments=["web"]),
            processes.Child(name="worker", arguments=["worker"]),
        ]
        try:
            with _step("web server and worker"):
                for child in children:
                    child.start()
                _wait_for_web(children)
            _welcome(time.monotonic() - began)
            _supervise(children, home)
        finally:
            logs.tell("stopping")
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            for name in processes.stop_all(children, within_s=_STOP_WITHIN_S):
                logs.tell(f"{name} did not end by itself and was killed")


def _fill() -> None:
    """Fill an instance that has no people yet with the demo county."""
    from anlan.demo import world
    from anlan.kernel.clock import now
    from anlan.people.models import Person

    # Asked of the database, not of this folder: several hosts may share one database.
    if Person.objects.exists():
        return
    logs.tell("first start: filling the demo county")
    last: tuple[str, float] | None = None

    def tell(step: str | None) -> None:
        nonlocal last
        if last:
            logs.tell(f"  {last[0]}  {time.monotonic() - last[1]:.1f} s")
        last = (step, time.monotonic()) if step else None

    world.set_up(now(), tell)
    tell(None)


def _welcome(seconds: float) -> None:
    from anlan.demo import world

    if logs.is_json():
        # Nobody sits before it: no accounts into a log.
        logs.tell(f"{_url()} ready in {seconds:.1f} s")
        return
    click.echo()
    click.secho(f"  {_url()}", fg="green", bold=True, nl=False)
    click.echo(f"   ready in {seconds:.1f} s; Ctrl-C stops it")
    click.echo()
    if accounts := world.list_accounts():
        click.echo("  Demo accounts (login, password, who; kept in demo-accounts.json):")
        for account in accounts:
            line = f"{account['login']:<11} {account['password']}  {account['name']}"
            logs.tell(f"  {line}  ·  {account['place']}")
        click.echo()


def _prepare() -> None:
    """Set Django up with translations and static files in their newest form."""
    set_up_django()
    from anlan.config import static

    static.collect_stale()


def _supervise(children: list[processes.Child], home: Path) -> NoReturn:
    while True:
        time.sleep(0.5)
        for child in children:
            child.look_after(logs.tell)
        if not address.is_outside():
            _mend_database(home)


def _mend_database(home: Path) -> None:
    """Start the database again if it has ended; what stands in the way may pass (a full disk)."""
    try:
        if server.mend(home):
            logs.tell("the database had ended and was started again")
    except (Unavailable, OSError, psycopg.OperationalError) as wrong:
        logs.tell(f"the database had ended and does not start, trying again: {wrong}")
        time.sleep(_MEND_AGAIN_S)


def _wait_for_web(children: list[processes.Child]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for child in children:
            child.look_after(logs.tell)
        with contextlib.suppress(OSError), socket.create_connection(_listens_on(), timeout=1):
            return
        time.sleep(0.1)
    logs.tell("the web server does not answer yet")


def _check_port() -> None:
    """Refuse a port somebody else has, before anything is started."""
    host, port = env.get_text("ANLAN_HOST"), env.get_number("ANLAN_PORT")
    # A run that was killed leaves request processes that end within a second or two.
    until = time.monotonic() + 4
    while True:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise click.UsageError(f"cannot listen on {host}:{port}: {error}") from None
                if time.monotonic() > until:
                    raise PortTaken(host=host, port=port) from None
                time.sleep(0.3)
            else:
                return


def _listens_on() -> tuple[str, int]:
    host = env.get_text("ANLAN_HOST")
    every = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to reach it, not to listen
    return every.get(host, host), env.get_number("ANLAN_PORT")


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the state folder for this run. Raises AlreadyRunning."""
    home.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    with (home / "run.lock").open("a+", encoding="utf-8") as holder:
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder.seek(0)
            pid, _, url = holder.read().strip().partition(" ")
            raise AlreadyRunning(home=home, pid=pid, url=url) from None
        holder.truncate(0)
        holder.write(f"{os.getpid()} {_url()}\n")
        holder.flush()
        yield


@contextlib.contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    logs.tell(f"{name} ready  {time.monotonic() - began:.1f} s")


def _url() -> str:
    host, port = _listens_on()
    shown = f"[{host}]" if ":" in host else host
    return env.get_text("ANLAN_PUBLIC_URL") or f"http://{shown}:{port}"


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt

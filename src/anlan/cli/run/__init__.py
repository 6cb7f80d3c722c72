"""`anlan run`: the whole product from one command; `anlan web` and `anlan worker`: its parts."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NamedTuple

import click

from anlan.cli import database_running, set_up_django
from anlan.cli.db import apply_migrations
from anlan.cli.run.supervising import Supervisor
from anlan.config import env, processes, public_address, restarting
from anlan.config.database import address
from anlan.config.operating import logs
from anlan.config.serving import sockets

_PORT_FREE_WITHIN_S = 4
_JOBS_MAY_TAKE_S = 900


class Listeners(NamedTuple):
    """The sockets of the web server and of the live boards' streams."""

    web: socket.socket
    live: socket.socket


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
    _check_address()
    _take_signals()
    with restarting.only_one(env.get_home(), _url()), _listening() as listeners:
        try:
            _run(listeners, with_demo=demo)
        except KeyboardInterrupt:
            logs.tell("stopped")


@click.command()
@click.option("--parent", type=int, hidden=True)
@click.option("--ready", type=int, hidden=True)
@click.option("--socket", "listener", type=int, hidden=True)
def web(parent: int | None, ready: int | None, listener: int | None) -> None:
    """Start only a web server, against a database that runs already.

    For several hosts: point ANLAN_DATABASE_URL and ANLAN_SECRET_KEY_FILE to the same on all.
    """
    if parent and listener is not None:
        from anlan.config.serving import server

        # Which has prepared everything; the request processes set Django up for themselves.
        processes.end_with_parent(parent)
        server.serve(socket.socket(fileno=listener), ready)
        return
    _check_address()
    _take_signals()
    home = env.get_home()
    with restarting.only_one(home, _url(), name=restarting.WEB), _listening() as listeners:
        try:
            _prepare()
            supervisor = Supervisor(home, _faces(listeners), mends_database=False)
            _look_after(supervisor, lambda: logs.tell(f"{_url()} ready"))
        except KeyboardInterrupt:
            logs.tell("stopped")


@click.command(hidden=True)
@click.option("--parent", type=int, hidden=True)
@click.option("--ready", type=int, hidden=True)
@click.option("--socket", "listener", type=int, hidden=True)
def live(parent: int | None, ready: int | None, listener: int | None) -> None:
    """Serve the live boards' streams; started beside the web server by `anlan run` and `anlan web`."""
    from anlan.config.serving import server

    if parent is None or listener is None:
        raise click.UsageError(
            "`anlan run` and `anlan web` start this themselves; start one of them."
        )
    processes.end_with_parent(parent)
    server.serve_live(socket.socket(fileno=listener), ready)


@click.command()
@click.option("--parent", type=int, hidden=True)
@click.option("--ready", type=int, hidden=True)
def worker(parent: int | None, ready: int | None) -> None:
    """Start only a worker for background jobs; any number on any hosts."""
    if parent:
        processes.end_with_parent(parent)
    address.act_as_application()
    set_up_django()
    from anlan.config.operating import traces
    from anlan.config.serving import worker as serving

    logs.guard_process()
    traces.wrap_actions()
    serving.work(ready)


def _check_address() -> None:
    """Refuse a public address without HTTPS; warn of a port that is open without it."""
    public_address.check()
    if public_address.is_plain() or public_address.is_open_without_https():
        click.secho(
            "This installation is reached without HTTPS: passwords and reports cross the network readable. "
            "Put a proxy with TLS in front; `anlan doctor` says how.",
            fg="red", err=True,
        )  # fmt: skip


def _faces(listeners: Listeners) -> list[processes.Child]:
    """The web server, and the streams of its live boards."""
    return [
        processes.Child(name="web", arguments=["web"], socket=listeners.web.fileno()),
        processes.Child(name="live", arguments=["live"], socket=listeners.live.fileno()),
    ]


def _run(listeners: Listeners, *, with_demo: bool) -> None:
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
        worker = processes.Child("worker", ["worker"], leaves_within_s=_JOBS_MAY_TAKE_S)
        supervisor = Supervisor(home, [*_faces(listeners), worker], mends_database=True)
        _look_after(supervisor, lambda: _welcome(time.monotonic() - began))


def _look_after(supervisor: Supervisor, welcome: Callable[[], None]) -> None:
    signal.signal(restarting.SIGNAL, supervisor.ask)
    try:
        with _step("web server and worker"):
            supervisor.start()
        welcome()
        supervisor.supervise()
    finally:
        logs.tell("stopping")
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        supervisor.stop()


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


def _listens_on() -> tuple[str, int]:
    host = env.get_text("ANLAN_HOST")
    every = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to reach it, not to listen
    return every.get(host, host), env.get_number("ANLAN_PORT")


@contextlib.contextmanager
def _listening() -> Iterator[Listeners]:
    """Open the listening sockets before anything is started, so that nothing starts in vain."""
    port, live_port = env.get_number("ANLAN_PORT"), env.get_number("ANLAN_LIVE_PORT")
    with (
        sockets.open_listener(port, wait_s=_PORT_FREE_WITHIN_S) as opened,
        sockets.open_listener(live_port, wait_s=_PORT_FREE_WITHIN_S) as streams,
    ):
        # Pages name the port to browsers
        os.environ["ANLAN_LIVE_PORT"] = str(streams.getsockname()[1])
        yield Listeners(opened, streams)


def _take_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    # Until there is something to restart.
    signal.signal(restarting.SIGNAL, signal.SIG_IGN)


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

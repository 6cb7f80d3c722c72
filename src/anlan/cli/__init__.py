"""The `anlan` command: one sub-command a room, loaded only when asked for.

`anlan --help` must answer at once, so this module imports neither Django nor any room. A
sub-command that reads or writes data wraps itself in `with_django`, which starts the bundled
database for as long as the command runs (or shares the one that runs already).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

import click

from anlan.kernel.errors import AnlanError, Conflict, Unavailable

P = ParamSpec("P")
R = TypeVar("R")

_NO_SUCH_TABLE_OR_COLUMN = ("42P01", "42703")

# name → (module under anlan.cli, object in it, what it does)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("run", "run", "Start everything: database, web, background jobs."),
    "web": ("run", "web", "Start only a web server, against a database that runs already."),
    "live": ("run", "live", "Stream the live boards; `run` and `web` start it themselves."),
    "worker": ("run", "worker", "Start only a worker for background jobs."),
    "restart": ("restart", "restart", "Take up a changed program without a failed request."),
    "import": ("imports", "group", "Take in signals from a CSV or JSONL file."),
    "report": ("reports", "group", "Figures by place, matter and month."),
    "indicators": (
        "indicators",
        "group",
        "What the two reports are made of: register, returns, values.",
    ),
    "facts": ("facts", "group", "Facts of cases in Parquet; months from them on DuckDB or Spark."),
    "situation": ("situation", "group", "What is unusual: bounds, alarms, clusters, changes."),
    "assessment": ("assessment", "group", "Score cards of places: schemes, scores, publication."),
    "places": ("places", "group", "Jurisdictions, grids, and where a point is."),
    "people": ("people", "group", "Accounts, duties and machine accounts."),
    "triage": (
        "triage",
        "group",
        "The classifier: learn from the desk, try in shadow, promote; hot topics.",
    ),
    "simulate": (
        "simulate",
        "group",
        "Play a made-up day in an instance of its own, and judge it.",
    ),
    "ledger": ("ledger", "group", "Checkpoints, proofs, and a full audit of the ledger."),
    "privacy": ("privacy", "group", "What is held about persons, how long; proofs; requests."),
    "keys": ("keys", "group", "Keys that seal personal data: status, rotation, archive."),
    "db": ("db", "group", "The bundled database: start, stop, address, shell."),
    "doctor": ("doctor", "command", "Find what is wrong with this installation, and the mend."),
    "migrate": ("db", "migrate", "Bring the tables up to this version."),
    "backup": ("backup", "group", "Make, verify and list backups."),
    "restore": ("backup", "restore", "Bring an instance back from a backup, to any instant."),
    "settings": ("settings", "settings", "List every environment variable and its value."),
}


class TablesMissing(Conflict):
    """The database has not the tables of this version ({reason}). Run: anlan migrate"""


class DatabaseLost(Unavailable):
    """The database went away in the middle of the command, whose last step was undone: {reason}"""


class Rooms(click.Group):
    """Loads a sub-command's module when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"anlan.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, _, about) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Say what a user did wrong in two lines instead of a traceback."""
        try:
            return super().invoke(ctx)
        except AnlanError as error:
            click.echo(f"anlan: {error.message}", err=True)
            click.echo(f"       ({error.code})", err=True)
            ctx.exit(2 if error.status < 500 else 1)


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="anlan")
def main() -> None:
    """安澜 anlan – from a resident's signal to the report a leader signs.

    \b
    Start here:
      anlan run                 start everything; prints the address and demo accounts
      anlan COMMAND --help      what a command does, with examples

    State (database, keys, files) lives in ANLAN_HOME; `anlan settings` lists every variable.
    """
    _leave_no_core()


def _leave_no_core() -> None:
    """Have this process and all that it starts leave no memory on disk when they crash.

    It holds keys and opened contacts. Where a unit forbids to change limits, the unit has set this one.
    """
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def with_django(function: Callable[P, R]) -> Callable[P, R]:
    """Run a command with its database running and Django set up."""

    from anlan.config.operating import logs

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with database_running():
            set_up_django()
            # The message of an exception may quote a row; what broke is told without it.
            sys.excepthook = logs.tell_uncaught
            from django.db import OperationalError, ProgrammingError

            try:
                return function(*args, **kwargs)
            except ProgrammingError as error:
                if getattr(error.__cause__, "sqlstate", "") in _NO_SUCH_TABLE_OR_COLUMN:
                    raise TablesMissing(reason=str(error).splitlines()[0]) from error
                raise
            except OperationalError as error:
                raise DatabaseLost(reason=" ".join(str(error).split())) from error

    return run


@contextlib.contextmanager
def database_running() -> Iterator[None]:
    """Have the database run: start or share the bundled one, or check the outside one."""
    from anlan.config import env
    from anlan.config.database import address, server

    if address.is_outside():
        address.check_outside()
        yield
    else:
        with server.running(env.get_home()):
            try:
                yield
            finally:
                _close_connections()


def set_up_django() -> None:
    """Set Django up once; commands speak the language of the terminal."""
    import django
    from django.utils import translation

    from anlan.config import env, translations

    translations.compile_stale(env.get_home() / "locale")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
    django.setup()
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    translation.activate("zh-hans" if spoken.startswith("zh") else "en")


def _close_connections() -> None:
    if "django.db" in sys.modules:
        from django.db import connection

        if connection.settings_dict.get("NAME"):
            connection.close()
            getattr(connection, "close_pool", lambda: None)()

"""`anlan db` and `anlan migrate`: the database from the outside."""

from __future__ import annotations

import time
from typing import Any

import click

from anlan.cli import with_django
from anlan.config import env
from anlan.config.database import address, layout, server
from anlan.config.operating import logs

_WAITS_FOR_A_TABLE_S = 5


@click.group()
def group() -> None:
    """The bundled database.

    Commands start it when they need it and stop it when they are the last to use it;
    `anlan db start` keeps it running in between.
    """


@group.command()
def start() -> None:
    """Start the bundled database and keep it running."""
    if address.is_outside():
        raise click.UsageError("ANLAN_DATABASE_URL names an outside database; start that one.")
    server.start(env.get_home())
    click.echo(address.get_url(env.get_home()))


@group.command()
def stop() -> None:
    """Stop the bundled database, whoever uses it."""
    click.echo("stopped" if server.stop(env.get_home()) else "it was not running")


@group.command()
def url() -> None:
    """Print the address of the database for psql and other clients."""
    click.echo(address.get_url(env.get_home()))


@group.command()
@click.argument("arguments", nargs=-1)
@with_django
def shell(arguments: tuple[str, ...]) -> None:
    """Open psql on the database; ARGUMENTS go to psql.

    \b
    Example:  anlan db shell -- -c 'SELECT count(*) FROM places_place'
    """
    import subprocess

    psql = "psql"
    if not address.is_outside():
        psql = str(layout.find_program(layout.find_layout(env.get_home())) / "psql")
    done = subprocess.run([psql, address.get_url(env.get_home()), *arguments], check=False)
    raise SystemExit(done.returncode)


@click.command()
@click.option("--make", is_flag=True, help="For developers: write new migrations of ROOMS.")
@click.option(
    "--while-running",
    is_flag=True,
    help="Only if the version that runs can live with it; what anlan restart does first.",
)
@click.argument("rooms", nargs=-1)
def migrate(make: bool, while_running: bool, rooms: tuple[str, ...]) -> None:
    """Bring the tables up to this version; safe to repeat."""
    if while_running:
        with_django(_prepare_while_running)()
    elif make:
        from django.core.management import call_command

        with_django(lambda: call_command("makemigrations", *rooms))()
    else:
        with_django(apply_migrations)()


def apply_migrations() -> int:
    """Apply what is missing, a line with its time for each; return how many."""
    from django.db import connection

    from anlan.config.database.migrating import WholeExecutor

    began = time.monotonic()

    def tell(action: str, migration: Any = None, fake: bool | None = False, /) -> None:
        nonlocal began
        if action == "apply_start":
            began = time.monotonic()
        elif action == "apply_success":
            logs.tell(f"{migration}  {time.monotonic() - began:.2f} s")

    with _one_at_a_time(connection):
        executor = WholeExecutor(connection, tell)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        executor.migrate(executor.loader.graph.leaf_nodes(), plan=plan)
    return len(plan)


def _prepare_while_running() -> None:
    """Bring texts, static files and tables up to this version under the one that runs."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from anlan.config import static
    from anlan.config.database.migrating import MigrationsBreak, list_breaking

    executor = MigrationExecutor(connection)
    if breaking := list_breaking(executor.migration_plan(executor.loader.graph.leaf_nodes())):
        raise MigrationsBreak(names=", ".join(breaking))
    with connection.cursor() as cursor:
        # A change that waits for a table keeps everybody else waiting behind it.
        cursor.execute(f"SET lock_timeout = '{_WAITS_FOR_A_TABLE_S}s'")
    apply_migrations()
    static.collect_stale()


class _one_at_a_time:  # noqa: N801 - reads as a sentence where it is used
    """Holds an advisory lock, so that two hosts starting together migrate one after the other."""

    _KEY = 0x616E6C616E

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [self._KEY])

    def __exit__(self, *_: object) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [self._KEY])

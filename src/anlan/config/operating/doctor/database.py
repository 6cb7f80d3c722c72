"""What can be told of the database server itself, whoever runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from anlan.config import env
from anlan.config.database import address
from anlan.config.operating.doctor import findings
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError

CLOCK_MAY_DIFFER_S = 5
LOG_SETTINGS = {
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_messages": "log",
}
"""What keeps personal data out of PostgreSQL's own log (docs/decisions/0015-logs-without-personal-data.md)."""


def check_link() -> Iterator[AnlanError]:
    """Find a database on another machine whose certificate is not looked at."""
    host, mode = address.find_link()
    if host and mode != "verify-full":
        yield findings.DatabaseLinkOpen(host=host, mode=mode)


def check_role() -> Iterator[AnlanError]:
    """Find a role that passes every wall; the bundled server's own is used on this machine only."""
    if address.is_outside() and _ask("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        yield findings.RoleTooMighty(role=_ask("SELECT current_user"))


def check_log() -> Iterator[AnlanError]:
    """Find settings with which the server's log would quote what people wrote."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY (%s) ORDER BY name",
            [list(LOG_SETTINGS)],
        )
        rows = cursor.fetchall()
    for name, value in rows:
        if value != LOG_SETTINGS[name] and (name, value) != ("log_min_messages", "fatal"):
            yield findings.DatabaseLogTells(
                name=name, value=value, wanted=LOG_SETTINGS[name],
                database=_ask("SELECT current_database()"),
            )  # fmt: skip


def check_connections() -> Iterator[AnlanError]:
    """Find that processes may ask for more connections than the server gives."""
    processes = env.get_number("ANLAN_WEB_PROCESSES") or min(os.cpu_count() or 1, 4)
    wanted = processes * env.get_number("ANLAN_DATABASE_POOL")
    limit = int(str(_ask("SELECT setting FROM pg_settings WHERE name = 'max_connections'")))
    if wanted > limit:
        yield findings.ConnectionsTooFew(wanted=wanted, limit=limit)


def check_clock() -> Iterator[AnlanError]:
    """Find clocks that disagree."""
    with psycopg.connect(address.get_url(env.get_home()), connect_timeout=10) as direct:
        before = now()
        row = direct.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    seconds = abs((row[0] - before).total_seconds())
    if seconds > CLOCK_MAY_DIFFER_S:
        yield findings.ClockOff(seconds=round(seconds))


def check_tables() -> Iterator[AnlanError]:
    """Find tables older or newer than the program."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield findings.TablesBehind(count=len(plan), first=str(plan[0][0]))
    known = set(executor.loader.disk_migrations)
    ours = {app for app, _ in known}
    ahead = sorted(
        key for key in executor.loader.applied_migrations if key[0] in ours and key not in known
    )
    if ahead:
        yield findings.TablesAhead(name=".".join(ahead[0]))


def _ask(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return row[0] if row else None

"""What every test gets: a PostgreSQL of its own, no network, a fixed instance key.

The server is bundled, lives in a temporary folder and is shared by all processes of
pytest-xdist (each with its own database); ANLAN_TEST_DATABASE_URL uses an outside one instead.
"""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anlan.kernel.errors import AnlanError

_home = contextlib.ExitStack()
# Also when pytest fails before its own end, or a server would be left over.
atexit.register(_home.close)


def pytest_configure(config: pytest.Config) -> None:
    """Start the server before Django reads its settings."""
    outside = os.environ.get("ANLAN_TEST_DATABASE_URL", "")
    if threading.current_thread() is threading.main_thread():
        # A run in the background ignores Ctrl-C, and so would all that it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith("ANLAN_")]:
        if name not in ("ANLAN_TEST_DATABASE_URL", "ANLAN_TEST_HOME"):
            del os.environ[name]
    if not hasattr(config, "workerinput"):
        _sweep()
        # pytest's own temporary folders are closed to the user a root's server runs as.
        home = Path(tempfile.mkdtemp(prefix="anlan-test-"))
        home.chmod(0o711)
        os.environ["ANLAN_TEST_HOME"] = str(home)
        _home.callback(shutil.rmtree, home, ignore_errors=True)
    home = Path(os.environ["ANLAN_TEST_HOME"])
    if hasattr(config, "workerinput"):
        # Keys and files of its own; the server is everybody's.
        server_folder, home = home / "postgres", home / config.workerinput["workerid"]
        home.mkdir(mode=0o711)
        if not outside:
            (home / "postgres").symlink_to(server_folder)
    os.environ["ANLAN_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "anlan.config.settings"
    if outside:
        os.environ["ANLAN_DATABASE_URL"] = outside
        from anlan.config.database import address

        address.check_outside()
    else:
        from anlan.config.database import server

        # fsync off: a test's database need not survive a power cut.
        _home.enter_context(server.running(home, fsync=False))
    import django

    from anlan.config import translations

    translations.compile_stale(home / "locale")
    (home / "static").mkdir(exist_ok=True)
    django.setup()
    from anlan.config.operating import requests

    requests.BEAT_S = (
        1e-6  # the matrix refuses ten thousand times; that the beat is kept has its test
    )
    _let_append_only_tables_be_emptied()
    _let_databases_be_dropped()


def _let_append_only_tables_be_emptied() -> None:
    """Let Django empty every table after a test that commits, also those that refuse it."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def flush_without_triggers(self: DatabaseOperations, sql_list: list[str]) -> None:
        without = "RESET ROLE; SET session_replication_role = replica"
        again = "RESET session_replication_role; SET ROLE anlan_app"
        # Django empties only tables it manages; the queue's are not among them.
        queue = (
            "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_workers,"
            " procrastinate_periodic_defers RESTART IDENTITY CASCADE"
        )
        flush(self, [without, *sql_list, queue, again])

    DatabaseOperations.execute_sql_flush = flush_without_triggers  # type: ignore[method-assign]


def _let_databases_be_dropped() -> None:
    """Drop a test database although a thread's pooled connection may still be open on it."""
    from django.db.backends.postgresql.creation import DatabaseCreation

    def drop(self: DatabaseCreation, test_database_name: str, verbosity: int) -> None:
        with self._nodb_cursor() as cursor:
            name = self.connection.ops.quote_name(test_database_name)
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    DatabaseCreation._destroy_test_db = drop  # type: ignore[method-assign]


def _sweep() -> None:
    """Stop the servers of test runs that were killed."""
    from anlan.config.database import server

    for left in Path(tempfile.gettempdir()).glob("anlan-test-*"):
        with contextlib.suppress(OSError, AnlanError):
            # Not a run that is only just making its folders.
            is_old = time.time() - left.stat().st_mtime > 60
            if is_old and server.stop_unused(left):
                shutil.rmtree(left, ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and forget its folder."""
    with contextlib.suppress(ImportError):
        from django.db import connections

        for connection in connections.all():
            connection.close()
            connection.close_pool()
    _home.close()


@pytest.fixture(scope="session", autouse=True)
def django_settings_for_tests() -> Iterator[None]:
    """Settings that only make sense in tests."""
    from django.conf import settings
    from django.test import override_settings

    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(
        STORAGES=storages,
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        ALLOWED_HOSTS=["*"],
    ):
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Point at the database that the test wants before its fixtures open a transaction, in the product's own language."""
    from django.utils import translation

    from tests.worlds.databases import databases

    translation.deactivate()  # a request of the test before leaves its reader's
    databases.choose(item)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, request: pytest.FixtureRequest, django_db_blocker: Any
) -> Iterator[None]:
    """Run tests as the application does, under row-level security, once the owner has made tables.

    Tests build their worlds in the scope of everything; faces set narrower ones themselves.
    """
    from django.db import connection

    from anlan.kernel import scope
    from tests.worlds.databases import databases

    with django_db_blocker.unblock():
        databases.copy(request.session.items)
    owner = {**connection.settings_dict, "OPTIONS": {**connection.settings_dict["OPTIONS"]}}
    connection.close()
    connection.close_pool()
    connection.settings_dict["IS_APPLICATION"] = True
    connection.settings_dict["OPTIONS"]["assume_role"] = "anlan_app"
    scope.set_outermost(scope.EVERYTHING)
    with django_db_blocker.unblock():
        databases.build()
    yield
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(owner)
    with django_db_blocker.unblock():
        databases.drop()


@pytest.fixture
def small_world(django_db_setup: None) -> Any:
    """The small world that stands committed in a database of its own: tests/worlds/databases.py."""
    from tests.worlds.databases import databases

    return databases.give_world()


@pytest.fixture
def as_owner(db: None) -> Iterator[None]:
    """Run a test as the command line runs: as the tables' owner, who may COPY and sees all rows."""
    from django.db import connection

    options = connection.settings_dict["OPTIONS"]
    role = options.pop("assume_role")
    if connection.in_atomic_block:
        connection.cursor().execute("RESET ROLE")  # undone by the test's rollback
    else:
        connection.close()
        connection.close_pool()
    yield
    options["assume_role"] = role
    if not connection.in_atomic_block:
        connection.close()
        connection.close_pool()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to anywhere but this machine."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test tried to reach {address[0]}: tests have no network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)

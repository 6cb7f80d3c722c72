"""What every test gets: a PostgreSQL of its own, no network, a fixed instance key.

The server is bundled, lives in a temporary folder, is shared by all processes of pytest-xdist (each
with its own database) and started by the first test that wants it: the house and the rules do not.
ANLAN_TEST_DATABASE_URL uses an outside one instead.
"""

import atexit
import contextlib
import fcntl
import gc
import os
import re
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

OUTSIDE = "ANLAN_TEST_DATABASE_URL"
"""An outside PostgreSQL for the tests."""
HOME = "ANLAN_TEST_HOME"
"""The folder of this run, made by the process that gives the tests out; each other has one in it."""

QUEUE = ("jobs", "events", "workers", "periodic_defers")

_home = contextlib.ExitStack()
# Also when pytest fails before its own end, or a server would be left over.
atexit.register(_home.close)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of this process before Django reads its settings."""
    # Thousands of tests and a house full of syntax trees live to the end: look for cycles less often.
    gc.set_threshold(50_000, 20, 50)
    if threading.current_thread() is threading.main_thread():
        # A run in the background ignores Ctrl-C, and so would all that it starts.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith("ANLAN_")]:
        if name not in (OUTSIDE, HOME):
            del os.environ[name]
    if not hasattr(config, "workerinput"):
        home = _make_home()
        if config.getoption("dist", "no") != "no":
            return  # it tests nothing itself
    else:
        # Keys and files of its own; the server and the translations are everybody's.
        shared = Path(os.environ[HOME])
        home = shared / config.workerinput["workerid"]
        home.mkdir(mode=0o711)
        for name in ("postgres", "locale"):
            if (shared / name).exists():
                (home / name).symlink_to(shared / name)
    os.environ["ANLAN_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "anlan.config.settings"
    if outside := os.environ.get(OUTSIDE):
        os.environ["ANLAN_DATABASE_URL"] = outside
    (home / "static").mkdir(exist_ok=True)
    import django

    django.setup()
    from anlan.config.operating import requests

    requests.BEAT_S = (
        1e-6  # the matrix refuses ten thousand times; that the beat is kept has its test
    )
    _let_append_only_tables_be_emptied()
    _let_databases_be_dropped()


def _make_home() -> Path:
    """Make what all processes of this run share; the server's folders only, nothing is started."""
    from anlan.config import translations
    from anlan.config.database import address, layout, server

    _sweep()
    # pytest's own temporary folders are closed to the user a root's server runs as.
    home = Path(tempfile.mkdtemp(prefix="anlan-test-"))
    home.chmod(0o711)
    os.environ[HOME] = str(home)
    _home.callback(shutil.rmtree, home, ignore_errors=True)
    if outside := os.environ.get(OUTSIDE):
        os.environ["ANLAN_DATABASE_URL"] = outside
        address.check_outside()
    else:
        found = layout.find_layout(home)
        layout.prepare(found)
        _home.callback(server.stop, home)
        # As a user of the server, also before it is started: no other run sweeps this one away.
        users = _home.enter_context((found.folder / "users.lock").open("a"))
        fcntl.flock(users, fcntl.LOCK_SH)
    translations.compile_stale(home / "locale")
    return home


def _let_append_only_tables_be_emptied() -> None:
    """Let Django empty every table after a test that commits, also those that refuse it.

    Row by row: a test leaves a few hundred, and TRUNCATE makes new files of every table and index,
    whether a row was in it or not.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def flush_without_triggers(self: DatabaseOperations, sql_list: list[str]) -> None:
        without = "RESET ROLE; SET session_replication_role = replica"
        again = "RESET session_replication_role; SET ROLE anlan_app"
        tables = re.findall(r'"(\w+)"', " ".join(sql_list))
        # Django empties only tables it manages; the queue's are not among them.
        tables += [f"procrastinate_{name}" for name in QUEUE]
        flush(self, [without, *(f'DELETE FROM "{table}"' for table in tables), again])

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have processes that share the tests agree on an order of the files."""
    if hasattr(config, "workerinput"):
        from tests import turns

        turns.put_in_order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the files out from both ends."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests import turns

    config.option.loadscopereorder = False
    return turns.FromBothEnds(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and forget its folder."""
    if "DJANGO_SETTINGS_MODULE" in os.environ:
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
def database_server() -> None:
    """Have the server run for as long as this run."""
    if not os.environ.get(OUTSIDE):
        from anlan.config.database import server

        # fsync off: a test's database need not survive a power cut.
        _home.enter_context(server.running(Path(os.environ[HOME]), fsync=False))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, database_server: None) -> None:
    """Have the server run before Django makes its database."""


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

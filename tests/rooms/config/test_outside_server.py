"""An outside PostgreSQL is used when it can do what anlan needs, and refused in words when not."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from anlan.config import env
from anlan.config.database import address


@pytest.fixture
def make_url(database_server: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Make a database on the test server with the given options and point anlan to it."""
    server_url = address.get_url(env.get_home())
    names = []

    def make(options: str) -> str:
        name = f"outside_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 " + options).format(
                    sql.Identifier(name)
                )
            )
        names.append(name)
        url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
        monkeypatch.setenv("ANLAN_DATABASE_URL", url)
        return name

    yield make
    with psycopg.connect(server_url, autocommit=True) as connection:
        for name in names:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


def test_a_good_database_gets_its_extensions(make_url) -> None:
    name = make_url("ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
    assert address.check_outside() >= 15
    settings = address.get_django_settings(Path("/nowhere"))
    assert settings["NAME"] == name
    with psycopg.connect(env.get_text("ANLAN_DATABASE_URL")) as connection:
        found = connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'ltree'")
        assert found.fetchone() == (1,)


def test_a_database_that_does_not_know_chinese_is_refused(make_url) -> None:
    name = make_url("ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'")
    with pytest.raises(address.DatabaseWithoutChinese) as refused:
        address.check_outside()
    assert f"CREATE DATABASE {name}" in refused.value.message


def test_an_old_server_is_refused(make_url, monkeypatch: pytest.MonkeyPatch) -> None:
    make_url("ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
    monkeypatch.setattr(address, "OLDEST_VERSION", 99)
    with pytest.raises(address.DatabaseTooOld) as refused:
        address.check_outside()
    assert refused.value.data["oldest"] == 99


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("postgresql://anlan@127.0.0.1:1/anlan", address.DatabaseUnreachable),
        ("postgresql://anlan@127.0.0.1:1", address.DatabaseAddressInvalid),
        ("mysql://somewhere/anlan", address.DatabaseAddressInvalid),
    ],
)
def test_an_address_that_leads_nowhere_is_told(
    url: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANLAN_DATABASE_URL", url)
    with pytest.raises(error):
        address.check_outside()

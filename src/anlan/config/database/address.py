"""What Django connects to: the bundled server's socket, or the outside server somebody named.

An outside server must be PostgreSQL 15 or newer, hold UTF-8, and know Chinese letters
(LC_CTYPE other than C), or searches in Chinese text would silently find nothing.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from anlan.config import env
from anlan.config.database import layout as layouts
from anlan.config.database import server
from anlan.kernel.errors import Invalid, Unavailable

OLDEST_VERSION = 15
_is_application = False

# A server that is gone without a word (its machine lost power) is given up in seconds instead of
# the quarter of an hour that TCP takes; what the address itself says goes before.
_GIVE_UP = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
_DJANGO_NAMES = {
    "dbname": "NAME",
    "host": "HOST",
    "port": "PORT",
    "user": "USER",
    "password": "PASSWORD",
}


class DatabaseAddressInvalid(Invalid):
    """ANLAN_DATABASE_URL cannot be read as postgresql://user:password@host:port/name ({reason})."""


class DatabaseUnreachable(Unavailable):
    """The PostgreSQL named in ANLAN_DATABASE_URL does not answer: {reason}"""


class DatabaseTooOld(Invalid):
    """The PostgreSQL named in ANLAN_DATABASE_URL has version {version}; anlan needs {oldest} or newer."""


class DatabaseWithoutChinese(Invalid):
    """The database named in ANLAN_DATABASE_URL has encoding {encoding} and does not know Chinese letters. Create it with: CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';"""


class ExtensionMissing(Invalid):
    """The database named in ANLAN_DATABASE_URL lacks the extension {name}: {reason} Have its administrator run: CREATE EXTENSION {name};"""


class RoleMissing(Invalid):
    """The PostgreSQL named in ANLAN_DATABASE_URL has no role {role} that {user} may act as: {reason} Have its administrator run: CREATE ROLE {role} NOLOGIN; GRANT {role} TO {user};"""


def act_as_application() -> None:
    """Connect as the application from here on: under row-level security, by the scope of each request.

    Called by the web and worker processes before Django is set up; all others are the owner.
    """
    global _is_application
    _is_application = True


def is_outside() -> bool:
    """Tell whether an outside PostgreSQL is used instead of the bundled one."""
    return bool(env.get_text("ANLAN_DATABASE_URL"))


def get_django_settings(home: Path) -> dict[str, Any]:
    """Build the entry of Django's DATABASES; the server need not run yet."""
    settings: dict[str, Any] = {"ENGINE": "anlan.config.database.postgresql", "OPTIONS": {}}
    settings["IS_APPLICATION"] = _is_application
    if _is_application and is_outside():
        settings["OPTIONS"]["assume_role"] = server.APPLICATION_ROLE
    for name, value in _parameters(home).items():
        if name in _DJANGO_NAMES:
            settings[_DJANGO_NAMES[name]] = value
        else:
            settings["OPTIONS"][name] = value
    return settings


def get_url(home: Path) -> str:
    """Build the address for psql and other clients."""
    if is_outside():
        return env.get_text("ANLAN_DATABASE_URL")
    parameters = _parameters(home)
    query = urlencode({"host": parameters["host"]}, quote_via=quote)
    return f"postgresql://{parameters['user']}@/{parameters['dbname']}?{query}"


def find_link() -> tuple[str, str]:
    """Tell on which other machines the database is, and the link's sslmode; ("", "") on this one."""
    if not is_outside():
        return "", ""
    parameters = _outside_parameters()
    hosts = str(parameters.get("hostaddr") or parameters.get("host") or "").split(",")
    away = [host for host in hosts if host and not host.startswith(("/", "@"))]
    away = [
        host for host in away if host not in ("localhost", "::1") and not host.startswith("127.")
    ]
    return ",".join(away), str(parameters.get("sslmode") or "prefer") if away else ""


def check_outside() -> int:
    """Refuse an outside server that would go wrong later; return its major version.

    Raises DatabaseUnreachable, DatabaseTooOld, DatabaseWithoutChinese, RoleMissing, ExtensionMissing.
    """
    parameters = _outside_parameters()
    try:
        connection = psycopg.connect(**parameters, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(reason=_without_secrets(error)) from None
    with connection:
        major = connection.info.server_version // 10000
        if major < OLDEST_VERSION:
            raise DatabaseTooOld(version=major, oldest=OLDEST_VERSION)
        found = connection.execute(
            r"SELECT current_setting('server_encoding'), '安' ~ '^\w$' AND 'é' ~ '^\w$'"
        ).fetchone()
        assert found is not None
        if found != ("UTF8", True):
            raise DatabaseWithoutChinese(encoding=found[0], name=connection.info.dbname)
        _make_role(connection)
        for name in server.EXTENSIONS:
            try:
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
            except psycopg.Error as error:
                raise ExtensionMissing(name=name, reason=" ".join(str(error).split())) from None
    return major


def _make_role(connection: psycopg.Connection) -> None:
    """Have the application's role exist, and let the owner act as it."""
    role, user = server.APPLICATION_ROLE, connection.info.user
    may_act = "SELECT pg_has_role(oid, 'MEMBER') FROM pg_roles WHERE rolname = %s"
    found = connection.execute(may_act, [role]).fetchone()
    try:
        if found is None:
            connection.execute(f"CREATE ROLE {role} NOLOGIN")
        if found != (True,):
            connection.execute(f'GRANT {role} TO "{user}"')
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise RoleMissing(role=role, user=user, reason=reason) from None


def _parameters(home: Path) -> dict[str, Any]:
    if is_outside():
        return _outside_parameters()
    socket = layouts.find_layout(home).socket
    role = server.APPLICATION_ROLE if _is_application else server.ROLE
    return {"host": str(socket), "user": role, "dbname": server.DATABASE}


def _outside_parameters() -> dict[str, Any]:
    url = env.get_text("ANLAN_DATABASE_URL")
    try:
        parameters = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseAddressInvalid(reason=_without_secrets(error)) from None
    if not parameters.get("dbname"):
        raise DatabaseAddressInvalid(reason="it names no database")
    return _GIVE_UP | parameters


def _without_secrets(error: psycopg.Error) -> str:
    """Say what libpq says, without the parts of the address it quotes: the password may be in them.

    A password with an @, / or : that is not percent-encoded is taken for host, port or name.
    """
    said, url = " ".join(str(error).split()), env.get_text("ANLAN_DATABASE_URL")
    behind_user = url.partition("://")[2].partition(":")[2] or url
    telling = behind_user.rpartition("@")[0] or behind_user

    def hide(found: re.Match[str]) -> str:
        quoted = found[2]
        is_part = len(quoted) > 1 and (quoted in telling or "@" in quoted)
        return f"{found[1]}…{found[1]}" if is_part else found[0]

    return re.sub(r"""(["'])(.*?)\1""", hide, said)

"""Every environment variable anlan reads, in one table.

A variable that is not in `VARIABLES` does not exist: settings, the command line and the page
docs/reference/settings.md all read this table, and a test compares the page with it.
Values are read when asked for, so that a test may set a variable before Django is set up.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

import platformdirs

from anlan.config import secret_files
from anlan.kernel.errors import Invalid


class Kind(StrEnum):
    """How the text of a variable is understood."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "yes/no"
    CHOICE = "choice"
    NETWORKS = "list of networks"
    FOLDER = "folder"
    FILE = "file"


class SettingInvalid(Invalid):
    """The environment variable {name} is set to {value!r}, but it must be a {kind}. {help}"""

    code = "setting_invalid"


@dataclass(frozen=True)
class Variable:
    """One environment variable: what it is called, what it takes, what happens without it."""

    name: str
    kind: Kind
    default: str
    help: str
    choices: tuple[str, ...] = ()
    is_secret: bool = False
    """Never shown, and can be given as a file: NAME_FILE."""


_WRITTEN: tuple[Variable, ...] = (
    Variable(
        "ANLAN_HOME",
        Kind.FOLDER,
        "(platform data folder)",
        "State folder: database, keys, uploaded files, trained models. Without it the platform's "
        "data folder of the user; for root /var/lib/anlan.",
    ),
    Variable("ANLAN_HOST", Kind.TEXT, "127.0.0.1", "Address the web server listens on."),
    Variable("ANLAN_PORT", Kind.NUMBER, "8000", "Port the web server listens on."),
    Variable(
        "ANLAN_PUBLIC_URL",
        Kind.TEXT,
        "",
        "Address people use to reach this instance, put into links in notices and QR codes. "
        "Without it http://HOST:PORT.",
    ),
    Variable(
        "ANLAN_ALLOWED_HOSTS",
        Kind.TEXT,
        "localhost,127.0.0.1,[::1]",
        "Host names this instance answers to, with commas between them. The host of "
        "ANLAN_PUBLIC_URL is always among them.",
    ),
    Variable(
        "ANLAN_BEHIND_HTTPS",
        Kind.FLAG,
        "no",
        "A proxy in front speaks HTTPS and sets X-Forwarded-Proto: cookies become "
        "secure-only, and browsers are told to keep to HTTPS for a year.",
    ),
    Variable(
        "ANLAN_PLAIN_HTTP",
        Kind.FLAG,
        "no",
        "Serve an ANLAN_PUBLIC_URL without HTTPS all the same. Passwords and reports cross the network "
        "readable: only for a trial on a network of your own.",
    ),
    Variable(
        "ANLAN_DATABASE_URL",
        Kind.TEXT,
        "",
        "postgresql://user:password@host:port/name of an outside PostgreSQL 15 or newer. Without "
        "it the bundled PostgreSQL runs under ANLAN_HOME.",
        is_secret=True,
    ),
    Variable(
        "ANLAN_DATABASE_POOL",
        Kind.NUMBER,
        "12",
        "Most database connections one web process holds open.",
    ),
    Variable(
        "ANLAN_API_RATE",
        Kind.NUMBER,
        "100",
        "Calls a second that one machine account may make of one web process, ten times as many at once; "
        "more are refused with 429.",
    ),
    Variable(
        "ANLAN_SYSTEM_USER",
        Kind.TEXT,
        "anlan",
        "When root starts anlan: the system user the bundled PostgreSQL runs as, created when "
        "missing. PostgreSQL refuses to run as root.",
    ),
    Variable(
        "ANLAN_SECRET_KEY_FILE",
        Kind.FILE,
        "(ANLAN_HOME/secret.key)",
        "File with the instance key that seals contact data and signs forms, made on first start. "
        "Back it up: without it sealed data cannot be read again.",
    ),
    Variable(
        "ANLAN_BACKUP_FOLDER",
        Kind.FOLDER,
        "(ANLAN_HOME/backups)",
        "Where backups and the archived log go: another disk, another machine's share. Set it, and "
        "the worker makes a backup every night; without it only `anlan backup` does.",
    ),
    Variable(
        "ANLAN_BACKUP_KEY_FILE",
        Kind.FILE,
        "(ANLAN_HOME/backup.key)",
        "File with the key that opens backups, made with the first one. Keep a copy elsewhere: "
        "without it no backup can be opened.",
    ),
    Variable(
        "ANLAN_BACKUP_HOUR",
        Kind.NUMBER,
        "3",
        "Hour (0–23, the machine's time zone) of the nightly backup.",
    ),
    Variable(
        "ANLAN_BACKUP_KEPT",
        Kind.NUMBER,
        "14",
        "How many backups that were restored once for proof are kept; older ones are deleted.",
    ),
    Variable(
        "ANLAN_BACKUP_LOG",
        Kind.FLAG,
        "no",
        "Bundled PostgreSQL only: archive its log every minute into ANLAN_BACKUP_FOLDER, and make "
        "base backups, so that any instant can be restored (anlan restore --to-time).",
    ),
    Variable(
        "ANLAN_OPERATORS",
        Kind.TEXT,
        "",
        "E-mail addresses, with commas between them, of those who run this instance: told when a "
        "nightly backup fails.",
    ),
    Variable("ANLAN_DEBUG", Kind.FLAG, "no", "Show error pages with source code. Never in use."),
    Variable(
        "ANLAN_LOG_LEVEL",
        Kind.CHOICE,
        "INFO",
        "DEBUG, INFO, WARNING or ERROR.",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
    Variable(
        "ANLAN_LOG_FORMAT",
        Kind.CHOICE,
        "text",
        "text: lines for people; json: one JSON object a line, for programs. Neither holds "
        "personal data.",
        choices=("text", "json"),
    ),
    Variable(
        "ANLAN_LOG_REQUESTS",
        Kind.FLAG,
        "no",
        "Write a line for every request: route, status, duration, role. What breaks (5xx) and what is "
        "refused (400, 401, 403, 413, 422, 429) is always written.",
    ),
    Variable(
        "ANLAN_METRICS_TOKEN",
        Kind.TEXT,
        "",
        "Opens /metrics to whoever sends it as Authorization: Bearer; empty: no such page.",
        is_secret=True,
    ),
    Variable(
        "ANLAN_OTLP_ENDPOINT",
        Kind.TEXT,
        "",
        "Where OpenTelemetry traces go, as OTLP over HTTP, like http://127.0.0.1:4318; empty: no "
        "traces. Sampling as OpenTelemetry's own variables say (OTEL_TRACES_SAMPLER).",
    ),
    Variable(
        "ANLAN_WEB_PROCESSES",
        Kind.NUMBER,
        "0",
        "Web server processes; 0 means one a core, at most 4.",
    ),
    Variable("ANLAN_WEB_THREADS", Kind.NUMBER, "4", "Request threads of one web process."),
    Variable("ANLAN_WORKER_JOBS", Kind.NUMBER, "4", "Background jobs a worker runs at once."),
    Variable(
        "ANLAN_LIVE_PORT",
        Kind.NUMBER,
        "0",
        "Port of the live boards' streams; 0: any free one. Set it where a proxy passes them on.",
    ),
    Variable(
        "ANLAN_LIVE_URL",
        Kind.TEXT,
        "",
        "Address under which browsers reach the live boards' streams behind a proxy, like "
        "https://anlan.example.cn (which then passes /live/ on to ANLAN_LIVE_PORT). Without it the "
        "port itself on the page's own host.",
    ),
    Variable("ANLAN_EMAIL_HOST", Kind.TEXT, "", "SMTP server. Without it no e-mail is sent."),
    Variable("ANLAN_EMAIL_PORT", Kind.NUMBER, "587", "Port of the SMTP server."),
    Variable("ANLAN_EMAIL_USER", Kind.TEXT, "", "Account on the SMTP server."),
    Variable("ANLAN_EMAIL_PASSWORD", Kind.TEXT, "", "Password on the SMTP server.", is_secret=True),
    Variable("ANLAN_EMAIL_TLS", Kind.FLAG, "yes", "Speak STARTTLS to the SMTP server."),
    Variable("ANLAN_EMAIL_FROM", Kind.TEXT, "anlan@localhost", "Sender written on every e-mail."),
    Variable(
        "ANLAN_CALL_RELAY_URL",
        Kind.TEXT,
        "",
        "Telephone relay that connects a worker with a reporter without showing a number: takes a POST "
        "with caller, callee and reference as JSON. Empty: no calls by relay.",
    ),
    Variable(
        "ANLAN_CALL_RELAY_TOKEN", Kind.TEXT, "", "Bearer token for the relay.", is_secret=True
    ),
    Variable(
        "ANLAN_WEBHOOK_NETWORKS",
        Kind.NETWORKS,
        "",
        "Networks that are not public but that webhooks and the chat may reach all the same, with commas "
        "between them, like 10.20.0.0/16; empty: public addresses only.",
    ),
    Variable(
        "ANLAN_CHAT_URL",
        Kind.TEXT,
        "",
        "Where overdue cases are told of in a chat, in Apprise notation; empty: nowhere.",
        is_secret=True,
    ),
    Variable(
        "ANLAN_SHADOW_HOURS",
        Kind.NUMBER,
        "72",
        "Hours that a new version of the classifier runs in shadow, at least, before it may be promoted.",
    ),
    Variable(
        "ANLAN_SHADOW_SIGNALS",
        Kind.NUMBER,
        "200",
        "New reports that it must have read in shadow, at least, before it may be promoted.",
    ),
    Variable(
        "ANLAN_SHADOW_ANSWERS",
        Kind.NUMBER,
        "50",
        "How many of these the desk must have corrected or confirmed, at least.",
    ),
    Variable(
        "ANLAN_TEST_DATABASE_URL",
        Kind.TEXT,
        "",
        "Tests only: run them on this PostgreSQL server instead of a bundled one of their own.",
        is_secret=True,
    ),
)


def _with_files() -> tuple[Variable, ...]:
    rows: list[Variable] = []
    for variable in _WRITTEN:
        rows.append(variable)
        if variable.is_secret:
            rows.append(
                Variable(
                    variable.name + secret_files.SUFFIX,
                    Kind.FILE,
                    "",
                    f"File with {variable.name}, instead of it; not readable for all users. A relative "
                    "path lies in $CREDENTIALS_DIRECTORY (systemd's LoadCredential=).",
                )
            )
    return tuple(rows)


VARIABLES: tuple[Variable, ...] = _with_files()
_BY_NAME: Mapping[str, Variable] = {variable.name: variable for variable in VARIABLES}
_FLAGS: Mapping[str, bool] = {
    "yes": True,
    "true": True,
    "1": True,
    "on": True,
    "no": False,
    "false": False,
    "0": False,
    "off": False,
}


_DIGITS_LIMIT = 18


def get_text(name: str) -> str:
    """Return the value of a variable, or its default. Raises SecretUnusable."""
    variable = _BY_NAME[name]
    if variable.is_secret:
        return secret_files.read(name) or variable.default
    return os.environ.get(name, "").strip() or variable.default


def get_number(name: str) -> int:
    """Return the value of a variable as a whole number, zero or greater."""
    text = get_text(name)
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_LIMIT):
        raise _invalid(name, text)
    return int(text)


def is_on(name: str) -> bool:
    """Return whether a yes/no variable says yes."""
    text = get_text(name)
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        raise _invalid(name, text) from None


def get_choice(name: str) -> str:
    """Return the value of a variable that takes one of a few words, as the table writes them."""
    text = get_text(name)
    found = {choice.lower(): choice for choice in _BY_NAME[name].choices}.get(text.lower())
    if found is None:
        raise _invalid(name, text)
    return found


def get_networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks a variable lists, in CIDR form."""
    text = get_text(name)
    try:
        return tuple(ip_network(each) for part in text.split(",") if (each := part.strip()))
    except ValueError:
        raise _invalid(name, text) from None


def is_set(name: str) -> bool:
    """Return whether somebody has given a variable a value."""
    names = [name, name + secret_files.SUFFIX] if _BY_NAME[name].is_secret else [name]
    return any(os.environ.get(each, "").strip() for each in names)


def get_home() -> Path:
    """Return the state folder, absolute; it need not exist yet."""
    given = os.environ.get("ANLAN_HOME", "").strip()
    if given:
        return _path("ANLAN_HOME", given)
    if sys.platform == "linux" and os.geteuid() == 0:
        # A service's home: root's own folder cannot be entered by the user PostgreSQL runs as.
        return Path("/var/lib/anlan")
    return platformdirs.user_data_path("anlan")


def get_secret_key_file() -> Path:
    """Return the file that holds the instance key, absolute; it need not exist yet."""
    given = os.environ.get("ANLAN_SECRET_KEY_FILE", "").strip()
    return _path("ANLAN_SECRET_KEY_FILE", given) if given else get_home() / "secret.key"


def get_backup_key_file() -> Path:
    """Return the file that holds the backup key, absolute; it need not exist yet."""
    given = os.environ.get("ANLAN_BACKUP_KEY_FILE", "").strip()
    return _path("ANLAN_BACKUP_KEY_FILE", given) if given else get_home() / "backup.key"


def get_backup_folder() -> Path:
    """Return the folder of backups, absolute; it need not exist yet."""
    given = os.environ.get("ANLAN_BACKUP_FOLDER", "").strip()
    return _path("ANLAN_BACKUP_FOLDER", given) if given else get_home() / "backups"


def _path(name: str, given: str) -> Path:
    try:
        return Path(given).expanduser().absolute()
    except RuntimeError:  # ~somebody, who has no home here
        raise _invalid(name, given) from None


def list_unknown() -> list[str]:
    """Return the ANLAN_ variables that are set but mean nothing: most likely misspelt."""
    return sorted(name for name in os.environ if name.startswith("ANLAN_") and name not in _BY_NAME)


def _invalid(name: str, value: str) -> SettingInvalid:
    variable = _BY_NAME[name]
    kind = " / ".join(variable.choices) or variable.kind.value
    return SettingInvalid(name=name, value=value, kind=kind, help=variable.help)

"""Every environment variable anlan reads, in one table; `env` reads them."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the text of a variable is understood."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "yes/no"
    CHOICE = "choice"
    NETWORKS = "list of networks"
    FOLDER = "folder"
    FILE = "file"


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


WRITTEN: tuple[Variable, ...] = (
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
        "ANLAN_LIVE_PORT", Kind.NUMBER, "0", "Port of the live boards' streams; 0: any free one."
    ),
    Variable(
        "ANLAN_LIVE_URL",
        Kind.TEXT,
        "",
        "Address at which browsers reach the live boards' streams through a proxy (it passes /live/ on "
        "to ANLAN_LIVE_PORT). Without it that port on the page's own host.",
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
        "ANLAN_OIDC_FILE",
        Kind.FILE,
        "",
        "File that names the organisations through which accounts sign in (OpenID Connect), their secrets "
        "in files of their own beside it; empty: none.",
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

"""Log lines that hold no personal data, whoever writes them: text for people, JSON for programs.

Two walls. The first decides what of a record is shown at all. Text of our own rooms is shown. Of
other libraries only the unfilled template is shown (`"%s: %s"` without its arguments), because a
finished text cannot be judged: Django puts the address with its tracking code into it, the job queue
the arguments of the job. An exception is told by its kind, its place in the code and, from the
database, by state, table and constraint; never by its message, which quotes what somebody wrote.
The second wall masks whatever still looks like a telephone number, an e-mail address, an identity
number or a tracking code.

Knows no Django: the web server's own process uses it, too.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from anlan.config import env
from anlan.kernel.errors import AnlanError

Fields = dict[str, str | int | float]

context: ContextVar[Fields | None] = ContextVar("anlan_log_context", default=None)
"""What every line of a request or job carries: its id, and the trace's when there is one."""

MASK = "▮▮▮"
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail
    r"|(?<![\w-])(?:\+|00)?\d{1,3}[ -]?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w-])"  # mobile, with its country
    r"|(?<![\w-])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w-])"  # mobile
    r"|(?<![\w-])0\d{2,3}[ -]?\d{7,8}(?![\w-])"  # landline
    r"|(?<![\w-])\d{17}[\dXx](?![\w-])"  # identity number
    r"|(?<![\w-])[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{5}(?:-[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{5}){1,2}(?![\w-])",
    re.ASCII,
)
_TEXT_OF_ITS_OWN = (
    "_granian",
    "psycopg.pool",
    "procrastinate.blueprints",
    "procrastinate.periodic",
)
"""Loggers of others whose finished texts were read and name processes, tasks and servers only."""
_ABOUT_CONNECTIONS = ("", "08", "53", "57", "58")
"""Classes of SQLSTATE whose first line speaks of the server, not of what was written."""
_PROGRAM = Path(__file__).resolve().parents[3]
_FRAMES = 40
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=lambda value: type(value).__name__)


def mask(text: str) -> str:
    """Mask what looks like personal data.

    >>> mask("call 138 0013 8000 or wang@example.cn about 7KQF9-2MX4T-8PQZK")
    'call ▮▮▮ or ▮▮▮ about ▮▮▮'
    """
    return _PERSONAL.sub(MASK, text)


def name_exception(raised: BaseException) -> str:
    """Tell the kind of an exception without its message.

    >>> name_exception(ValueError("13800138000"))
    'ValueError'
    """
    kind = type(raised)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    if isinstance(raised, AnlanError):
        return f"{name} ({raised.code})"
    state, diagnosis = getattr(raised, "sqlstate", None), getattr(raised, "diag", None)
    if diagnosis is not None:
        parts = [f"sqlstate {state}"] if state else []
        parts += [
            f"{what} {found}"
            for what in ("table", "column", "constraint")
            if (found := getattr(diagnosis, f"{what}_name", None))
        ]
        is_of_server = (state or "")[:2] in _ABOUT_CONNECTIONS
        said = str(raised).strip().splitlines()[:1] if is_of_server else []
        return f"{name} ({', '.join([*parts, *map(mask, said)])})"
    if isinstance(raised, OSError) and raised.errno:
        return f"{name} (errno {raised.errno}: {raised.strerror})"
    if isinstance(raised, ImportError) and raised.name:
        return f"{name} ({raised.name})"
    return name


def list_frames(raised: BaseException) -> list[str]:
    """List where an exception came from, innermost last: file, line, function; no source, no values."""
    frames = traceback.extract_tb(raised.__traceback__)[-_FRAMES:]
    return [f"{_shorten(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def describe_exception(raised: BaseException) -> list[dict[str, Any]]:
    """Describe an exception and what caused it, the one that was caught first."""
    return [{"kind": name_exception(each), "at": list_frames(each)} for each in _chain(raised)]


def describe(record: logging.LogRecord) -> dict[str, Any]:
    """Turn a record into the fields of a line."""
    fields: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "text": mask(_text_of(record)),
    }
    fields |= context.get() or {}
    fields |= getattr(record, "fields", {})
    if not _is_ours(record.name):
        fields["where"] = f"{_shorten(record.pathname)}:{record.lineno}"
    raised = record.exc_info[1] if record.exc_info else None
    if raised is not None:
        fields["exceptions"] = describe_exception(raised)
    return fields


_LINE_ENDS = {code: f"\\u{code:04x}" for code in (*range(127, 160), 0x2028, 0x2029)}
"""What JSON leaves as it is and some readers take for the end of a line."""


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        return _ENCODER.encode(describe(record)).translate(_LINE_ENDS)


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t", 0x2028: "\\u2028", 0x2029: "\\u2029",
}  # fmt: skip
"""What would begin a line of its own, or move a terminal, is written out."""


class TextLines(logging.Formatter):
    """One line for a person, and below it where an exception came from."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record; the places in the code only when something broke."""
        fields = describe(record)
        at, level, logger, text = (fields.pop(name) for name in ("at", "level", "logger", "text"))
        exceptions = fields.pop("exceptions", [])
        rest = " ".join(f"{name}={value}" for name, value in fields.items())
        line = f"{at} {level} {logger}: {text}" + (f"  {rest}" if rest else "")
        lines = [line.translate(_CONTROLS)]
        for each in exceptions:
            lines.append(f"  {each['kind'].translate(_CONTROLS)}")
            if record.levelno >= logging.ERROR:
                lines += [f"    {frame}" for frame in each["at"]]
        return "\n".join(lines)


def get_config() -> dict[str, Any]:
    """Give the logging of a process, as `logging.config` and the web server take it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": JsonLines if is_json() else TextLines}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line"},
            # Without any handler Python prints warnings as they are.
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["console"], "level": env.get_choice("ANLAN_LOG_LEVEL").upper()},
        "loggers": {
            "procrastinate": {"level": "WARNING"},
            "_granian": {"handlers": ["console"], "propagate": False},
            "granian.access": {"handlers": ["nowhere"], "propagate": False},
            # The request's own line tells what came of it (`requests`); only what broke is told here.
            "django.request": {"filters": [_OnlyBroken()]},
            "django.security": {"level": "ERROR"},
            # Scanners ask for any host; they get 400 and are worth no line of their own.
            "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
            # Says of every request what `requests` says, with the address.
            "httpx": {"level": "WARNING"},
        },
    }


def is_json() -> bool:
    """Tell whether lines are for programs."""
    return env.get_choice("ANLAN_LOG_FORMAT") == "json"


def guard_process() -> None:
    """Have whatever would reach the terminal past the loggers go through them."""
    sys.excepthook = tell_uncaught
    sys.unraisablehook = lambda seen: tell_uncaught(
        seen.exc_type, seen.exc_value or seen.exc_type(), seen.exc_traceback
    )
    threading.excepthook = lambda seen: tell_uncaught(
        seen.exc_type, seen.exc_value or seen.exc_type(), seen.exc_traceback
    )
    logging.captureWarnings(True)


def tell(text: str) -> None:
    """Say what a supervisor does: a line on the terminal, or a JSON line when asked for."""
    line = f"  {text}"
    if is_json():
        record = logging.makeLogRecord({"name": "anlan.run", "levelname": "INFO", "msg": text})
        line = JsonLines().format(record)
    # A log on a full disk, a terminal that is gone: no reason to stop supervising.
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


class _OnlyBroken(logging.Filter):
    """Lets through what has an exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


def tell_uncaught(
    kind: type[BaseException], raised: BaseException, trace: TracebackType | None
) -> None:
    """Write down an exception that nobody caught; what Python calls as its excepthook."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    logging.getLogger("anlan.process").critical("not caught", exc_info=(kind, raised, trace))


def _text_of(record: logging.LogRecord) -> str:
    if _is_ours(record.name) or record.name.startswith(_TEXT_OF_ITS_OWN):
        return record.getMessage()
    if record.name.startswith("procrastinate"):
        return _text_of_job(record)
    if record.name == "django.request":
        return "a request broke"
    if record.args and isinstance(record.msg, str):
        return record.msg
    return "(text withheld)"


def _text_of_job(record: logging.LogRecord) -> str:
    job = getattr(record, "job", None)
    action = str(getattr(record, "action", "queue"))
    if not isinstance(job, dict):
        return action
    return f"{action} {job.get('task_name')} job {job.get('id')} attempt {job.get('attempts')}"


def _is_ours(name: str) -> bool:
    return name == "anlan" or name.startswith("anlan.")


def _chain(raised: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = raised
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _shorten(name: str) -> str:
    _, found, rest = name.rpartition("site-packages/")
    if found:
        return rest
    path = Path(name)
    return str(path.relative_to(_PROGRAM)) if path.is_relative_to(_PROGRAM) else path.name

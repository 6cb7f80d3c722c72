"""Everything that a sender can learn of an answer, written down so that two can be compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.documents import store
from anlan.people import queries as people_queries
from tests.flows.permissions.worlds import undone

_OF_MEMORY = re.compile(
    r"cases_catalogueversion|classifierversion|FROM .places_|FROM .cases_(matter|deadline)"
)
"""What a process asks now and then to see whether its memory of places and matters still holds."""

_VARYING = ("Content-Length", "Expires", "X-Request-ID")
"""The length of what was sent, the time of day, and the lot that names a request in the log."""


@dataclass(frozen=True)
class Trace:
    """Everything that a sender can learn of an answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    statements: tuple[str, ...]
    files_opened: int


def trace(send: Callable[[], Any], *sent: Any) -> Trace:
    """Send a request and write down all that can be seen of its answer; `sent` is taken out."""
    opened: list[str] = []
    real = store.open_file

    def count(sha256: str) -> Any:
        opened.append(sha256)
        return real(sha256)

    people_queries.forget_clients()
    with (
        undone(),
        patch.object(store, "open_file", count),
        CaptureQueriesContext(connection) as captured,
    ):
        answer = send()
        body = (
            b"".join(answer.streaming_content).decode("latin-1")
            if answer.streaming
            else answer.content.decode()
        )
    statements = tuple(
        _without_values(query["sql"])
        for query in captured.captured_queries
        if not _OF_MEMORY.search(query["sql"])
    )
    headers = tuple(
        sorted(
            (name, _without(text, sent)) for name, text in answer.items() if name not in _VARYING
        )
    )
    return Trace(answer.status_code, headers, _without(body, sent), statements, len(opened))


def _without_values(sql: str) -> str:
    """Take values, their types and the names of savepoints out of a statement."""
    plain = re.sub(r'"s\d+_x\d+"', "?", sql)
    plain = re.sub(r"'(?:[^']|'')*'|\bNULL\b|\b\d+\b", "?", plain)
    return re.sub(r"::\w+(\[\])?", "", plain)


def _without(text: str, sent: tuple[Any, ...]) -> str:
    """Take out what was sent, and what is drawn by lot for each answer."""
    for value in sorted({str(each) for each in sent}, key=len, reverse=True):
        text = text.replace(value, "SENT")
    text = re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken":?)[^>]{0,4}["\'][\w]+', "CSRF", text)
    return re.sub(r"\b[0-9a-zA-Z]{64}\b", "LOT", text)

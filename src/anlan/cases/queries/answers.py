"""What the desk has said of reports: corrections and confirmations of their matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from anlan.kernel import sql

CONFIRMING = ("accept", "assign_down", "close")
"""Moves by which a person takes a case on, or ends it, as it stands."""
ANSWERS_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One report with the matter that a person has given it or left it with."""

    signal_id: UUID
    case_id: UUID
    text: str
    matter: str
    is_correction: bool
    answered_at: datetime


def list_answers(
    *,
    jurisdiction: str,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = ANSWERS_LIMIT,
) -> list[Answer]:
    """List the newest answers of the desk, newest first; given after `since`, up to `until`.

    Erased reports are not among them.
    """
    given = {
        "jurisdiction": jurisdiction, "confirming": list(CONFIRMING), "since": since,
        "until": until, "row_limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql.load("anlan.cases", "list_answers"), given)
        return [Answer(*row) for row in cursor.fetchall()]

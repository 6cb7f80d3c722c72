"""One after the other: what a job and an operator, or two operators, must not do at the same time."""

from __future__ import annotations

from enum import IntEnum

from django.db import connection


class Turn(IntEnum):
    """Numbers of the advisory locks: "anlan", then the room's."""

    VERSIONS = 0x616E6C616E_11
    TOPICS = 0x616E6C616E_12


def wait_for(turn: Turn) -> None:
    """Wait until nobody else is at it, and hold the turn to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [turn.value])

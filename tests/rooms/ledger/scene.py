"""Entries for tests of the ledger."""

from datetime import UTC, datetime

from django.db import connection, transaction

from anlan.kernel.actor import SYSTEM
from anlan.ledger import actions, rules

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TABLES = ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_checkpoint")


def switch_triggers(how: str, suffix: str = "no_truncate") -> None:
    """ENABLE or DISABLE the ledger's triggers, as the owner of the tables may."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} {how} TRIGGER {table}_{suffix}")


def write(about_id: str = "A", **data: int | str) -> None:
    """Write one entry, in a transaction that the test has opened."""
    actions.write(
        actor=SYSTEM, what="case.noted", about_kind="case", about_id=about_id, data=data, at=NOW
    )


def body_of(about_id: str, **data: int | str) -> str:
    """Give the body that `write` stores."""
    return rules.entry_body(
        actor=SYSTEM, what="case.noted", about_kind="case", about_id=about_id, data=data, at=NOW
    )


def write_many(count: int) -> None:
    """Write and commit `count` entries about case "A" by COPY, as an import does."""
    body = body_of("A")
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy("COPY ledger_entry (about_kind, about_id, what, at, body) FROM STDIN") as copy,
    ):
        for _ in range(count):
            copy.write_row(("case", "A", "case.noted", NOW, body))

"""Writes of the ledger: entries, their sequence in the tree, checkpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from anlan.kernel.actor import Actor
from anlan.ledger import rules
from anlan.ledger.models import LedgerEntry


def write(
    *,
    actor: Actor,
    what: str,
    about_kind: str,
    about_id: UUID | str,
    data: dict[str, Any],
    at: datetime,
) -> None:
    """Append an entry in the caller's transaction, by one INSERT and without a lock.

    Call it while holding the lock of the thing it is about: then entries about one thing stand in
    the ledger in the order of their commits (docs/algorithms/ledger.md).
    Raises TransactionManagementError outside a transaction: an entry without its change, or a
    change without its entry, must not be possible.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "ledger.write must run in the transaction of the change that it records"
        )
    LedgerEntry.objects.create(
        about_kind=about_kind,
        about_id=str(about_id),
        what=what,
        at=at,
        body=rules.entry_body(
            actor=actor,
            what=what,
            about_kind=about_kind,
            about_id=about_id,
            data=data,
            at=at,
        ),
    )

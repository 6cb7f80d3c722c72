"""Rotation of the keys that seal personal data.

The ring's file is changed inside the transaction that records it, before the entry: a key that
stands nowhere in the ledger is possible after a crash, a recorded key that does not exist is not.
Algorithm and guarantees: docs/algorithms/key-rotation.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from anlan.kernel import events, permits, seal
from anlan.kernel.actor import Actor
from anlan.kernel.keyring import KeyState
from anlan.ledger import actions as ledger
from anlan.privacy import queries, rules

BATCH = 500


@permits.installation
@transaction.atomic
def prepare_key(*, actor: Actor, at: datetime) -> int:
    """Put the next key on the ring without sealing with it yet. Raises InstallationOnly."""
    key = seal.get_ring().prepare(at=at)
    _record(actor, "key.prepared", key.number, at)
    return key.number


@permits.installation
@transaction.atomic
def rotate_keys(*, actor: Actor, at: datetime) -> int:
    """Seal with a new key from now on, in every process, and let a job seal the old rows anew.

    Gives the new key's number. Raises InstallationOnly, KeysUsedUp.
    """
    key = seal.get_ring().rotate(at=at)
    _record(actor, "key.rotated", key.number, at)
    events.emit(rules.KeysRotated(number=key.number))
    return key.number


@permits.inside
@transaction.atomic
def reseal_batch(
    *, column: queries.SealedColumn, after: Any = None, limit: int = BATCH
) -> rules.Resealed:
    """Seal anew up to `limit` rows of a column that an older key sealed, in the order of their ids.

    after: the last id of the batch before. Rows that somebody is changing just now are left for
    the next pass. Not in the ledger by row: nothing that anybody may read has changed.
    """
    newest = seal.newest()
    rows = column.rows().exclude(key=bytes([newest])).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows.select_for_update(skip_locked=True, of=("self",))[:limit])
    for row in found:
        context = column.context(row.pk)
        plain = seal.unseal(bytes(getattr(row, column.field)), context)
        setattr(row, column.field, seal.seal(plain, context))
    QuerySet(column.model).bulk_update(found, [column.field])
    return rules.Resealed(found[-1].pk if found else None, len(found))


@permits.inside
def reseal_all(*, told: Callable[[int], None] = lambda count: None) -> int:
    """Seal anew whatever an older key sealed, batch by batch; give how many rows that were.

    Each batch is a transaction of its own: cut off anywhere, it goes on where it was.
    told: called with the size of each batch.
    """
    count = 0
    for column in queries.SEALED_COLUMNS:
        after = None
        while (done := reseal_batch(column=column, after=after)).count:
            after = done.last_id
            count += done.count
            told(done.count)
    return count


@permits.installation
def retire_unused(*, actor: Actor, at: datetime) -> list[int]:
    """Move the keys that no row needs, superseded for a day, to the archive; give their numbers."""
    waiting = [k for k in seal.get_ring().list_keys() if k.state is KeyState.OPENING]
    if not waiting:
        return []
    used = queries.count_sealed()
    unused = [
        key.number
        for key in waiting
        if rules.may_retire(key, rows=sum(used.get(key.number, {}).values()), at=at)
    ]
    for number in unused:
        retire_key(actor=actor, number=number, at=at)
    return unused


@permits.installation
@transaction.atomic
def retire_key(*, actor: Actor, number: int, at: datetime) -> None:
    """Move a superseded key to the archive. Raises InstallationOnly, KeyStillNeeded, KeyInUse, KeyUnknown."""
    rows = sum(queries.count_sealed().get(number, {}).values())
    if rows:
        raise rules.KeyStillNeeded(rows=rows, number=number)
    seal.get_ring().retire(number)
    _record(actor, "key.retired", number, at)


@permits.installation
@transaction.atomic
def recall_key(*, actor: Actor, number: int, at: datetime) -> None:
    """Put an archived key back on the ring, so that a restored backup opens.

    It leaves again by itself a day after its last row was sealed anew.
    Raises InstallationOnly, KeyUnknown.
    """
    seal.get_ring().recall(number, at=at)
    _record(actor, "key.recalled", number, at)


@permits.installation
@transaction.atomic
def destroy_key(*, actor: Actor, number: int, at: datetime) -> None:
    """Delete an archived key for good: backups of its time can never be read again.

    Raises InstallationOnly, KeyUnknown, KeyIsInstanceKey.
    """
    seal.get_ring().destroy(number)
    _record(actor, "key.destroyed", number, at)


def _record(actor: Actor, what: str, number: int, at: datetime) -> None:
    ledger.write(actor=actor, what=what, about_kind="key", about_id=str(number), data={}, at=at)

"""Writes of the ledger: entries, their sequence in the tree, checkpoints."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from anlan.kernel import counting, permits, sql
from anlan.kernel.actor import SYSTEM, Actor
from anlan.ledger import queries, rules
from anlan.ledger.models import Checkpoint, Progress

SEQUENCER_LOCK = 0x616E6C616E_01
"""Number of the advisory lock: "anlan", 1. Writers never take it."""
BATCH_LIMIT = 500_000
_INSERT_ENTRY = (
    "INSERT INTO ledger_entry (about_kind, about_id, what, at, body) VALUES (%s, %s, %s, %s, %s)"
)

_COPY_ENTRIES = "COPY ledger_entry (about_kind, about_id, what, at, body) FROM STDIN"


@permits.inside
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
    body = rules.entry_body(
        actor=actor, what=what, about_kind=about_kind, about_id=about_id, data=data, at=at
    )
    # By hand, not through the model: every write of the product passes here, and the model
    # costs three times as much as the statement itself.
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ENTRY, [about_kind, str(about_id), what, at, body])
    # As it is written, not as it is committed: what is undone again was tried all the same.
    counting.count("ledger_entries", 1, what)


@permits.inside
def write_many(
    *,
    actor: Actor,
    what: str,
    about_kind: str,
    entries: Sequence[tuple[UUID | str, dict[str, Any]]],
    at: datetime,
) -> None:
    """Append many entries of one kind, (about id, data) each, as `write` does; one COPY."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "ledger.write_many must run in the transaction of the changes that it records"
        )
    if not entries:
        return
    with connection.cursor() as cursor, cursor.copy(_COPY_ENTRIES) as copy:
        for about_id, data in entries:
            body = rules.entry_body(
                actor=actor, what=what, about_kind=about_kind, about_id=about_id, data=data, at=at
            )
            copy.write_row((about_kind, str(about_id), what, at, body))
    counting.count("ledger_entries", len(entries), what)


@permits.inside
def sequence(*, at: datetime, limit: int = BATCH_LIMIT) -> int:
    """Take committed entries into the tree, at most `limit`, and tell how many were taken.

    Returns 0 also when another sequencer is at work. Runs in a transaction of its own: the
    snapshot that is kept must not contain unfinished work of this transaction.
    Raises SequencerNotAlone. Algorithm: docs/algorithms/ledger.md.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
        if cursor.fetchone() != (True,):
            return 0
        # A statement of its own, so that its snapshot is younger than the lock.
        cursor.execute(sql.load(queries.ROOM, "progress"))
        has_written, size, after, running, cluster = cursor.fetchone()
        if has_written:
            raise rules.SequencerNotAlone()
        cursor.execute(
            sql.load(queries.ROOM, "sequence_all" if after is None else "sequence_new"),
            {"size": size, "after": after, "running": running, "batch_limit": limit},
        )
        taken, snapshot = cursor.fetchone()
        if taken:
            _complete_nodes(cursor, old=size, new=size + taken)
        if taken < limit:
            Progress.objects.bulk_create(
                [Progress(id=1, snapshot=snapshot, cluster=cluster, sequenced_at=at)],
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=["snapshot", "cluster", "sequenced_at"],
            )
        return int(taken)


def _complete_nodes(cursor: CursorWrapper, *, old: int, new: int) -> None:
    """Store the nodes that became complete when the log grew from `old` to `new` entries."""
    tile_levels, level = rules.TILE_LEVELS, rules.TILE_LEVELS
    while old >> level < new >> level:
        below = level - tile_levels
        cursor.execute(
            sql.load(queries.ROOM, "node_tiles" if below else "leaf_tiles"),
            {
                "level": below,
                "low": old >> level << tile_levels,
                "high": new >> level << tile_levels,
            },
        )
        positions, hashes = [], []
        for position, joined in cursor.fetchall():
            tile = queries.cut_hashes(joined)
            if len(tile) != rules.TILE_WIDTH:
                low = position << tile_levels
                raise rules.TreeDamaged(level=below, low=low, high=low + rules.TILE_WIDTH)
            positions.append(position)
            hashes.append(rules.complete_root(tile))
        cursor.execute(
            "INSERT INTO ledger_node (level, position, hash) "
            "SELECT %s, * FROM unnest(%s::bigint[], %s::bytea[])",
            [level, positions, hashes],
        )
        level += tile_levels


@permits.inside
@transaction.atomic
def make_checkpoint(*, at: datetime) -> Checkpoint:
    """Sign the root of the log as it is now, and keep the note.

    Returns the newest checkpoint unchanged when nothing was added since. `at`: UTC instant.
    Raises SigningKeyUnreadable, SigningKeyMissing, TreeDamaged.
    """
    size = queries.get_size()
    newest = queries.find_checkpoint()
    if newest is not None and newest.size == size:
        return newest
    key = queries.find_key()
    if key is None:
        if newest is not None:
            # Another host has the key: a second one would make its checkpoints look forged.
            raise rules.SigningKeyMissing(path=str(queries.get_key_path()))
        key = _make_key(queries.get_key_path())
    root = queries.get_root(size=size)
    return Checkpoint.objects.create(
        size=size,
        root=root,
        at=at,
        note=rules.sign_checkpoint(key=key, size=size, root=root, at=at),
    )


@permits.inside
def verify(*, at: datetime) -> rules.Verification:
    """Check the whole ledger against itself, and write down what was found.

    Reads all entries in one snapshot, in flat memory; 10,000,000 take minutes. A rewrite of the whole
    history is found only with a checkpoint kept outside (`anlan ledger verify --checkpoint`).
    """
    size, kinds, count = 0, set[str](), 0
    for step in queries.audit():
        count += len(step.found)
        kinds |= {finding.kind.value for finding in step.found}
        size = step.total
    done = rules.Verification(at=at, size=size, finding_count=count, kinds=tuple(sorted(kinds)))
    with transaction.atomic():
        write(
            actor=SYSTEM,
            what=rules.VERIFIED,
            about_kind="ledger",
            about_id=rules.VERIFICATION,
            data={"size": size, "findings": count, "kinds": list(done.kinds)},
            at=at,
        )
    return done


def _make_key(path: Path) -> Ed25519PrivateKey:
    """Make the signing key once, readable by its owner only, complete or not at all."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link, unlike a rename, leaves a key alone that another process made meanwhile.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    key = queries.find_key()
    if key is None:
        raise rules.SigningKeyUnreadable(path=str(path), reason="it vanished as it was made")
    return key

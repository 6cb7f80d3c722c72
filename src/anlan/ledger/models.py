"""Tables of the ledger. All but `Progress` are append-only by trigger (migration 0001).

An entry is not told its place in the tree: that would be an update, and a lock all writers would
queue for. The sequencer gives the place afterwards, in a leaf of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    IntField = models.Field[int, int]
else:
    IntField = models.Field  # generic in the type stubs only


class TransactionIdField(IntField):
    """PostgreSQL's xid8: the 64-bit number of a transaction, never used twice in a cluster."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class LedgerEntry(models.Model):
    """One thing that was done. `body` is the truth; the columns beside it are for finding it."""

    id = models.BigAutoField(primary_key=True)
    about_kind = models.TextField()
    about_id = models.TextField()
    what = models.TextField()
    at = models.DateTimeField()
    body = models.TextField()
    xid = TransactionIdField(db_default=models.Func(function="pg_current_xact_id"), editable=False)

    class Meta:
        db_table = "ledger_entry"
        indexes = [
            models.Index(fields=["about_id"], name="ledger_entry_about"),
            models.Index(fields=["xid"], name="ledger_entry_xid"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.what}"


class Leaf(models.Model):
    """The place of an entry in the tree, and the hash it had when it was taken in."""

    leaf_index = models.BigIntegerField(primary_key=True)
    # No foreign key: an entry that somebody removed must leave its leaf behind as a witness.
    entry_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"leaf {self.leaf_index}"


class Node(models.Model):
    """The hash of a complete subtree of 2**level leaves that begins at position * 2**level.

    Only levels 8, 16, 24, … are stored; what lies between is computed from at most 256 hashes.
    """

    pk = models.CompositePrimaryKey("level", "position")
    level = models.SmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"node {self.level}/{self.position}"


class Checkpoint(models.Model):
    """A signed statement: at this size the log had this root."""

    id = models.BigAutoField(primary_key=True)
    size = models.BigIntegerField()
    root = models.BinaryField()
    at = models.DateTimeField()
    note = models.TextField()

    def __str__(self) -> str:
        return f"checkpoint at {self.size}"


class Progress(models.Model):
    """How far the sequencer has come: the database snapshot of which every entry has its leaf.

    One row. A cache that may be lost: without it, or when it was made by another database cluster
    (a restored dump), the sequencer looks through all entries once.
    """

    id = models.SmallIntegerField(primary_key=True)
    snapshot = models.TextField()
    cluster = models.TextField()
    sequenced_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="ledger_progress_one_row")
        ]

    def __str__(self) -> str:
        return f"progress {self.snapshot}"

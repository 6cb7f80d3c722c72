"""Reads of the ledger: roots, proofs, checkpoints, and the entries about a thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, OuterRef, Subquery

from anlan.kernel import sql
from anlan.ledger import rules
from anlan.ledger.models import Checkpoint, Leaf, LedgerEntry, Progress

ROOM = "anlan.ledger"
HASH_BYTES = 32
AUDIT_CHUNK = 8_192
"""Leaves checked between two looks at the node table."""


@dataclass(frozen=True, slots=True)
class Status:
    """Where the ledger stands."""

    size: int
    """Entries in the tree."""
    pending: int
    """Entries waiting for the sequencer."""
    sequenced_at: datetime | None
    checkpoint_size: int | None
    checkpoint_at: datetime | None


def get_size() -> int:
    """Tell how many entries the tree holds now."""
    last = Leaf.objects.aggregate(last=Max("leaf_index"))["last"]
    return 0 if last is None else int(last) + 1


def get_status() -> Status:
    """Tell where the ledger stands; counts all entries, so it is for people, not for hot paths."""
    size = get_size()
    progress = Progress.objects.first()
    newest = find_checkpoint()
    return Status(
        size=size,
        pending=LedgerEntry.objects.count() - size,
        sequenced_at=progress.sequenced_at if progress else None,
        checkpoint_size=newest.size if newest else None,
        checkpoint_at=newest.at if newest else None,
    )


def get_root(*, size: int | None = None) -> bytes:
    """Compute the root of the log at `size` (default: now) from stored hashes, in O(log n).

    Raises ProofOutOfRange, TreeDamaged.
    """
    now = get_size()
    size = now if size is None else size
    if not 0 <= size <= now:
        raise rules.ProofOutOfRange(wanted=f"size {size}", size=now)
    return _hash_spans([rules.Span(0, size)])[0]


def prove_inclusion(*, entry_id: int, size: int | None = None) -> rules.InclusionProof:
    """Prove that an entry is in the log of `size` entries.

    Without `size` the proof is for the newest checkpoint that covers the entry, which makes it
    a signed one; for an entry newer than all checkpoints it is for the log as it is now.
    Raises EntryUnknown, EntryPending, ProofOutOfRange, TreeDamaged.
    """
    entry = LedgerEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise rules.EntryUnknown(entry_id=entry_id)
    leaf = Leaf.objects.filter(entry_id=entry_id).first()
    if leaf is None:
        raise rules.EntryPending(entry_id=entry_id)
    index = leaf.leaf_index
    if size is None:
        checkpoint = find_checkpoint()
        if checkpoint is not None and checkpoint.size <= index:
            checkpoint = None
    else:
        checkpoint = Checkpoint.objects.filter(size=size).order_by("-id").first()
    now = get_size()
    size = (checkpoint.size if checkpoint else now) if size is None else size
    if size > now:
        raise rules.ProofOutOfRange(wanted=f"size {size}", size=now)
    spans = rules.inclusion_spans(index, size)
    root, *hashes = _hash_spans([rules.Span(0, size), *spans])
    return rules.InclusionProof(
        entry_id=entry_id,
        body=entry.body,
        leaf_index=index,
        size=size,
        root=root,
        hashes=tuple(hashes),
        checkpoint=checkpoint.note if checkpoint else "",
    )


def prove_consistency(*, old: int, new: int | None = None) -> list[bytes]:
    """Prove that the log of `new` entries (default: now) begins with the log of `old` entries.

    Raises ProofOutOfRange, TreeDamaged.
    """
    now = get_size()
    new = now if new is None else new
    if new > now:
        raise rules.ProofOutOfRange(wanted=f"size {new}", size=now)
    return _hash_spans(rules.consistency_spans(old, new))


def list_entries(*, about_kind: str, about_id: UUID | str) -> list[rules.EntryView]:
    """List the entries about one thing, oldest first, each with its place in the tree.

    For rooms above that compare their rows with what the ledger says about them.
    """
    place = Leaf.objects.filter(entry_id=OuterRef("id")).values("leaf_index")
    entries = (
        LedgerEntry.objects.filter(about_id=str(about_id), about_kind=about_kind)
        .annotate(place=Subquery(place))
        .order_by("id")
    )
    return [
        rules.EntryView(
            id=entry.id,
            what=entry.what,
            about_kind=entry.about_kind,
            about_id=entry.about_id,
            at=entry.at,
            body=entry.body,
            leaf_index=entry.place,
        )
        for entry in entries
    ]


def find_checkpoint() -> Checkpoint | None:
    """Find the newest checkpoint."""
    return Checkpoint.objects.order_by("-id").first()


def get_key_path() -> Path:
    """Tell where the instance keeps the key that signs its checkpoints."""
    return Path(settings.ANLAN_HOME) / "ledger.key"


def find_key() -> Ed25519PrivateKey | None:
    """Read the signing key; None before the first checkpoint. Raises SigningKeyUnreadable."""
    path = get_key_path()
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as wrong:
        raise rules.SigningKeyUnreadable(path=str(path), reason=str(wrong)) from wrong
    if not isinstance(key, Ed25519PrivateKey):
        raise rules.SigningKeyUnreadable(path=str(path), reason="not an Ed25519 key")
    return key


def audit(*, kept: Sequence[rules.CheckpointNote] = ()) -> Iterator[rules.AuditStep]:
    """Check the whole ledger in one snapshot, in flat memory, and name all that is wrong.

    kept: checkpoints from outside; without them only what contradicts itself is found.
    Yields a step for every few thousand leaves, so that progress can be shown.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        size = get_size()
        found, expected = _expect_roots(kept)
        check = rules.Audit(expected)
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql.load(ROOM, "audit_leaves"))
            while rows := cursor.fetchmany(AUDIT_CHUNK):
                found += check.add(rows)
                nodes = check.take_nodes()
                found += check.compare_nodes(nodes, _read_nodes([node for node, _ in nodes]))
                yield rules.AuditStep(done=check.size, total=size, found=found)
                found = []
        found += check.finish()
        found += _find_extra_nodes(size)
        pending, skipped = _find_unplaced()
        yield rules.AuditStep(
            done=size,
            total=size,
            found=found + skipped,
            pending=pending,
            root=check.root(),
            is_last=True,
        )


def _expect_roots(
    kept: Sequence[rules.CheckpointNote],
) -> tuple[list[rules.Finding], list[rules.Expected]]:
    """Collect the roots that were stated, and judge the notes that state them."""
    found = []
    key = find_key()
    verifier = rules.verifier_of(key) if key else None
    expected = [
        rules.Expected(note.size, note.root, f"the kept checkpoint of {note.at.isoformat()}")
        for note in kept
    ]
    for row in Checkpoint.objects.order_by("id").iterator():
        label = f"stored checkpoint {row.id} of {row.at.isoformat()}"
        expected.append(rules.Expected(row.size, bytes(row.root), label))
        note = rules.read_checkpoint(row.note)
        if (note.size, note.root, note.at) != (row.size, bytes(row.root), row.at):
            found.append(
                rules.Finding(
                    rules.FindingKind.CHECKPOINT_CHANGED,
                    f"{label}: its columns differ from its signed note",
                )
            )
        if verifier is not None and not verifier.has_signed(note):
            found.append(
                rules.Finding(
                    rules.FindingKind.SIGNATURE_INVALID,
                    f"{label} is not signed by this instance's key {verifier.name}",
                )
            )
    return found, expected


def _read_nodes(nodes: Sequence[rules.Subtree]) -> dict[rules.Subtree, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, position, hash FROM ledger_node "
            "JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted (level, position) "
            "USING (level, position)",
            [[node.level for node in nodes], [node.position for node in nodes]],
        )
        return {
            rules.Subtree(level, position): bytes(value)
            for level, position, value in cursor.fetchall()
        }


def _find_extra_nodes(size: int) -> list[rules.Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, position FROM ledger_node "
            "WHERE level < %(tile)s OR level %% %(tile)s <> 0 OR position < 0 "
            "OR position >= (%(size)s::bigint >> level::int) ORDER BY level, position",
            {"tile": rules.TILE_LEVELS, "size": size},
        )
        return [
            rules.Finding(
                rules.FindingKind.NODE_ADDED,
                f"node {level}/{position} stands for leaves that the log does not have",
            )
            for level, position in cursor.fetchall()
        ]


def _find_unplaced() -> tuple[int, list[rules.Finding]]:
    """Count the entries that wait, and name those that should not have to."""
    pending, skipped = 0, []
    with connection.cursor() as cursor:
        cursor.execute(sql.load(ROOM, "audit_unplaced"))
        for entry_id, is_overdue in cursor.fetchall():
            if is_overdue:
                skipped.append(
                    rules.Finding(
                        rules.FindingKind.ENTRY_SKIPPED,
                        f"entry {entry_id} has no leaf although the sequencer has passed it: "
                        "it was slipped in, or its leaf was removed",
                        entry_id,
                    )
                )
            else:
                pending += 1
    return pending, skipped


def _hash_spans(spans: Sequence[rules.Span]) -> list[bytes]:
    """Hash spans of the tree with one statement, however many there are."""
    parts = [rules.split_span(span) for span in spans]
    runs = [rules.stored_span(part) for span_parts in parts for part in span_parts]
    rows: list[tuple[bytes | None]] = []
    if runs:
        with connection.cursor() as cursor:
            cursor.execute(
                sql.load(ROOM, "stored_hashes"),
                {
                    "levels": [level for level, _ in runs],
                    "lows": [run.low for _, run in runs],
                    "highs": [run.high for _, run in runs],
                },
            )
            rows = cursor.fetchall()
    roots = []
    for (level, run), (joined,) in zip(runs, rows, strict=True):
        hashes = cut_hashes(joined or b"")
        if len(hashes) != run.high - run.low:
            raise rules.TreeDamaged(level=level, low=run.low, high=run.high)
        roots.append(rules.complete_root(hashes))
    each = iter(roots)
    return [rules.join_subtrees([next(each) for _ in span_parts]) for span_parts in parts]


def cut_hashes(joined: bytes) -> list[bytes]:
    """Cut a run of joined hashes into its hashes."""
    return [bytes(joined[i : i + HASH_BYTES]) for i in range(0, len(joined), HASH_BYTES)]


def get_lag() -> tuple[int, datetime | None]:
    """Tell how many entries wait for their place, and since when the oldest; cheap (index on xid)."""
    with connection.cursor() as cursor:
        cursor.execute(sql.load(ROOM, "lag"))
        waiting, oldest_at = cursor.fetchone()
    return int(waiting), oldest_at


def find_newest_at() -> datetime | None:
    """Find the instant of the entry written last."""
    return LedgerEntry.objects.order_by("-id").values_list("at", flat=True).first()


def find_verification() -> rules.Verification | None:
    """Find what the newest full check by the clock said (index on about_id; a row a day)."""
    entry = (
        LedgerEntry.objects.filter(about_id=rules.VERIFICATION, what=rules.VERIFIED)
        .order_by("-id")
        .first()
    )
    return rules.read_verification(body=entry.body, at=entry.at) if entry else None


def is_own_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> bool:
    """Tell whether a checkpoint was signed with this host's key."""
    return rules.verifier_of(key).has_signed(rules.read_checkpoint(checkpoint.note))

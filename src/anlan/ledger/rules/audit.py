"""The full check: every entry against its leaf, every leaf against nodes, roots and checkpoints.

Three comparisons, each of which names what it finds:
1. entry ↔ leaf: the body is hashed anew, the columns beside it must say the same as the body;
2. leaves ↔ nodes: the tree is built again from the leaf table;
3. tree ↔ checkpoints: at each checkpoint's size the root must be the one that was signed.
The tree is built from *stored* leaf hashes, so a rewritten body alone is named by (1) and does not
blur (2) and (3). Whoever rewrites body, leaf and nodes alike is caught by (3), as long as somebody
outside kept a checkpoint; the sizes of several checkpoints close in on the place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from anlan.ledger.rules.tree import EMPTY_ROOT, Subtree, TreeBuilder

LeafRow = tuple[int, int, bytes, str | None, str | None, str | None, str | None, datetime | None]
"""leaf_index, entry_id, hash, and the entry's body, what, about_kind, about_id, at (or all None)."""


class FindingKind(StrEnum):
    """What can be wrong with a ledger."""

    ENTRY_REWRITTEN = "ENTRY_REWRITTEN"
    ENTRY_REMOVED = "ENTRY_REMOVED"
    COLUMNS_CHANGED = "COLUMNS_CHANGED"
    ENTRY_SKIPPED = "ENTRY_SKIPPED"
    LEAF_MISSING = "LEAF_MISSING"
    NODE_CHANGED = "NODE_CHANGED"
    NODE_MISSING = "NODE_MISSING"
    NODE_ADDED = "NODE_ADDED"
    ROOT_DIFFERS = "ROOT_DIFFERS"
    LOG_SHORTER = "LOG_SHORTER"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    CHECKPOINT_CHANGED = "CHECKPOINT_CHANGED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in words that name the row."""

    kind: FindingKind
    text: str
    entry_id: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class Expected:
    """A root that was stated earlier; `label` tells a person by whom."""

    size: int
    root: bytes
    label: str


@dataclass(frozen=True, slots=True)
class AuditStep:
    """How far a full check has come, and what it found since the step before."""

    done: int
    total: int
    found: Sequence[Finding]
    pending: int = 0
    root: bytes | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """What the clock's own full check found; at: UTC, when it began."""

    at: datetime
    size: int
    finding_count: int
    kinds: tuple[str, ...] = ()


VERIFIED, VERIFICATION = "ledger.verified", "verification"
"""How a full check stands in the ledger: what was done, and about which thing."""


def read_verification(*, body: str, at: datetime) -> Verification:
    """Read a full check from the entry that it left."""
    said = json.loads(body)["data"]
    return Verification(at, said["size"], said["findings"], tuple(said["kinds"]))


def describe_columns(
    *,
    body: str,
    what: str | None,
    about_kind: str | None,
    about_id: str | None,
    at: datetime,
) -> str:
    """Name the columns that do not say what the body says; empty when all agree."""
    try:
        said = json.loads(body)
        pairs = (
            ("what", what, said["what"]),
            ("about_kind", about_kind, said["about"]["kind"]),
            ("about_id", about_id, said["about"]["id"]),
            ("at", at.astimezone(UTC), datetime.fromisoformat(said["at"])),
        )
    except (ValueError, KeyError, TypeError):
        return "body is not readable"
    return ", ".join(name for name, column, in_body in pairs if column != in_body)


class Audit:
    """Takes all leaves in order, in flat memory, and says what is wrong as it goes."""

    def __init__(self, expected: Iterable[Expected]) -> None:
        self._tree = TreeBuilder()
        self._expected = sorted(expected, key=lambda one: one.size, reverse=True)
        self._agreed_size = 0
        self._is_broken = False
        self._next_index = 0
        self._nodes: list[tuple[Subtree, bytes]] = []

    @property
    def size(self) -> int:
        """Leaves expected so far: the last index seen, and one."""
        return self._next_index

    def add(self, rows: Sequence[LeafRow]) -> list[Finding]:
        """Check the next rows of the leaf table, in order of leaf_index."""
        found: list[Finding] = []
        if self._next_index == 0:
            found += self._compare_root()
        tree_add = self._tree.add
        due = self._expected[-1].size if self._expected else -1
        for index, entry_id, stored, body, what, about_kind, about_id, at in rows:
            if index != self._next_index:
                self._is_broken = True
                found.append(
                    Finding(
                        FindingKind.LEAF_MISSING,
                        f"leaves {self._next_index} to {index - 1} are missing",
                    )
                )
            self._next_index = index + 1
            leaf = bytes(stored)
            if body is None or at is None:
                found.append(
                    Finding(
                        FindingKind.ENTRY_REMOVED,
                        f"entry {entry_id} (leaf {index}) is gone",
                        entry_id,
                    )
                )
            elif sha256(b"\x00" + body.encode()).digest() != leaf:
                found.append(
                    Finding(
                        FindingKind.ENTRY_REWRITTEN,
                        f"entry {entry_id} (leaf {index}) does not have the hash of its leaf",
                        entry_id,
                    )
                )
            elif changed := describe_columns(
                body=body, what=what, about_kind=about_kind, about_id=about_id, at=at
            ):
                found.append(
                    Finding(
                        FindingKind.COLUMNS_CHANGED,
                        f"entry {entry_id} (leaf {index}): columns differ from the body: {changed}",
                        entry_id,
                    )
                )
            if not self._is_broken:
                self._nodes.extend(tree_add(leaf))
            if self._next_index == due:
                found += self._compare_root()
                due = self._expected[-1].size if self._expected else -1
        return found

    def take_nodes(self) -> list[tuple[Subtree, bytes]]:
        """Hand over the nodes completed since the last call, for comparison with the table."""
        nodes, self._nodes = self._nodes, []
        return nodes

    def compare_nodes(
        self, right: Sequence[tuple[Subtree, bytes]], stored: dict[Subtree, bytes]
    ) -> list[Finding]:
        """Compare computed nodes with the stored ones."""
        found = []
        for node, value in right:
            low, high = (
                node.position << node.level,
                (node.position + 1 << node.level) - 1,
            )
            where = f"node {node.level}/{node.position} over leaves {low} to {high}"
            if node not in stored:
                found.append(Finding(FindingKind.NODE_MISSING, f"{where} is missing"))
            elif stored[node] != value:
                found.append(
                    Finding(
                        FindingKind.NODE_CHANGED,
                        f"{where} does not match its leaves: the node or one of them was changed",
                    )
                )
        return found

    def finish(self) -> list[Finding]:
        """Judge the checkpoints that the log is too short for."""
        found = self._compare_root() if self._next_index == 0 else []
        found += (
            Finding(
                FindingKind.LOG_SHORTER,
                f"{one.label} covers {one.size} entries, the log has {self.size}: "
                f"{one.size - self.size} or more at its end were removed",
            )
            for one in reversed(self._expected)
        )
        self._expected = []
        return found

    def root(self) -> bytes | None:
        """Give the root over all leaves; None when leaves are missing."""
        return None if self._is_broken else self._tree.root()

    def _compare_root(self) -> list[Finding]:
        found, size = [], self._next_index
        root = None if self._is_broken else self._tree.root() if size else EMPTY_ROOT
        agrees = True
        while self._expected and self._expected[-1].size <= size:
            one = self._expected.pop()
            if one.size != size or one.root != root:
                agrees = False
                found.append(
                    Finding(
                        FindingKind.ROOT_DIFFERS,
                        f"{one.label} at {one.size} entries has another root: among leaves "
                        f"{self._agreed_size} to {one.size - 1} one was rewritten, "
                        "removed, added or moved",
                    )
                )
        if agrees:
            self._agreed_size = size
        return found

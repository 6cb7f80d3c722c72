"""The Merkle tree of RFC 6962 §2.1: hashes, proofs as spans of leaves, and their checks.

A span (low, high) stands for MTH(D[low:high]), the hash of the tree over those leaves. Proofs are
first planned as spans (`inclusion_spans`, `consistency_spans`); whoever has the leaves turns spans
into hashes. A span that a proof can ask for begins at a multiple of the power of two that covers
it, so it splits into complete subtrees (level, position), which the ledger can look up.
Checks (`root_from_inclusion`, `is_consistent`) need the hashes only: RFC 9162 §2.1.3.2, §2.1.4.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from anlan.kernel.errors import Invalid

EMPTY_ROOT = hashlib.sha256(b"").digest()
TILE_LEVELS = 8
"""Every eighth level of the tree is stored: a tile holds 2**8 hashes of one stored level."""
TILE_WIDTH = 1 << TILE_LEVELS


class ProofOutOfRange(Invalid):
    """There is no proof for {wanted} in a log of {size} entries."""


class Span(NamedTuple):
    """The leaves low ≤ index < high."""

    low: int
    high: int


class Subtree(NamedTuple):
    """The complete subtree over the leaves position * 2**level ≤ index < (position + 1) * 2**level."""

    level: int
    position: int


def leaf_hash(body: str) -> bytes:
    """Hash an entry's text into its leaf.

    >>> leaf_hash("").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + body.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring subtrees into their parent."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(count: int) -> int:
    """Give the largest power of two smaller than `count` (> 1): where the tree divides.

    >>> [split_point(n) for n in (2, 3, 4, 5, 8, 9)]
    [1, 2, 2, 4, 4, 8]
    """
    return 1 << (count - 1).bit_length() - 1


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Fold the hashes of a complete subtree (a power of two of them) into its root."""
    row = hashes
    sha256 = hashlib.sha256
    while len(row) > 1:
        row = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0]


def join_subtrees(roots: Iterable[bytes]) -> bytes:
    """Fold complete subtrees, largest first and left to right, into the root of their span."""
    root = b""
    for left in reversed(list(roots)):
        root = node_hash(left, root) if root else left
    return root or EMPTY_ROOT


def split_span(span: Span) -> list[Subtree]:
    """Cut a span of a proof into complete subtrees, largest first.

    >>> split_span(Span(8, 15))
    [Subtree(level=2, position=2), Subtree(level=1, position=6), Subtree(level=0, position=14)]
    """
    parts, low = [], span.low
    while low < span.high:
        level = (span.high - low).bit_length() - 1
        parts.append(Subtree(level, low >> level))
        low += 1 << level
    return parts


def stored_span(part: Subtree) -> tuple[int, Span]:
    """Tell which stored hashes make up a subtree: their level and their positions there.

    >>> stored_span(Subtree(9, 3))
    (8, Span(low=6, high=8))
    """
    level = part.level - part.level % TILE_LEVELS
    up = part.level - level
    return level, Span(part.position << up, part.position + 1 << up)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Plan the proof that leaf `index` is in the log of `size` entries, lowest sibling first.

    Source: RFC 6962 §2.1.1. Raises ProofOutOfRange.
    """
    if not 0 <= index < size:
        raise ProofOutOfRange(wanted=f"leaf {index}", size=size)
    low, high, spans = 0, size, []
    while high - low > 1:
        middle = low + split_point(high - low)
        if index < middle:
            spans.append(Span(middle, high))
            high = middle
        else:
            spans.append(Span(low, middle))
            low = middle
    return spans[::-1]


def consistency_spans(old: int, size: int) -> list[Span]:
    """Plan the proof that the log of `size` entries begins with the log of `old` entries.

    Source: RFC 6962 §2.1.2. Raises ProofOutOfRange unless 0 < old ≤ size.
    """
    if not 0 < old <= size:
        raise ProofOutOfRange(wanted=f"size {old}", size=size)
    low, high, is_whole, spans = 0, size, True, []
    while old != high:
        middle = low + split_point(high - low)
        if old <= middle:
            spans.append(Span(middle, high))
            high = middle
        else:
            spans.append(Span(low, middle))
            low, is_whole = middle, False
    if not is_whole:
        spans.append(Span(low, high))
    return spans[::-1]


def root_from_inclusion(
    *, index: int, size: int, leaf: bytes, proof: Sequence[bytes]
) -> bytes | None:
    """Compute the root that an inclusion proof leads to; None when its length cannot be right."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(
    *, old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that the newer log begins with the whole older one."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not proof and old_root == root
    hashes = list(proof)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    seen_old = seen_new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            seen_old, seen_new = (
                node_hash(sibling, seen_old),
                node_hash(sibling, seen_new),
            )
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and seen_old == old_root and seen_new == root


class TreeBuilder:
    """Takes leaf hashes from left to right and keeps what the tree needs: O(log n) memory.

    `add` returns the stored nodes that the new leaves complete, so that building and checking
    the node table run through the same code.
    """

    def __init__(self) -> None:
        self.size = 0
        self._rows: list[list[bytes]] = [[]]
        """For each stored level, the hashes of the tile that is not full yet."""

    def add(self, leaf: bytes) -> Iterator[tuple[Subtree, bytes]]:
        """Append one leaf; consume the result, which names the completed nodes."""
        self.size += 1
        self._rows[0].append(leaf)
        return self._complete() if len(self._rows[0]) == TILE_WIDTH else iter(())

    def _complete(self) -> Iterator[tuple[Subtree, bytes]]:
        done, row = [], 0
        while len(self._rows[row]) == TILE_WIDTH:
            root = complete_root(self._rows[row])
            self._rows[row] = []
            row += 1
            if row == len(self._rows):
                self._rows.append([])
            self._rows[row].append(root)
            level = row * TILE_LEVELS
            done.append((Subtree(level, (self.size >> level) - 1), root))
        return iter(done)

    def root(self) -> bytes:
        """Give the root over all leaves so far."""
        parts: list[bytes] = []
        for row in reversed(self._rows):
            parts += (
                complete_root(row[span.low : span.high])
                for span in (
                    Span(part.position << part.level, part.position + 1 << part.level)
                    for part in split_span(Span(0, len(row)))
                )
            )
        return join_subtrees(parts)

"""Identifiers that sort by time: UUID version 7 (RFC 9562 §5.7).

Rows made together lie together in an index, and an id can be made before its row exists,
which lets one SQL statement write a signal, its case and its ledger entry at once.
"""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_tick = 0


def new_id() -> UUID:
    """Make an id: 48 bits of Unix milliseconds, 12 bits that count within one, 62 random bits.

    Within a process each id is greater than the one before (RFC 9562 §6.2, method 1), so rows made
    in one millisecond keep their order too.
    """
    return make_ids(reserve_ids(1), 1)[0]


def reserve_ids(count: int) -> int:
    """Reserve the next `count` places in the order of ids, and give the first.

    Whoever makes them (`make_ids`), another process too, makes ids that lie together.
    """
    global _last_tick
    with _lock:
        first = max((time.time_ns() // 1_000_000) << 12, _last_tick + 1)
        _last_tick = first + count - 1
    return first


def make_ids(first: int, count: int) -> list[UUID]:
    """Make the ids of reserved places, in their order."""
    chance = os.urandom(8 * count)
    return [
        UUID(
            int=(tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0x2 << 62
            | int.from_bytes(chance[8 * i : 8 * i + 8], "big") >> 2
        )
        for i, tick in enumerate(range(first, first + count))
    ]  # fmt: skip

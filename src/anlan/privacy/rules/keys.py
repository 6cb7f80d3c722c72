"""Rules of keys: when a superseded key may leave the ring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from anlan.kernel.errors import Conflict
from anlan.kernel.events import Event
from anlan.kernel.keyring import Key, KeyState

RETIRE_AFTER = timedelta(days=1)
"""Longer than any transaction that sealed with a key may take to commit."""


class KeyStillNeeded(Conflict):
    """{rows} rows are still sealed with key {number}. `anlan keys reseal` seals them anew."""


@dataclass(frozen=True)
class KeysRotated(Event):
    """Personal data is sealed with a new key from now on."""

    number: int


@dataclass(frozen=True, slots=True)
class Resealed:
    """One batch of sealing anew: up to which row it came, and how many rows it changed."""

    last_id: object | None
    count: int


def may_retire(key: Key, *, rows: int, at: datetime) -> bool:
    """Tell whether a key may leave the ring by itself: superseded for a day, and used by no row."""
    return (
        key.state is KeyState.OPENING
        and rows == 0
        and key.superseded_at is not None
        and at - key.superseded_at >= RETIRE_AFTER
    )

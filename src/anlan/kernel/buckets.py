"""Allowances that fill up by themselves (token buckets), in the memory of one process.

For limits that must cost nothing: no statement, no shared state. Behind n processes a caller gets at
most n allowances; a limit that must hold exactly is counted in the database (`people.count_try`).
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock

KEYS_KEPT = 10_000


class Buckets:
    """One bucket for each key: `burst` at first, `rate` more each second, never over `burst`."""

    def __init__(self, *, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._left: dict[Hashable, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, key: Hashable, *, at: float) -> float:
        """Take one from a key's bucket; give 0, or the seconds until there is one again.

        at: seconds of a clock that never runs backwards.

        >>> two = Buckets(rate=0.5, burst=2)
        >>> [two.take("a", at=0.0) for _ in range(3)], two.take("b", at=0.0), two.take("a", at=2.0)
        ([0.0, 0.0, 2.0], 0.0, 0.0)
        """
        with self._lock:
            left, since = self._left.get(key, (self.burst, at))
            left = min(self.burst, left + (at - since) * self.rate)
            if left < 1:
                self._left[key] = (left, at)
                return (1 - left) / self.rate
            if len(self._left) >= KEYS_KEPT and key not in self._left:
                self._let_full_ones_go(at)
            self._left[key] = (left - 1, at)
            return 0.0

    def _let_full_ones_go(self, at: float) -> None:
        filled_s = self.burst / self.rate
        self._left = {k: (n, t) for k, (n, t) in self._left.items() if at - t < filled_s}

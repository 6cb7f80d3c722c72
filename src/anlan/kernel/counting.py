"""Counts of what happens, for whoever watches the installation.

A room says `count("signals_taken", 1, "WEB")`; who keeps the number is connected at start, as with
events. Names and labels come from closed lists (`anlan.config.operating.counts.COUNTERS`), so that no
personal data can get in. A count is no record: what must be exact is counted in the database.
"""

from __future__ import annotations

from collections.abc import Callable

_sink: Callable[..., None] | None = None


def connect(sink: Callable[..., None]) -> None:
    """Say who keeps the counts; called once at start."""
    global _sink
    _sink = sink


def count(name: str, by: int, *labels: str) -> None:
    """Count something that has happened."""
    if _sink is not None:
        _sink(name, by, *labels)

"""What has happened, told upward without imports: events and the jobs that react to them.

`emit` turns an event into one background job per reaction, *inside the caller's
transaction*: rolled back with it, delivered if it commits (an outbox for free).
Who reacts to what is one dict in `anlan.config.wiring`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that has happened. Fields are JSON-simple: str, int, bool, None, tuples of str."""


@dataclass(frozen=True)
class Job:
    """One background job to be: the task's name and its keyword arguments."""

    task: str
    args: Mapping[str, Any]
    lock: str | None = None


Reactions = Mapping[type[Event], Sequence[str]]
JobRows = list[dict[str, Any]]
"""Jobs as rows, as SQL takes them in one JSON value: queue, task, priority, lock, args."""

_reactions: Reactions = {}
_defer: Callable[[JobRows], None] | None = None
_describe: Callable[[Sequence[Job]], JobRows] | None = None


def connect(
    *,
    reactions: Reactions,
    describe: Callable[[Sequence[Job]], JobRows],
    defer: Callable[[JobRows], None],
) -> None:
    """Say who reacts to what, how jobs are written down and stored; called once at start."""
    global _reactions, _defer, _describe
    _reactions, _describe, _defer = reactions, describe, defer


def emit(*happened: Event) -> None:
    """Defer the reactions to what has happened, in one statement, in this transaction."""
    assert _describe is not None, "events.connect was not called at start"
    assert _defer is not None, "events.connect was not called at start"
    rows = _describe(
        [
            Job(task=name, args=vars(event))
            for event in happened
            for name in _reactions.get(type(event), ())
        ]
    )
    if rows:
        _defer(rows)

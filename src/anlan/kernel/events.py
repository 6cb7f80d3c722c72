"""What has happened, told upward without imports: events and the jobs that react to them.

`emit` turns an event into one background job per reaction, *inside the caller's
transaction*: rolled back with it, delivered if it commits (an outbox for free).
Who reacts to what is one dict in `anlan.config.wiring`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """Something that has happened. Fields are JSON-simple: str, int, bool or None."""


@dataclass(frozen=True)
class Job:
    """One background job to be: the task's name and its keyword arguments."""

    task: str
    args: Mapping[str, Any]
    lock: str | None = None


Reactions = Mapping[type[Event], Sequence[str]]
JobColumns = dict[str, list[Any]]
"""Jobs by column, as SQL takes them: queues, tasks, priorities, locks, args (JSON texts)."""

_reactions: Reactions = {}
_defer: Callable[[JobColumns], None] | None = None
_describe: Callable[[Sequence[Job]], JobColumns] | None = None


def connect(
    *,
    reactions: Reactions,
    describe: Callable[[Sequence[Job]], JobColumns],
    defer: Callable[[JobColumns], None],
) -> None:
    """Say who reacts to what, how jobs are written down and stored; called once at start."""
    global _reactions, _defer, _describe
    _reactions, _describe, _defer = reactions, describe, defer


def job_columns(*happened: Event) -> JobColumns:
    """Write down the jobs that follow, for a statement that stores them itself."""
    assert _describe is not None, "events.connect was not called at start"
    return _describe(
        [
            Job(task=name, args=asdict(event))
            for event in happened
            for name in _reactions.get(type(event), ())
        ]
    )


def emit(*happened: Event) -> None:
    """Defer the reactions to what has happened, in one statement, in this transaction."""
    columns = job_columns(*happened)
    if columns["tasks"]:
        assert _defer is not None, "events.connect was not called at start"
        _defer(columns)

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
_reactions: Reactions = {}
_defer: Callable[[Sequence[Job]], None] | None = None


def connect(*, reactions: Reactions, defer: Callable[[Sequence[Job]], None]) -> None:
    """Say who reacts to what and how jobs are stored; called once at start."""
    global _reactions, _defer
    _reactions, _defer = reactions, defer


def jobs_for(event: Event) -> list[Job]:
    """List the jobs that an event causes, for writers that store them themselves."""
    return [Job(task=name, args=asdict(event)) for name in _reactions.get(type(event), ())]


def emit(*happened: Event) -> None:
    """Defer the reactions to what has happened, in one statement, in this transaction."""
    jobs = [job for event in happened for job in jobs_for(event)]
    if jobs:
        assert _defer is not None, "events.connect was not called at start"
        _defer(jobs)

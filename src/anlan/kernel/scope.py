"""What the running code may see: the second wall, which the database itself keeps.

`visible_to(actor)` is the first wall; a query that forgets it would show everything. So each
transaction also tells PostgreSQL its scope, and row-level security hides all rows outside it:
without a scope, nothing is seen and nothing can be written. Faces set the scope of whoever they let
in, background jobs the narrowest one that their work needs:

    with scope.acting(scope.of(actor)): ...      the actor's seats, and what is the actor's own
    with scope.acting(scope.of_case(id)): ...    one case with all that belongs to it
    with scope.acting(scope.EVERYTHING): ...     sweeps and figures over all places
    scope.open_code(code)                        more, for the rest of the block: a proved code

How the database reads it: docs/explanation/row-level-security.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from anlan.kernel.actor import Actor, ActorKind

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Scope:
    """Which rows may be seen. `wide`: places with all below; `narrow`: (department, place) pairs.

    person, sender: whose own dispatches, notices, photos and signals. codes, cases, documents: single ones.
    """

    is_everything: bool = False
    wide: tuple[str, ...] = ()
    narrow: tuple[tuple[str, str], ...] = ()
    person: UUID | None = None
    sender: str = ""
    codes: tuple[str, ...] = ()
    cases: tuple[UUID, ...] = ()
    documents: tuple[UUID, ...] = ()

    @cached_property
    def text(self) -> str:
        """Write the scope down for the database: "all", or what it names as JSON.

        >>> Scope().text, Scope(is_everything=True).text
        ('{}', 'all')
        >>> Scope(wide=("33.3306",), codes=("7KQF92MX4T",)).text
        '{"wide":["33.3306"],"codes":["7KQF92MX4T"]}'
        """
        if self.is_everything:
            return "all"
        parts = {
            "wide": list(self.wide),
            "narrow": list(self.narrow),
            "person": str(self.person) if self.person else "",
            "sender": self.sender,
            "codes": list(self.codes),
            "cases": [str(case) for case in self.cases],
            "documents": [str(document) for document in self.documents],
        }
        given = {name: part for name, part in parts.items() if part}
        return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


NOTHING = Scope()
"""Sees no matter, but may write: a visitor who reports, a job that works on other tables."""
EVERYTHING = Scope(is_everything=True)

_current: ContextVar[Scope | None] = ContextVar("scope")
_outermost: Scope | None = None


def current() -> Scope | None:
    """Give the scope that holds now; where none was set, nothing is seen and nothing written."""
    return _current.get(_outermost)


def set_outermost(scope: Scope | None) -> None:
    """Set what holds where nobody has set a scope. For tests, which build worlds of their own."""
    global _outermost
    _outermost = scope


def of(actor: Actor) -> Scope:
    """Give the scope of an actor: the same seats by which `visible_to` decides."""
    if actor.kind is ActorKind.SYSTEM:
        return EVERYTHING
    seats = actor.watching_seats
    return Scope(
        wide=tuple(sorted({seat.place_path for seat in seats if not seat.department})),
        narrow=tuple(sorted({(s.department, s.place_path) for s in seats if s.department})),
        person=actor.id,
        sender=actor.as_sender,
        cases=actor.opened_cases,
    )


def of_case(case_id: UUID) -> Scope:
    """Give the scope of one case with its signals, steps, photos and dispatches."""
    return Scope(cases=(case_id,))


@contextmanager
def acting(scope: Scope | None) -> Iterator[None]:
    """Let a scope hold for a block; what held before holds again after it.

    None: no scope, for a function that runs as the tables' owner and asks for none.
    """
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


def enter(scope: Scope) -> None:
    """Let a scope hold for the rest of the block that `acting` has begun, as a door does."""
    _current.set(scope)


def open_code(code: str) -> None:
    """Open the matter of a code to the rest of the block: its secret was proved, or it is one's own."""
    held = current() or NOTHING
    if not held.is_everything and code not in held.codes:
        _current.set(replace(held, codes=(*held.codes, code)))


def open_case(case_id: UUID) -> None:
    """Open a case to the rest of the block: what was proved leads to it."""
    held = current() or NOTHING
    if not held.is_everything and case_id not in held.cases:
        _current.set(replace(held, cases=(*held.cases, case_id)))


def open_document(document_id: UUID) -> None:
    """Open a photo to the rest of the block: it has just been kept, and belongs to no case yet."""
    held = current() or NOTHING
    if not held.is_everything:
        _current.set(replace(held, documents=(*held.documents, document_id)))


def under(scope: Scope) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a background job run in a scope."""

    def wrap(job: Callable[P, R]) -> Callable[P, R]:
        @wraps(job)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            with acting(scope):
                return job(*args, **kwargs)

        return run

    return wrap

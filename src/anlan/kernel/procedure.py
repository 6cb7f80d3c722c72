"""Everything that moves by steps is a procedure: a YAML table, loaded and validated at start.

A procedure has states, moves between them (from where, to where, by which roles, what must be
given), and deadlines (what runs in which states, from when, by which source). One engine runs
them all; a running matter keeps the version it started with. Validation refuses a table with an
unreachable state, a non-final state without a deadline or a reason for having none, a
non-final state from which no offline exit leads and that does not say why, an unknown role, or a legal deadline
without its source. Format: docs/reference/procedures.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from anlan.kernel.actor import Role
from anlan.kernel.errors import Conflict, Invalid, NotAllowed
from anlan.kernel.reading import read_yaml


class ProcedureBroken(Invalid):
    """The procedure {procedure} cannot be used: {reason}."""


class MoveNotAllowed(Conflict):
    """“{move}” is not possible while the matter is “{state}”. Load it again to see what is."""


class MoveNotYours(NotAllowed):
    """“{move}” is for other roles: {roles}. Hand the matter on to one of them."""


class MoveIncomplete(Invalid):
    """“{move}” needs {missing}. Add it and send again."""


@dataclass(frozen=True, slots=True)
class State:
    code: str
    zh: str
    en: str
    deadline: str
    no_deadline: str
    is_final: bool
    no_offline: str = ""
    """Why no offline exit leads from here, where none does."""


@dataclass(frozen=True, slots=True)
class Move:
    """One way on. `to` None: the state stays. `needs`: fields that must be given."""

    code: str
    zh: str
    en: str
    sources: frozenset[str]
    to: str | None
    roles: frozenset[Role]
    needs: tuple[str, ...]
    is_offline: bool
    tells_reporter: bool
    is_automatic: bool
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A term by name; its amount comes from policy data (`profile`) or stands here."""

    code: str
    zh: str
    en: str
    source: str
    is_law: bool


@dataclass(frozen=True, slots=True)
class Procedure:
    code: str
    version: int
    initial: str
    states: Mapping[str, State]
    moves: Mapping[str, Move]
    deadlines: Mapping[str, Deadline]

    def moves_from(self, state: str) -> list[Move]:
        """List the moves that a person may make from a state, in the table's order."""
        return [m for m in self.moves.values() if state in m.sources and not m.is_automatic]

    def check(
        self, state: str, move: str, *, roles: Collection[Role], given: Collection[str] = ()
    ) -> Move:
        """Make sure that a move fits the state, the actor's roles and what was given.

        Raises MoveNotAllowed, MoveNotYours, MoveIncomplete; in this order.
        """
        found = self.moves.get(move)
        if found is None or state not in found.sources:
            label = self.states[state].en if state in self.states else state
            raise MoveNotAllowed(move=move, state=label)
        if found.roles and not found.roles & set(roles):
            raise MoveNotYours(move=move, roles=", ".join(sorted(found.roles)))
        missing = [name for name in found.needs if name not in given]
        if missing:
            raise MoveIncomplete(move=move, missing=", ".join(missing))
        return found

    def to_mermaid(self) -> str:
        """Draw the procedure as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        lines += [f"    {s.code}: {s.zh} / {s.en}" for s in self.states.values()]
        for move in self.moves.values():
            for source in sorted(move.sources):
                lines.append(f"    {source} --> {move.to or source}: {move.code}")
        lines += [f"    {s.code} --> [*]" for s in self.states.values() if s.is_final]
        return "\n".join(lines) + "\n"


def parse(text: str) -> Procedure:
    """Read a procedure table and validate it. Raises ProcedureBroken."""
    raw: Any = None
    try:
        raw = read_yaml(text)
        procedure = _build(raw)
        _validate(procedure)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as wrong:
        code = raw.get("code", "?") if isinstance(raw, dict) else "?"
        raise ProcedureBroken(procedure=code, reason=repr(wrong)) from wrong
    return procedure


@cache
def load(package: str, name: str, version: int) -> Procedure:
    """Load `<package>/procedures/<name>-<version>.yaml`, once a process.

    Every version that a running matter may have started with stays in the folder.
    """
    path = files(package) / "procedures" / f"{name}-{version}.yaml"
    procedure = parse(path.read_text(encoding="utf-8"))
    if procedure.version != version:
        raise ProcedureBroken(procedure=name, reason=f"the file says version {procedure.version}")
    return procedure


def _build(raw: dict[str, Any]) -> Procedure:
    states = {
        code: State(
            code=code, zh=s["zh"], en=s["en"], deadline=s.get("deadline", ""),
            no_deadline=s.get("no_deadline", ""), is_final=s.get("final", False),
            no_offline=s.get("no_offline", ""),
        )
        for code, s in raw["states"].items()
    }  # fmt: skip
    open_states = [s.code for s in states.values() if not s.is_final]
    moves = {
        code: Move(
            code=code, zh=m["zh"], en=m["en"],
            sources=frozenset(open_states if m["from"] == "OPEN" else m["from"]),
            to=m.get("to"), roles=frozenset(Role(r) for r in m.get("roles", ())),
            needs=tuple(m.get("needs", ())), is_offline=m.get("offline", False),
            tells_reporter=m.get("tells_reporter", False),
            is_automatic=m.get("automatic", False), papers=tuple(m.get("papers", ())),
        )
        for code, m in raw["moves"].items()
    }  # fmt: skip
    deadlines = {
        code: Deadline(
            code=code, zh=d["zh"], en=d["en"], source=d.get("source", ""),
            is_law=d.get("law", False),
        )
        for code, d in raw.get("deadlines", {}).items()
    }  # fmt: skip
    return Procedure(raw["code"], int(raw["version"]), raw["initial"], states, moves, deadlines)


def _validate(p: Procedure) -> None:
    def broken(reason: str) -> ProcedureBroken:
        return ProcedureBroken(procedure=p.code, reason=reason)

    if p.initial not in p.states:
        raise broken(f"it starts in an unknown state {p.initial}")
    for move in p.moves.values():
        for state in {*move.sources, *([move.to] if move.to else [])} - set(p.states):
            raise broken(f"the move {move.code} names an unknown state {state}")
        if any(p.states[s].is_final for s in move.sources):
            raise broken(f"the move {move.code} leaves a final state")
        if bool(move.roles) == move.is_automatic:
            raise broken(f"the move {move.code} must be either automatic or for some roles")
    reached, frontier = {p.initial}, [p.initial]
    while frontier:
        state = frontier.pop()
        for move in p.moves.values():
            if state in move.sources and move.to and move.to not in reached:
                reached.add(move.to)
                frontier.append(move.to)
    if unreached := set(p.states) - reached:
        raise broken(f"no move leads to {', '.join(sorted(unreached))}")
    for state_ in p.states.values():
        if state_.deadline and state_.deadline not in p.deadlines:
            raise broken(f"the state {state_.code} names an unknown deadline {state_.deadline}")
        if state_.is_final:
            continue
        if not state_.deadline and not state_.no_deadline:
            raise broken(f"the state {state_.code} has no deadline and does not say why")
        has_exit = any(m.is_offline and state_.code in m.sources for m in p.moves.values())
        if not has_exit and not state_.no_offline:
            raise broken(f"the state {state_.code} has no offline exit")
    for deadline in p.deadlines.values():
        if not deadline.source or (
            deadline.is_law and not any(c.isdigit() for c in deadline.source)
        ):
            raise broken(f"the deadline {deadline.code} does not cite its source")

"""When two cases may become one, which of them goes on, and what its clocks then stand at.

The lead goes on: whoever is further along, then whoever was opened first. No clock is won by merging:
each of the lead's clocks takes the earlier of the two due times. Separated again, both get their own
back, put off by the pauses they stood in together. Why so: docs/decisions/0030-one-case-leads.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from anlan.cases.rules.clock_story import StepOfCase
from anlan.kernel.errors import Conflict
from anlan.kernel.events import Event

MERGED = "MERGED"
STAGES = ("RECEIVED", "ACCEPTED", "ASSIGNED", "HANDLING", "HANDLED", "VERIFIED")
"""States in the order of the way; a case in one of them may lead."""
LEAVES = ("merge", "join")
"""Moves by which a case goes into another."""
SET_ANEW = frozenset({"approve_extension", "reclassify", "reopen", "reopen_unsatisfied"})
"""Named acts that set a lead's clocks themselves: what it had before a merge is then void."""


class MergedWithItself(Conflict):
    """A case cannot be merged with itself. Choose another one."""


class LeadNotOpen(Conflict):
    """The case {code} is not being worked on, so that nothing can be merged into it. Choose one that is open."""


class LeadsOthers(Conflict):
    """Other cases have been merged into {code}. Let it be the one that goes on, or separate those first."""


class OtherWayRound(Conflict):
    """The case {code} is further along. Let that one go on and merge the other into it."""


class NotMergedThere(Conflict):
    """This case has not been merged into that one, or was separated again. Load it again and look."""


@dataclass(frozen=True)
class CasesMerged(Event):
    """A case has been merged into another, which goes on."""

    case_id: str
    lead_id: str


@dataclass(frozen=True)
class CasesSeparated(Event):
    """A merged case stands by itself again."""

    case_id: str
    lead_id: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides which of two cases goes on."""

    code: str
    state: str
    opened_at: datetime
    leads_others: bool = False


def leads(one: Standing, other: Standing) -> bool:
    """Tell whether the first of two open cases is the one that goes on.

    >>> early, late = datetime(2026, 3, 1), datetime(2026, 3, 2)
    >>> leads(Standing("A", "RECEIVED", early), Standing("B", "HANDLING", late))
    False
    >>> leads(Standing("A", "RECEIVED", early), Standing("B", "RECEIVED", late))
    True
    """
    return _rank(one) < _rank(other)


def _rank(standing: Standing) -> tuple[bool, int, datetime, str]:
    stage = STAGES.index(standing.state) if standing.state in STAGES else -1
    return not standing.leads_others, -stage, standing.opened_at, standing.code


def check_merge(case: Standing, lead: Standing) -> None:
    """Make sure that a case may go into another.

    Raises MergedWithItself, LeadNotOpen, LeadsOthers, OtherWayRound.
    """
    if case.code == lead.code:
        raise MergedWithItself()
    if lead.state not in STAGES:
        raise LeadNotOpen(code=lead.code)
    if case.leads_others:
        raise LeadsOthers(code=case.code)
    if STAGES.index(case.state) > STAGES.index(lead.state):
        raise OtherWayRound(code=case.code)


Times = Mapping[str, str]
"""Due times by the name of their column, ISO 8601, as a step keeps them."""


def earlier(own: Times, other: Times) -> dict[str, str]:
    """Take of two sets of due times the earlier one of each clock that both have, with its amber instant.

    >>> earlier({"close_due_at": "2026-03-02T00:00:00+00:00", "close_amber_at": "2026-03-01T00:00:00+00:00"},
    ...         {"close_due_at": "2026-03-01T00:00:00+00:00", "close_amber_at": "2026-02-27T00:00:00+00:00"})
    {'close_due_at': '2026-03-01T00:00:00+00:00', 'close_amber_at': '2026-02-27T00:00:00+00:00'}
    """
    taken = dict(own)
    for due, amber in (("close_due_at", "close_amber_at"), ("response_due_at", "amber_at")):
        if due in own and due in other and _instant(other[due]) < _instant(own[due]):
            taken |= {due: other[due], amber: other[amber]}
    return taken


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


CARDS = ("", "YELLOW", "RED")


def stricter(*cards: str) -> str:
    """Give the strictest of some supervision cards.

    >>> stricter("", "RED", "YELLOW"), stricter("", "")
    ('RED', '')
    """
    return max(cards, key=CARDS.index)


@dataclass(frozen=True, slots=True)
class Held:
    """What a lead holds of others. own: its clocks before the first of them; None: set anew since."""

    own: Times | None
    own_at: datetime | None
    others: Mapping[UUID, tuple[Times, datetime]]
    """Cases merged into it: their clocks then, and when that was."""
    own_card: str | None = None
    """Its card before the first of them; None: somebody has shown it one since."""
    cards: Mapping[UUID, str] = field(default_factory=dict)


def read_held(steps: Iterable[StepOfCase]) -> Held:
    """Read from a lead's steps, in their order, what it holds and what it had before."""
    own: Times | None = None
    own_at: datetime | None = None
    own_card: str | None = None
    cards: dict[UUID, str] = {}
    others: dict[UUID, tuple[Times, datetime]] = {}
    for step in steps:
        data: Mapping[str, Any] = step.data
        if step.move == "take_in":
            if not others:
                own, own_at, own_card = data["own"], step.at, data.get("own_card")
            cards[UUID(data["case"])] = data.get("brought_card", "")
            others[UUID(data["case"])] = (data["brought"], step.at)
        elif step.move == "give_back":
            others.pop(UUID(data["case"]), None)
            cards.pop(UUID(data["case"]), None)
        elif step.move.startswith("supervise_"):
            own_card = None
        elif step.move in SET_ANEW:
            own = own_at = None
    return Held(own, own_at, others, own_card, cards)


def together(
    pauses: Sequence[tuple[datetime, datetime]], *, since: datetime
) -> list[tuple[datetime, datetime]]:
    """Cut the pauses of a lead down to what lies after an instant.

    >>> day = [datetime(2026, 3, n) for n in range(1, 5)]
    >>> together([(day[0], day[2])], since=day[1]) == [(day[1], day[2])]
    True
    """
    return [(max(start, since), end) for start, end in pauses if end > since]

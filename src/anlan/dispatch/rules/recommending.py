"""Whom to send: for each need of a run card the nearest who are on duty, free and fitting, and why not the others.

Algorithm, for one need after the other, in the card's order:

1. Everybody with the duty of that role at the place is a candidate; who holds it twice counts once.
2. Each candidate meets the first obstacle that stands in the way, in the order of `Obstacle`, or none.
3. Who meets none is ranked: without open dispatches before with, then by minutes on the way, then by
   number of the duty; the first fill what is missing, the rest are the reserve (`FURTHER`), from which the next is asked when somebody does not sign.
4. What stays missing is a shortfall, told by counting the obstacles.

So each candidate is either chosen or counted under one obstacle. Nothing is remembered of persons from
one case to the next, and nobody is ranked by how he worked. Page: docs/algorithms/recommendation.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Protocol
from uuid import UUID

from anlan.dispatch.rules.run_cards import MINUTES_PER_KM, Need
from anlan.dispatch.rules.sending import department_of
from anlan.kernel.actor import Role
from anlan.places.rules import GRID_TEAM

POSITION_MINUTES = 30
"""Older than this a position says nothing any more."""

RUNNING_STATES = frozenset({"OFFERED", "SIGNED", "ON_THE_WAY", "ARRIVED"})


class Held(Protocol):
    """Whoever holds a role, for a department or for all."""

    @property
    def role(self) -> Role: ...
    @property
    def department(self) -> str: ...


class Obstacle(StrEnum):
    """Why somebody is not proposed. The first that holds is told."""

    DEPARTMENT = "DEPARTMENT"
    HERE = "HERE"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"
    RELEASED = "RELEASED"
    OFF_DUTY = "OFF_DUTY"
    BUSY = "BUSY"
    TWICE = "TWICE"
    FURTHER = "FURTHER"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody with a duty at the place, as one statement found him.

    on_until: end of the running shift, None for a standing duty. elsewhere: other cases that the person is
    under way to or at; waiting: others that are open and wait. here: state of the last dispatch at this case. position_m, seen_minutes: from the position
    that the person lets be known, empty without one; seat_m: from the seat's place.
    """

    duty_id: int
    person_id: UUID
    name: str
    role: Role
    department: str
    place_id: int
    is_on_duty: bool
    on_until: datetime | None = None
    elsewhere: int = 0
    here: str = ""
    position_m: int | None = None
    seen_minutes: int | None = None
    seat_m: int | None = None
    waiting: int = 0

    @property
    def is_seen(self) -> bool:
        """Tell whether the position may be used: during duty, and not older than half an hour."""
        return (
            self.is_on_duty
            and self.position_m is not None
            and self.seen_minutes is not None
            and self.seen_minutes <= POSITION_MINUTES
        )

    @property
    def distance_m(self) -> int | None:
        """Give the distance in a straight line: from the position, else from the seat."""
        return self.position_m if self.is_seen else self.seat_m

    def travel_minutes(self, minutes_per_km: float = MINUTES_PER_KM) -> int | None:
        """Estimate how long the way takes.

        >>> from uuid import UUID
        >>> near = Candidate(1, UUID(int=1), "", Role.GRID_WORKER, "", 1, True, seat_m=1200)
        >>> near.travel_minutes()
        5
        """
        distance = self.distance_m
        return None if distance is None else ceil(distance * minutes_per_km / 1000)


@dataclass(frozen=True, slots=True)
class Passed:
    """A candidate who is not proposed, and why."""

    candidate: Candidate
    obstacle: Obstacle


@dataclass(frozen=True, slots=True)
class Proposal:
    """The answer to one need. `asked`: people asked for it already who have not given it up.

    reserve: who comes next, nearest first; they stand among `passed` as FURTHER, too.
    """

    need: Need
    asked: int
    chosen: tuple[Candidate, ...]
    reserve: tuple[Candidate, ...]
    passed: tuple[Passed, ...]

    @property
    def missing(self) -> int:
        """Count the people whom nobody can be found for."""
        return max(0, self.need.count - self.asked - len(self.chosen))

    @property
    def reasons(self) -> Mapping[Obstacle, int]:
        """Count the candidates who are not proposed, by obstacle, in the order of obstacles."""
        counts = Counter(passed.obstacle for passed in self.passed)
        return {obstacle: counts[obstacle] for obstacle in Obstacle if counts[obstacle]}

    @property
    def holders(self) -> int:
        """Count the people who hold the duty here, whatever else they do."""
        others = sum(passed.obstacle is not Obstacle.DEPARTMENT for passed in self.passed)
        return len(self.chosen) + others


_ENDED = {
    "DECLINED": Obstacle.DECLINED, "LAPSED": Obstacle.LAPSED, "RECALLED": Obstacle.RELEASED,
    "STOOD_DOWN": Obstacle.RELEASED, "OFFLINE": Obstacle.RELEASED, "DONE": Obstacle.HERE,
}  # fmt: skip


def stands_for(department: str, need: Need) -> bool:
    """Tell whether somebody of a department fits a need; an empty one stands for all."""
    return not need.department or department in ("", need.department)


def need_of(who: Held, needs: Sequence[Need]) -> Need:
    """Tell which need of a card somebody fills; whom no need names fills one of his own."""
    for need in needs:
        if need.role is who.role and stands_for(who.department, need):
            return need
    line = department_of(who.role, who.department)
    return Need(who.role, 1, "" if line == GRID_TEAM else line)


def find_obstacle(
    candidate: Candidate, need: Need, *, taken: Collection[UUID] = (), may_be_busy: bool = False
) -> Obstacle | None:
    """Tell the first obstacle between a candidate and a need; None for none."""
    if not stands_for(candidate.department, need):
        return Obstacle.DEPARTMENT
    if candidate.here in RUNNING_STATES:
        return Obstacle.HERE
    if candidate.here in _ENDED:
        return _ENDED[candidate.here]
    if not candidate.is_on_duty:
        return Obstacle.OFF_DUTY
    if candidate.elsewhere and not may_be_busy:
        return Obstacle.BUSY
    return Obstacle.TWICE if candidate.person_id in taken else None


def recommend(
    needs: Sequence[Need],
    candidates: Iterable[Candidate],
    *,
    asked: Mapping[tuple[Role, str], int] | None = None,
    minutes_per_km: float = MINUTES_PER_KM,
) -> list[Proposal]:
    """Propose people for all needs of a card, one proposal each.

    asked: how many were asked for (role, department) already and have not given it up.
    """
    found = list(candidates)
    taken: set[UUID] = set()
    proposals = []
    for need in needs:
        already = (asked or {}).get((need.role, need.department), 0)
        free, passed = _sift(found, need, taken=taken, minutes_per_km=minutes_per_km)
        wanted = max(0, need.count - already)
        chosen, reserve = free[:wanted], free[wanted:]
        taken |= {candidate.person_id for candidate in chosen}
        passed += [Passed(candidate, Obstacle.FURTHER) for candidate in reserve]
        proposals.append(
            Proposal(need, already, tuple(chosen), tuple(reserve), tuple(passed))
        )  # fmt: skip
    return proposals


def _sift(
    candidates: Iterable[Candidate],
    need: Need,
    *,
    taken: Collection[UUID] = (),
    may_be_busy: bool = False,
    minutes_per_km: float = MINUTES_PER_KM,
) -> tuple[list[Candidate], list[Passed]]:
    """Part the holders of a role into those who could go, nearest first, and the others."""
    ranks = {obstacle: place for place, obstacle in enumerate((None, *reversed(Obstacle)))}
    best: dict[UUID, tuple[tuple[int, bool, float, int], Candidate, Obstacle | None]] = {}
    for candidate in candidates:
        if candidate.role is not need.role:
            continue
        obstacle = find_obstacle(candidate, need, taken=taken, may_be_busy=may_be_busy)
        minutes = candidate.travel_minutes(minutes_per_km)
        far = float("inf") if minutes is None else float(minutes)
        key = (ranks[obstacle], bool(candidate.waiting), far, candidate.duty_id)
        # Who holds the duty twice counts once, with the seat that fits best.
        if candidate.person_id not in best or key < best[candidate.person_id][0]:
            best[candidate.person_id] = key, candidate, obstacle
    ordered = sorted(best.values(), key=lambda entry: entry[0])
    free = [candidate for _key, candidate, obstacle in ordered if obstacle is None]
    passed = [Passed(candidate, obstacle) for _key, candidate, obstacle in ordered if obstacle]
    return free, passed


OPEN_STATES = frozenset({"RECEIVED", "ACCEPTED", "ASSIGNED", "HANDLING"})
"""States of a case in which people are sent to it."""


def is_still_wanted(
    *, state: str, departments: Collection[str], wanted_role: Role, wanted_department: str
) -> bool:
    """Tell whether somebody of a role is still wanted: the case is open and with the same departments.

    >>> is_still_wanted(state="HANDLING", departments=["GRID"],
    ...                 wanted_role=Role.GRID_WORKER, wanted_department="")
    True
    >>> is_still_wanted(state="HANDLED", departments=["GRID"],
    ...                 wanted_role=Role.GRID_WORKER, wanted_department="")
    False
    """
    line = department_of(wanted_role, wanted_department)
    return state in OPEN_STATES and (not line or line in departments)


LEADS: Mapping[Role, Role] = {
    Role.GRID_WORKER: Role.GRID_LEAD,
    Role.VILLAGE_CADRE: Role.GRID_LEAD,
    Role.MEDIATOR: Role.DEPARTMENT,
    Role.ENFORCEMENT_OFFICER: Role.DEPARTMENT,
}
"""Whom an unanswered request goes to when nobody of the role is left: the lead of the same line."""


class Rung(StrEnum):
    """How somebody came to be asked: chosen, next in line, as the lead; CENTRE: nobody was left."""

    CHOSEN = "CHOSEN"
    NEXT = "NEXT"
    LEAD = "LEAD"
    CENTRE = "CENTRE"


def list_next(
    need: Need, candidates: Iterable[Candidate], *, minutes_per_km: float = MINUTES_PER_KM
) -> list[tuple[Rung, Candidate]]:
    """List who is asked one after another when somebody does not sign: the reserve, then the lead.

    A lead is asked however busy: he may send somebody or go himself. The centre comes after all.
    """
    found = list(candidates)
    free, _passed = _sift(found, need, minutes_per_km=minutes_per_km)
    ladder = [(Rung.NEXT, candidate) for candidate in free]
    role = LEADS.get(need.role)
    if role is not None:
        department = need.department if role is Role.DEPARTMENT else ""
        wanted = Need(role, 1, department)
        leads, _passed = _sift(found, wanted, may_be_busy=True, minutes_per_km=minutes_per_km)
        ladder += [(Rung.LEAD, candidate) for candidate in leads]
    return ladder


OBSTACLE_COUNTS: dict[Obstacle, dict[str, str]] = {
    Obstacle.DEPARTMENT: {"zh": "{count} 人属其他部门", "en": "{count} of another department"},
    Obstacle.HERE: {"zh": "{count} 人已在办此件", "en": "{count} on this case already"},
    Obstacle.DECLINED: {"zh": "{count} 人表示不能前往", "en": "{count} declined this case"},
    Obstacle.LAPSED: {"zh": "{count} 人未按时签收", "en": "{count} did not sign for this case"},
    Obstacle.RELEASED: {"zh": "{count} 人已不再参与", "en": "{count} let off this case"},
    Obstacle.OFF_DUTY: {"zh": "{count} 人不在岗", "en": "{count} off duty"},
    Obstacle.BUSY: {"zh": "{count} 人正在办其他件", "en": "{count} at other cases"},
    Obstacle.TWICE: {"zh": "{count} 人已按另一职责推荐", "en": "{count} proposed in another role"},
    Obstacle.FURTHER: {"zh": "{count} 人较远", "en": "{count} further away"},
}
"""How a count of each obstacle is told."""


def tell_reasons(reasons: Mapping[str, int], *, language: str) -> list[str]:
    """Tell counts of obstacles, in the order of obstacles; language: zh or en.

    >>> tell_reasons({"BUSY": 2, "OFF_DUTY": 1}, language="en")
    ['1 off duty', '2 at other cases']
    """
    return [
        OBSTACLE_COUNTS[obstacle][language].format(count=reasons[obstacle])
        for obstacle in Obstacle
        if reasons.get(obstacle)
    ]

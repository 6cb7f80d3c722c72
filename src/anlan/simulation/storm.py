"""The storm hour: the duty lead of the county centre deals out open cases in batches, as the product does it.

Desks go on accepting and send to urgent cases at once; all others wait for the next batch, over the whole
county. The lead looks at each plan for a few minutes before it is confirmed. What a plan leaves goes back
to the desks. People who were dealt several cases sign for all of them when they look at the telephone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from anlan.dispatch import actions as dispatch
from anlan.dispatch import queries as dispatch_queries
from anlan.dispatch.rules import BatchState, ItemState, storm
from anlan.kernel.actor import Actor
from anlan.kernel.ids import new_id
from anlan.places.queries import get_gazetteer
from anlan.simulation.script import Script

EVERY_MINUTES = 10
UNCUT = storm.Effort(seconds=math.inf, choice_seconds=60.0)
"""Counted in rounds alone: the same day again on a slower machine."""

Later = Callable[..., None]


@dataclass(slots=True)
class Dealt:
    """What came of the batches. cost, nearest_cost: minutes, added up over the plans (storm-dispatch.md).

    reasons: why cases were left, each case counted once, by the reason of the first plan that left it.
    """

    batches: int = 0
    sent: int = 0
    left: int = 0
    not_sent: int = 0
    cost: float = 0.0
    nearest_cost: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)


class Lead:
    """Plans and confirms while the storm lasts. later: puts something off to an instant."""

    def __init__(
        self, script: Script, actor: Actor, *, later: Later,
        hear: Callable[[list[UUID], datetime], None],
        hand_back: Callable[[UUID, datetime], None],
    ) -> None:  # fmt: skip
        self.script, self.actor, self.dealt = script, actor, Dealt()
        self._later, self._hear, self._hand_back = later, hear, hand_back
        self._left: set[UUID] = set()

    @property
    def is_at_work(self) -> bool:
        """Tell whether the day has a storm that is dealt out in batches."""
        return self.script.storm_hour is not None and self.script.deals_in_batches

    def start(self) -> None:
        """Look at the county for the first time when the storm has lasted some minutes."""
        if self.is_at_work:
            began, _ended = self.script.storm_between
            self._later(began + timedelta(minutes=EVERY_MINUTES), self._plan)

    def takes(self, case_id: UUID, *, is_urgent: bool, at: datetime) -> bool:
        """Tell whether a desk leaves a case to the next batch instead of sending at once."""
        if not self.is_at_work or is_urgent or case_id in self._left:
            return False
        return self.script.is_stormy(at)

    def _plan(self, at: datetime) -> None:
        batch_id = new_id()
        place = get_gazetteer().place_by_code(self.script.county)
        dispatch.plan_batch(actor=self.actor, batch_id=batch_id, place_code=place.code, at=at)
        dispatch.solve_batch(batch_id=batch_id, at=at, effort=UNCUT)
        look = self.script.chance("lead", at).uniform(1.0, 3.0)
        self._later(at + timedelta(minutes=look), self._confirm, batch_id)
        _began, ended = self.script.storm_between
        if at + timedelta(minutes=EVERY_MINUTES) <= ended:
            self._later(at + timedelta(minutes=EVERY_MINUTES), self._plan)

    def _confirm(self, at: datetime, batch_id: UUID) -> None:
        batch = dispatch.send_batch(actor=self.actor, batch_id=batch_id, at=at)
        assert batch.state == BatchState.SENDING
        dispatch.send_items(batch_id=batch_id, at=at)
        items = dispatch_queries.list_items(batch_id=batch_id)
        by_state = {state: [item for item in items if item.state == state] for state in ItemState}
        self.dealt.batches += 1
        self.dealt.sent += len(by_state[ItemState.SENT])
        self.dealt.not_sent += len(by_state[ItemState.CHANGED] + by_state[ItemState.REFUSED])
        self.dealt.cost += batch.figures["plan"]["cost"]
        self.dealt.nearest_cost += min(
            batch.figures[name]["cost"] for name in ("nearest", "urgent_nearest")
        )
        self._hear([item.case_id for item in by_state[ItemState.SENT]], at)
        for item in by_state[ItemState.LEFT] + by_state[ItemState.REFUSED]:
            if item.case_id not in self._left:
                self._left.add(item.case_id)
                self.dealt.reasons[item.reason] = self.dealt.reasons.get(item.reason, 0) + 1
                self.dealt.left += 1
                self._hand_back(item.case_id, at)

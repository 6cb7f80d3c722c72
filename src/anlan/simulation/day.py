"""The day itself: what happens when, in the order of its instants, through the product's own actions.

A queue of things to come; every minute in between the sweeps run that a worker process would run:
clocks, pauses, follow-ups of offers nobody has signed for. What a person does next is decided by chance
that depends on the script, the case and the person alone, never on ids or on what came before.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.queries import list_moves as list_case_moves
from anlan.cases.rules import Given, Level, Outcome
from anlan.demo.phrases import SyntheticReport
from anlan.dispatch import actions as dispatch
from anlan.dispatch import queries as dispatch_queries
from anlan.dispatch.models import Dispatch
from anlan.dispatch.rules.storm import Policy, travel_minutes
from anlan.intake.rules import Channel, ContactDetails, Report
from anlan.kernel.actor import REPORTER, Actor
from anlan.kernel.errors import AnlanError, Conflict, Invalid, NotAllowed
from anlan.places.queries import get_gazetteer
from anlan.ratings import actions as ratings
from anlan.simulation.cast import Cast, Worker
from anlan.simulation.script import Script
from anlan.simulation.storm import Dealt, Lead
from anlan.triage import actions as triage

Tell = Callable[[float], None]
MINUTE = timedelta(minutes=1)
CALM, STORM = Policy(speed_kmh=28.0), Policy()
AGAIN_MINUTES, TRIES = 20, 6
FOLLOW_UPS = 5000
BUSY_MINUTES = 6.0


class Day:
    """Plays a script. `refused`: answers that the product rightly refused, by the error's name."""

    def __init__(self, script: Script, cast: Cast, reports: Sequence[SyntheticReport]) -> None:
        self.script, self.cast = script, cast
        self.refused: Counter[str] = Counter()
        self.repeated = 0
        self.unanswered = 0
        self._queue: list[tuple[datetime, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = 0
        self._case_numbers: dict[UUID, int] = {}
        self._codes: dict[int, str] = {}
        self._known: set[UUID] = set()
        self._desk_free: dict[str, datetime] = {}
        self._worker_free: dict[UUID, datetime] = {}
        self._swept = script.starts_at
        county = get_gazetteer().place_by_code(script.county)
        gazetteer = get_gazetteer()
        leaves = [p for p in gazetteer.descendants(county.id) if not gazetteer.children(p.id)]
        self._grids = sorted((p for p in leaves if p.lon is not None), key=lambda p: p.code)
        self._said = list(reports)
        self._lead = Lead(
            script, cast.desks[county.path], later=self._later, hear=self._hear,
            hand_back=lambda case_id, at: self._later(
                at, self._ask_desk, self._case_numbers[case_id], case_id, 0
            ),
        )  # fmt: skip

    @property
    def dealt(self) -> Dealt:
        """What came of the storm's batches."""
        return self._lead.dealt

    def play(self, arrivals: Sequence[datetime], tell: Tell = lambda share: None) -> None:
        """Play everything that happens before the day is over."""
        for number, at in enumerate(arrivals):
            self._later(at, self._report, number)
        self._lead.start()
        whole = (self.script.ends_at - self.script.starts_at).total_seconds()
        while self._queue and self._queue[0][0] < self.script.ends_at:
            at, _number, what, given = heapq.heappop(self._queue)
            self._sweep(until=at)
            with transaction.atomic():
                what(at, *given)
            tell((at - self.script.starts_at).total_seconds() / whole)
        self._sweep(until=self.script.ends_at)
        tell(1.0)

    def _later(self, at: datetime, what: Callable[..., None], *given: Any) -> None:
        self._number += 1
        heapq.heappush(self._queue, (at, self._number, what, given))

    def _sweep(self, until: datetime) -> None:
        """Run what runs every minute, for each minute that has passed."""
        while self._swept + MINUTE <= until:
            self._swept += MINUTE
            with transaction.atomic():
                cases.tell_turned_clocks(at=self._swept)
                cases.end_pauses(at=self._swept)
                self._follow_up(self._swept)

    def _follow_up(self, at: datetime) -> None:
        due = dispatch_queries.list_due_follow_ups(at=at, limit=FOLLOW_UPS)
        rows = Dispatch.objects.filter(id__in=due).values_list("id", "case_id", "duty_id")
        # Ids are made by chance; in the order of cases and duties the day can be repeated.
        for dispatch_id, case_id, _duty in sorted(
            rows, key=lambda row: (self._case_numbers[row[1]], row[2])
        ):
            dispatch.follow_up(dispatch_id=dispatch_id, at=at)
            self._hear([case_id], at)

    def _report(self, at: datetime, number: int) -> None:
        """Somebody reports; when the network drops, the telephone sends it again."""
        said = self._said[number]
        chance = self.script.chance("report", number)
        grid = chance.choice(self._grids)
        report = Report(
            text=said.text, channel=chance.choice([Channel.WEB, Channel.FIELD, Channel.API]),
            lon=round((grid.lon or 0) + chance.uniform(-4e-4, 4e-4), 6),
            lat=round((grid.lat or 0) + chance.uniform(-4e-4, 4e-4), 6),
            place_code=grid.code, contact=ContactDetails(name="SYNTHETIC", phone="00000000000"),
            sender="simulation", idempotency_key=f"simulation:{number}",
            external_ref=f"SYNTHETIC-{number:05d}",
        )  # fmt: skip
        taken = triage.take_signal(actor=REPORTER, report=report, at=at)
        if number not in self._codes:
            self._codes[number] = taken.tracking_code
            self._case_numbers.setdefault(taken.case_id, number)
            think = chance.lognormvariate(0.9, 0.7)
            self._later(at + timedelta(minutes=think), self._ask_desk, number, taken.case_id, 0)
            if chance.random() < self.script.drops:
                self._later(at + timedelta(seconds=25), self._report, number)
        elif taken.is_new:
            raise AssertionError(f"report {number} was taken twice")
        else:
            self.repeated += 1

    def _ask_desk(self, at: datetime, number: int, case_id: UUID, tries: int) -> None:
        """The desk has one pair of hands: what comes meanwhile waits."""
        case = Case.objects.get(pk=case_id)
        desk = self.cast.desk_over(case.place_path)
        free = max(at, self._desk_free.get(desk.name, at))
        if free > at:
            self._later(free, self._ask_desk, number, case_id, tries)
            return
        work = self.script.chance("desk", number, tries).uniform(0.7, 2.5)
        self._desk_free[desk.name] = at + timedelta(minutes=work)
        self._send(at, number, case, desk, tries)

    def _send(self, at: datetime, number: int, case: Case, desk: Actor, tries: int) -> None:
        if case.state == "RECEIVED":
            case = cases.move_case(actor=desk, case_id=case.id, move="accept", given=Given(), at=at)
        if case.state not in ("ACCEPTED", "ASSIGNED", "HANDLING") or case.responders:
            return
        later = at + timedelta(minutes=AGAIN_MINUTES * (tries + 1))
        if self._lead.takes(case.id, is_urgent=case.level == Level.URGENT, at=at):
            self._later(later, self._ask_desk, number, case.id, tries)
            return
        found = dispatch_queries.recommend_for(case=case, at=at)
        duty_ids = found.duty_ids
        if not duty_ids:
            duty_ids = [c.duty_id for c in found.candidates if c.is_on_duty and not c.here][:1]
        if duty_ids:
            dispatch.dispatch_case(actor=desk, case_id=case.id, duty_ids=duty_ids, at=at)
            self._hear([case.id], at)
        if tries < TRIES:
            self._later(later, self._ask_desk, number, case.id, tries + 1)

    def _hear(self, case_ids: Sequence[UUID], at: datetime) -> None:
        """Everybody who has just been asked hears of it, and answers in his way.

        Whoever was dealt several cases at once answers for all of them when he looks, in their order.
        """
        asked = Dispatch.objects.filter(case_id__in=case_ids, state="OFFERED").order_by("duty_id")
        lists: dict[UUID, list[Dispatch]] = {}
        for each in sorted(asked, key=lambda row: case_ids.index(row.case_id)):
            if each.id not in self._known:
                self._known.add(each.id)
                lists.setdefault(each.person_id, []).append(each)
        for person_id, offers in lists.items():
            worker = self.cast.workers.get(person_id)
            if worker is not None:
                self._look(worker, offers, at)

    def _look(self, worker: Worker, offers: Sequence[Dispatch], at: datetime) -> None:
        numbers = [self._case_numbers[each.case_id] for each in offers]
        chance = self.script.chance("answer", numbers[0], worker.number, offers[0].asked_at)
        if chance.random() < self.script.silent:
            self.unanswered += len(offers)
            return
        minutes = chance.lognormvariate(1.1, 0.6)
        if chance.random() < self.script.drops:
            minutes += chance.uniform(8, 45)
        # Who has much to do looks at the telephone less often.
        busy_until = self._worker_free.get(offers[0].person_id, at)
        minutes += min(BUSY_MINUTES, max(0.0, (busy_until - at) / MINUTE) / 20)
        for number, each in enumerate(offers):
            move = "decline" if chance.random() < self.script.declines else "sign_for"
            looks = at + timedelta(minutes=minutes, seconds=number * 10)
            self._later(looks, self._answer, each.id, move)

    def _answer(self, at: datetime, dispatch_id: UUID, move: str) -> None:
        row = Dispatch.objects.select_related("case").get(pk=dispatch_id)
        worker = self.cast.workers[row.person_id]
        number = self._case_numbers[row.case_id]
        note = "正在处理另一件紧急事项" if move == "decline" else ""
        if not self._try(dispatch_id, worker.actor, move, at, note):
            return
        chance = self.script.chance(move, number, worker.number, row.asked_at)
        if chance.random() < self.script.repeats:
            # The answer got through, its receipt did not: the telephone sends it again.
            self._later(at + timedelta(seconds=9), self._repeat, dispatch_id, move)
        if move == "sign_for":
            begins = max(at, self._worker_free.get(row.person_id, at))
            case = row.case
            policy = STORM if self.script.is_stormy(at) else CALM
            way = travel_minutes(
                worker.lon, worker.lat, case.lon or worker.lon, case.lat or worker.lat, policy
            )
            arrives = begins + timedelta(minutes=2 + way)
            leaves = arrives + timedelta(minutes=chance.lognormvariate(3.1, 0.5))
            self._worker_free[row.person_id] = leaves
            self._later(arrives, self._answer, dispatch_id, "arrive")
            self._later(leaves, self._finish, dispatch_id)
        elif move == "decline":
            self._follow_up(at)

    def _repeat(self, at: datetime, dispatch_id: UUID, move: str) -> None:
        person_id = Dispatch.objects.get(pk=dispatch_id).person_id
        before = Dispatch.objects.filter(pk=dispatch_id).values().get()
        actor = self.cast.workers[person_id].actor
        if self._try(dispatch_id, actor, move, at, "重发"):
            raise AssertionError(f"{move} was taken twice")
        if Dispatch.objects.filter(pk=dispatch_id).values().get() != before:
            raise AssertionError(f"a repeated {move} changed something")
        self.repeated += 1

    def _try(self, dispatch_id: UUID, actor: Actor, move: str, at: datetime, note: str) -> bool:
        """Answer, and tell whether it was taken; what came too late is refused by name."""
        try:
            with transaction.atomic():
                dispatch.move_dispatch(
                    actor=actor, dispatch_id=dispatch_id, move=move, at=at, note=note
                )
        except (Conflict, Invalid, NotAllowed) as refused:
            self._note(refused)
            return False
        return True

    def _note(self, refused: AnlanError) -> None:
        self.refused[type(refused).__name__] += 1

    def _finish(self, at: datetime, dispatch_id: UUID) -> None:
        """The work on the spot is done; the first who may says so for the case."""
        row = Dispatch.objects.get(pk=dispatch_id)
        actor = self.cast.workers[row.person_id].actor
        number = self._case_numbers[row.case_id]
        case = Case.objects.get(pk=row.case_id)
        if "handle" in {move.code for move in list_case_moves(actor=actor, case=case)}:
            cases.move_case(
                actor=actor, case_id=case.id, move="handle", given=Given(note="已到现场处理完毕"),
                at=at,
            )  # fmt: skip
            wait = self.script.chance("check", number, at).uniform(4, 30)
            self._later(at + timedelta(minutes=wait), self._close, number, case.id)
        self._try(dispatch_id, actor, "finish", at, "")

    def _close(self, at: datetime, number: int, case_id: UUID) -> None:
        case = Case.objects.get(pk=case_id)
        desk = self.cast.desk_over(case.place_path)
        if case.state != "HANDLED":
            return
        cases.move_case(actor=desk, case_id=case_id, move="verify", given=Given(), at=at)
        cases.move_case(
            actor=desk, case_id=case_id, move="close", at=at,
            given=Given(note="已核实办结", outcome=Outcome.SOLVED.value),
        )  # fmt: skip
        chance = self.script.chance("rating", number)
        if chance.random() < self.script.rates:
            wait = timedelta(minutes=chance.uniform(10, 120))
            self._later(at + wait, self._rate, number, case_id, chance.random())

    def _rate(self, at: datetime, number: int, case_id: UUID, draw: float) -> None:
        is_satisfied = draw >= self.script.unsatisfied
        try:
            with transaction.atomic():
                ratings.rate_case(
                    tracking_code=self._codes[number], is_satisfied=is_satisfied, at=at,
                    comment="" if is_satisfied else "没有彻底解决",
                )  # fmt: skip
        except Conflict as refused:
            self._note(refused)
            return
        if not is_satisfied:
            self._later(at + 3 * MINUTE, self._ask_desk, number, case_id, 0)

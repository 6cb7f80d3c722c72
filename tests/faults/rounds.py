"""One round after the other: load, a fault, back again, rest, count."""

from __future__ import annotations

import contextlib
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.faults import commands
from tests.faults.breaking import Fault
from tests.faults.counting import Counter, Finding
from tests.faults.product import Product
from tests.faults.writers import Journal, Taken, Writer

BACK_WITHIN_S = 30.0
WAIT_AT_MOST_S = 180.0
WRITERS = 4
REPEATED = 6


@dataclass
class Round:
    """What came of one round. Times in seconds from the end of the fault (of a kill: the kill)."""

    number: int
    kind: str
    detail: str = ""
    writes: int = 0
    web_back_s: float = 0.0
    work_back_s: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    def to_data(self) -> dict[str, Any]:
        return asdict(self)


class Course:
    """A product under load, taken through rounds."""

    def __init__(
        self, product: Product, *, seed: int, make_whole: Callable[[], None] = lambda: None
    ) -> None:
        self.make_whole = make_whole
        self.product = product
        self.seed = seed
        self.chance = random.Random(seed)
        self.journal = Journal()
        self.counter = Counter(product, self.journal)
        self.checkpoint: Path | None = None
        self.writers = [Writer(product, self.journal, n, seed) for n in range(WRITERS)]
        for writer in self.writers:
            writer.start()
        threading.Thread(target=self._keep_pace, daemon=True).start()

    def play(self, kinds: Mapping[str, Fault], count: int) -> Iterator[Round]:
        """Play rounds: every kind in turn, in an order and with details that the seed decides."""
        order: list[str] = []
        for number in range(1, count + 1):
            if not order:
                order = sorted(kinds)
                self.chance.shuffle(order)
            yield self._play(number, order.pop(), kinds)

    def end(self, *, wait_s: float) -> list[Finding]:
        """Wait until no notice waits any more, and count for the last time.

        A notice whose worker was killed while it sent it waits for two minutes (its claim).
        """
        self._wait(lambda: self.counter.count_waiting() == (0, 0), within_s=wait_s)
        found = [*self.counter.count(), *self.counter.count_jobs()]
        jobs, notices = self.counter.count_waiting()
        if jobs or (notices and wait_s >= WAIT_AT_MOST_S):
            found.append(Finding("LOST", f"still waiting: {jobs} jobs, {notices} notices", 0))
        self.product.gate.is_over.set()
        self.product.gate.is_open.set()
        return found + self.counter.count_deliveries()

    def _play(self, number: int, kind: str, kinds: Mapping[str, Fault]) -> Round:
        done = Round(number, kind)
        self.journal.round = number
        before = self.journal.count()
        odd_before = len(self.journal.odd)
        self.make_whole()
        self.product.gate.is_open.set()
        time.sleep(self.chance.uniform(1, 2.5))
        began = time.monotonic()
        try:
            done.detail = kinds[kind](self.product, self.chance)
        except AssertionError as wrong:
            done.findings.append(Finding("INCONSISTENT", str(wrong)[-1500:], number))
        broken_until = began if "killed" in kind else time.monotonic()
        self._measure(done, broken_until)
        time.sleep(1)
        if not self.product.gate.rest(within_s=60):
            done.findings.append(Finding("LATE", "a writer has had no answer for 60 s", number))
        done.writes = self.journal.count() - before
        if not self._wait(lambda: self.counter.count_waiting()[0] == 0):
            done.findings.append(
                Finding("LOST", f"jobs wait: {self.counter.count_waiting()}", number)
            )
        done.findings += [
            *self._ask_again(), *self.counter.count(), *self.counter.count_jobs(),
            *self._check_ledger(),
            *(Finding("ODD", each, number) for each in self.journal.odd[odd_before:]),
        ]  # fmt: skip
        return done

    def _keep_pace(self) -> None:
        """Slow the writers down while jobs pile up, as they do on a machine that others use, too."""
        while not self.product.gate.is_over.wait(1):
            with contextlib.suppress(psycopg.Error):
                jobs, _ = self.counter.count_waiting()
                self.product.pace = max(1.0, jobs / 5)

    def _measure(self, done: Round, since: float) -> None:
        """Find out when a report is taken again, and when a job of it is done."""
        secret = self.product.secrets["app"]
        key = f"back-{self.seed}-{done.number}"
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
        body = {"text": "路灯坏了", "lon": 120.01, "lat": 29.705}
        url = f"{self.product.instance.url}/api/v1/signals"

        def is_taken() -> bool:
            try:
                answer = httpx.post(url, json=body, headers=headers, timeout=2)
            except httpx.TransportError:
                return False
            if answer.status_code not in (200, 201):
                return False
            self.case_id = answer.json()["case_id"]
            return True

        def is_worked_on() -> bool:
            with self.product.connect() as connection:
                waiting = connection.execute(
                    "SELECT 1 FROM procrastinate_jobs WHERE args ->> 'case_id' = %s",
                    [self.case_id],
                ).fetchone()
            return waiting is None

        self._wait(is_taken, pause_s=0.05)
        done.web_back_s = round(time.monotonic() - since, 2)
        self._wait(is_worked_on, pause_s=0.05)
        done.work_back_s = round(time.monotonic() - since, 2)
        if done.work_back_s > BACK_WITHIN_S:
            done.findings.append(Finding("LATE", f"back after {done.work_back_s} s", done.number))

    def _wait(
        self, holds: Callable[[], bool], *, pause_s: float = 0.2, within_s: float = WAIT_AT_MOST_S
    ) -> bool:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            try:
                if holds():
                    return True
            except psycopg.Error:
                # The database may be on its way back; whether it comes is what is waited for.
                time.sleep(pause_s)
            time.sleep(pause_s)
        return False

    def _ask_again(self) -> list[Finding]:
        """Send some acknowledged reports again under their keys: the same answer, nothing new."""
        journal = self.journal
        recent = [taken for taken in journal.taken if taken.round == journal.round]
        chosen = [
            *self.chance.sample(recent, min(REPEATED, len(recent))),
            *self.chance.sample(journal.taken, min(2, len(journal.taken))),
        ]
        return [found for taken in chosen if (found := self._differs(taken)) is not None]

    def _differs(self, taken: Taken) -> Finding | None:
        name = "110" if taken.path.endswith("transfers") else "app"
        headers = {
            "Authorization": f"Bearer {self.product.secrets[name]}", "Idempotency-Key": taken.key,
        }  # fmt: skip
        again = httpx.post(
            self.product.instance.url + taken.path, json=taken.body, headers=headers, timeout=30
        )
        said = again.json()
        same = again.status_code == 200 and all(said[n] == v for n, v in taken.answer.items())
        if same:
            return None
        return Finding("LOST", f"key {taken.key} again: {again.status_code} {said}", taken.round)

    def _check_ledger(self) -> list[Finding]:
        """Verify the ledger against the checkpoint kept from the round before; keep a new one."""
        options = ["--checkpoint", str(self.checkpoint)] if self.checkpoint else []
        try:
            verified, note = commands.run(
                [["ledger", "verify", *options], ["ledger", "checkpoint"]],
                self.product.instance.environment,
            )
        except (AssertionError, subprocess.TimeoutExpired) as wrong:
            return [Finding("INCONSISTENT", f"ledger: {str(wrong)[-500:]}", self.journal.round)]
        self.checkpoint = self.product.folder / f"{self.journal.round}.checkpoint"
        self.checkpoint.write_text(note, encoding="utf-8")
        if "intact" in verified:
            return []
        return [Finding("INCONSISTENT", f"ledger: {verified[-500:]}", self.journal.round)]

"""Who writes while things break, and what each of them was told was stored."""

from __future__ import annotations

import io
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.faults.callers import CLOCK, Caller, GaveUp, Reply
from tests.faults.product import Product

TEXTS = ["村口路灯坏了三天", "路边垃圾堆成山没人清", "路面有个大坑", "楼上半夜拖椅子睡不着"]
POINT = {"lon": 120.0100, "lat": 29.7050}
KEPT = ("code", "case_id", "tracking_code")


@dataclass(frozen=True, slots=True)
class Taken:
    """An acknowledged report: the key and body it was sent with, what was answered."""

    path: str
    key: str
    body: dict[str, Any]
    answer: dict[str, str]
    round: int


@dataclass
class Journal:
    """What was acknowledged, with the number of the round it was acknowledged in."""

    round: int = 0
    taken: list[Taken] = field(default_factory=list)
    steps: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    photos: dict[str, int] = field(default_factory=dict)
    dispatched: dict[str, tuple[str, int]] = field(default_factory=dict)
    ratings: dict[tuple[str, int], tuple[bool, int]] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> int:
        """Count the acknowledged writes."""
        return (
            len(self.taken) + len(self.steps) + len(self.photos) + len(self.dispatched)
            + len(self.ratings)
        )  # fmt: skip


class TurnedAway(Exception):
    """A story that ends here: an answer that the faults explain."""


class Writer(threading.Thread):
    """Tells one story after the other until the load is over."""

    def __init__(self, product: Product, journal: Journal, number: int, seed: int) -> None:
        super().__init__(name=f"writer-{number}", daemon=True)
        self.product, self.journal, self.number = product, journal, number
        self.random = random.Random(f"{seed}-{number}")
        self.callers: dict[str, Caller] = {
            login: product.caller(login) for login in ("app", "110", "desk", "grid")
        }
        self.told = 0

    def run(self) -> None:
        while not self.product.gate.is_over.is_set():
            try:
                self.tell()
            except TurnedAway:
                pass
            except GaveUp:
                return
            except Exception as wrong:  # noqa: BLE001 - told as a finding; the others write on
                self.journal.odd.append(f"{self.name}: {type(wrong).__name__}: {wrong}")
                time.sleep(1)

    def tell(self) -> None:
        """Tell one story, from a report to, sometimes, its reopening."""
        self.told += 1
        chance = self.random.random()
        if chance < 0.15:
            self.hand_over()
            return
        photos = [self.keep_photo()] if chance < 0.3 else []
        taken = self.report(photos)
        if chance < 0.6:
            return
        self.handle(taken)

    def ask(self, login: str, method: str, path: str, **sent: Any) -> Reply:
        self.product.gate.is_over.wait(self.random.uniform(0.1, 0.4) * self.product.pace)
        reply = self.callers[login].ask(method, path, **sent)
        if reply.code == CLOCK:
            raise TurnedAway
        return reply

    def report(self, photos: list[str]) -> Taken:
        body = {"text": self.random.choice(TEXTS), "photos": photos} | POINT
        return self._send("app", "/api/v1/signals", body)

    def hand_over(self) -> None:
        """Hand a matter over as 110 does; people are sent at once."""
        body = {"text": self.random.choice(TEXTS)} | POINT
        body["external_ref"] = f"JQ{self.number}-{self.told}"
        self._send("110", "/api/v1/transfers", body)

    def _send(self, login: str, path: str, body: dict[str, Any]) -> Taken:
        key = f"{self.number}-{self.told}"
        body.setdefault("external_ref", key)
        reply = self.ask(login, "POST", path, json=body, headers={"Idempotency-Key": key})
        self._expect(reply, 201, 200)
        answer = {name: reply.data[name] for name in KEPT}
        taken = Taken(path, key, body, answer, self.journal.round)
        with self.journal.lock:
            self.journal.taken.append(taken)
        return taken

    def keep_photo(self) -> str:
        colours = self.random.randbytes(48)
        data = io.BytesIO()
        Image.frombytes("RGB", (4, 4), colours).resize((320, 240)).save(data, "JPEG")
        reply = self.ask(
            "app", "POST", "/api/v1/photos", files={"file": ("p.jpg", data.getvalue())}
        )
        self._expect(reply, 201)
        with self.journal.lock:
            self.journal.photos[reply.data["id"]] = self.journal.round
        return str(reply.data["id"])

    def handle(self, taken: Taken) -> None:
        """Accept, send somebody, handle, verify, close; then the reporter's word."""
        case_id = taken.answer["case_id"]
        seq = self.move("desk", case_id, 1, "accept")
        dispatch_id = self.send_somebody(case_id)
        self.answer_dispatch(dispatch_id, "sign_for", "SIGNED")
        self.answer_dispatch(dispatch_id, "finish", "DONE")
        seq = int(self.ask("desk", "GET", f"/api/v1/cases/{case_id}").data["seq"])
        seq = self.move("grid", case_id, seq, "handle", note="已处理")
        seq = self.move("desk", case_id, seq, "verify")
        self.move("desk", case_id, seq, "close", note="已办结", outcome="SOLVED")
        if self.random.random() < 0.4:
            self.rate(taken, is_satisfied=self.random.random() < 0.5)

    def move(self, login: str, case_id: str, seq: int, move: str, **given: str) -> int:
        body = {"move": move, "expected_seq": seq} | given
        reply = self.ask(login, "POST", f"/api/v1/cases/{case_id}/moves", json=body)
        # A try that was stored but not answered has moved the case on; nobody else moves it.
        if not (reply.is_repeated and reply.code == "CASE_CHANGED"):
            self._expect(reply, 200)
        with self.journal.lock:
            self.journal.steps[case_id, seq + 1] = move, self.journal.round
        return seq + 1

    def send_somebody(self, case_id: str) -> str:
        path = f"/api/v1/cases/{case_id}"
        fitting = self.ask("desk", "GET", f"{path}/responders").data
        duty_id = next(each["duty_id"] for each in fitting if each["role"] == "GRID_WORKER")
        reply = self.ask("desk", "POST", f"{path}/dispatches", json={"duty_ids": [duty_id]})
        if reply.is_repeated and reply.code == "ALREADY_SENT":
            reply = self.ask("desk", "GET", f"{path}/dispatches")
        self._expect(reply, 201, 200)
        with self.journal.lock:
            self.journal.dispatched[reply.data[0]["id"]] = "OFFERED", self.journal.round
        return str(reply.data[0]["id"])

    def answer_dispatch(self, dispatch_id: str, move: str, state: str) -> None:
        path = f"/api/v1/dispatches/{dispatch_id}/moves"
        reply = self.ask("grid", "POST", path, json={"move": move})
        if not (reply.is_repeated and reply.code == "MOVE_NOT_ALLOWED"):
            self._expect(reply, 200)
        with self.journal.lock:
            self.journal.dispatched[dispatch_id] = state, self.journal.round

    def rate(self, taken: Taken, *, is_satisfied: bool) -> None:
        path = f"/api/v1/track/{taken.answer['tracking_code']}/rating"
        reply = self.ask("app", "POST", path, json={"is_satisfied": is_satisfied})
        known = ("RATED_ALREADY", "NOT_CLOSED_YET")
        if not (reply.is_repeated and reply.code in known):
            self._expect(reply, 201)
        with self.journal.lock:
            self.journal.ratings[taken.answer["case_id"], 0] = is_satisfied, self.journal.round

    def _expect(self, reply: Reply, *statuses: int) -> None:
        if reply.status not in statuses:
            said = f"{reply.status} {reply.code} {'repeated' if reply.is_repeated else ''}"
            self.journal.odd.append(f"round {self.journal.round}, {self.name}: {said}")
            raise TurnedAway

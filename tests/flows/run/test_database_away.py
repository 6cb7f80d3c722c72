"""The bundled database is killed while people work: they are told, nothing is half, it comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg

from tests.flows.run.installed import set_up
from tests.flows.run.instance import Answer, Instance, wait_until

CSS = "/static/web/css/tokens.css"


def test_a_killed_database_is_told_of_and_started_again(
    make_instance: Callable[..., Instance],
) -> None:
    instance = make_instance(ANLAN_WEB_PROCESSES="1", ANLAN_WEB_THREADS="3")
    set_up(instance).start("--no-demo")
    instance.wait()
    instance.anlan("places", "load", "tests/worlds/small")
    token = next(
        line.partition(": ")[2]
        for line in instance.anlan(
            "people", "client", "add", "app", "--channel", "API", "--role", "RESIDENT",
            "--place", "330999",
        ).splitlines() if line.startswith("token: ")
    )  # fmt: skip
    answers: list[Answer] = []
    dropped: list[OSError] = []
    is_over = threading.Event()

    def send(key: str) -> Answer:
        body = {"text": f"路灯坏了 {key}", "lon": 120.01, "lat": 29.705, "external_ref": key}
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return instance.ask("/api/v1/signals", body, **headers)

    def keep_sending(sender: int) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            try:
                answers.append(send(f"{sender}-{number}"))
            except OSError as wrong:
                dropped.append(wrong)

    def count(status: int) -> int:
        return sum(answer.status == status for answer in answers)

    # Places and matters loaded beside a running server are known to it within seconds.
    def is_taken() -> bool:
        answer = send("first")
        assert answer.status in (200, 201, 422, 503), instance.log()[-5000:]
        return answer.status < 300

    wait_until(is_taken, within_s=15, what="matters known")
    senders = [threading.Thread(target=keep_sending, args=[n]) for n in range(2)]
    for sender in senders:
        sender.start()
    try:
        wait_until(lambda: count(201) >= 10, within_s=30, what="some reports taken")
        killed = instance.find_postmaster()
        killed.kill()
        wait_until(lambda: "started again" in instance.log(), within_s=30, what="it is mended")
        page = instance.ask("/")
        assert page.status in (200, 503), instance.log()[-5000:]
        taken = count(201)
        wait_until(lambda: count(201) >= taken + 10, within_s=60, what="work going on")
    finally:
        is_over.set()
        for sender in senders:
            sender.join()
    assert dropped == []
    log = instance.log()
    assert "an API call failed" not in log, log.partition("an API call failed")[2][:5000]
    assert {answer.status for answer in answers} <= {200, 201, 503}
    for answer in answers:
        if answer.status == 503:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "DATABASE_AWAY"
            assert answer.headers["retry-after"] == "5"

    # Everything acknowledged is there, and nothing is half: one case, one entry for each signal.
    acknowledged = {answer.json()["case_id"] for answer in answers if answer.status == 201}
    with psycopg.connect(instance.database_url) as connection:
        found = connection.execute("SELECT id::text FROM cases_case").fetchall()
        assert acknowledged <= {case_id for (case_id,) in found}
        counts = connection.execute("""
            SELECT (SELECT count(*) FROM intake_signal), (SELECT count(*) FROM cases_case),
                (SELECT count(*) FROM ledger_entry WHERE what = 'case.opened'
                    OR what LIKE 'signal.%')""").fetchone()
    assert counts is not None
    assert counts[0] == counts[1] >= len(acknowledged)
    assert "intact" in instance.anlan("ledger", "verify")
    assert instance.stop() == 0

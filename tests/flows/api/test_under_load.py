"""Several at once, and a database that really goes away: nothing twice, nothing lost, nothing half."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections

from anlan.cases.models import Case, Step
from anlan.intake.models import Signal
from anlan.ledger.models import LedgerEntry
from tests.flows.api.calls import Api
from tests.make import World

WRITERS = 8


def at_once(call: Callable[[int], Any]) -> list[Any]:
    """Make the call from several threads, each with a connection of its own."""

    def run(number: int) -> Any:
        try:
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


def test_one_key_sent_by_many_at_once_is_taken_once(lasting_world: World) -> None:
    def send(number: int) -> Any:
        app = Api(lasting_world, "app")
        return app.post("/signals", app.signal(), **{"Idempotency-Key": "same"})

    answers = at_once(send)
    assert sorted(answer.status_code for answer in answers) == [200] * (WRITERS - 1) + [201]
    assert len({answer.json()["tracking_code"] for answer in answers}) == 1
    assert Signal.objects.count() == Case.objects.count() == 1


def test_many_writers_on_one_case_wait_or_are_told(lasting_world: World) -> None:
    case_id = lasting_world.take().case_id
    desk = lasting_world.token("desk")
    assert desk

    def move(number: int) -> Any:
        body = {"move": "accept" if number % 2 else "report_back", "note": f"第{number}次"}
        return Api(lasting_world, "desk").post(f"/cases/{case_id}/moves", body)

    answers = at_once(move)
    assert {answer.status_code for answer in answers} <= {200, 409}
    made = sum(answer.status_code == 200 for answer in answers)
    assert made >= 1
    steps = list(Step.objects.filter(case_id=case_id).order_by("seq"))
    assert [step.seq for step in steps] == list(range(1, made + 2))
    written = LedgerEntry.objects.filter(about_kind="case", about_id=str(case_id)).order_by("id")
    assert [entry.what for entry in written] == [
        "case.opened",
        *(f"case.{step.move}" for step in steps[1:]),
    ]


def test_a_connection_that_dies_in_the_middle_keeps_nothing_and_is_replaced(
    lasting_world: World,
) -> None:
    app = Api(lasting_world, "app")
    app.post("/signals", app.signal(text=""))  # warm

    def cut(run: Callable[..., Any], sql: str, *given: Any) -> Any:
        if "triage_take_signal(" in sql:
            with connection.connection.cursor() as own:
                own.execute("RESET ROLE")
                own.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return run(sql, *given)

    with connection.execute_wrapper(cut):
        answer = app.post("/signals", app.signal(), **{"Idempotency-Key": "again"})
    assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_AWAY")
    assert answer["Retry-After"] == "5"

    connection.close()
    assert not Signal.objects.exists()
    again = app.post("/signals", app.signal(), **{"Idempotency-Key": "again"})
    assert again.status_code == 201
    assert Signal.objects.count() == Case.objects.count() == 1

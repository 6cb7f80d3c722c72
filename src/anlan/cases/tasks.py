"""Background entry points of the room."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from anlan.cases import actions, adapters, queries
from anlan.cases.actions import calling, telling
from anlan.kernel import clock, scope

SETTLING = timedelta(seconds=2)
AGAIN = RetryStrategy(max_attempts=5, exponential_wait=4)


@app.periodic(cron="* * * * *")
@app.task(name="cases.tell_turned_clocks", queueing_lock="cases.tell_turned_clocks")
@scope.under(scope.EVERYTHING)
def tell_turned_clocks(timestamp: int) -> None:
    """Sweep the clocks every minute, and end the pauses that are over.

    Two seconds behind: a move that has just set a clock has been committed by then.
    """
    at = clock.now()
    actions.tell_turned_clocks(at=at - SETTLING)
    while actions.end_pauses(at=at) == actions.ENDED_AT_ONCE:
        pass


@app.task(name="cases.tell_progress", retry=AGAIN)
def tell_progress(case_id: str, seq: int, move: str) -> None:
    """Tell sender and reporter of a step."""
    with scope.acting(scope.of_case(UUID(case_id))):
        telling.tell_progress(case_id=UUID(case_id), seq=seq, at=clock.now())


@app.task(name="cases.connect_call")
@scope.under(scope.EVERYTHING)
def connect_call(signal_id: str, case_id: str, person_id: str, caller: str) -> None:
    """Connect a worker with a reporter; tried once, because nobody waits for a call that rings later."""
    found = actions.read_call(signal_id=UUID(signal_id), caller=caller)
    if found is None or not adapters.connect_call(
        caller=found[0], callee=found[1], reference=signal_id
    ):
        calling.tell_call_failed(case_id=UUID(case_id), person_id=UUID(person_id), at=clock.now())


@app.periodic(cron="* * * * * */1")
@app.task(name="cases.announce_opened", queueing_lock="cases.announce_opened")
@scope.under(scope.NOTHING)
def announce_opened(timestamp: int) -> None:
    """Tell every second which cases have been opened."""
    while actions.announce_opened() == actions.ANNOUNCED_AT_ONCE:
        pass


@app.task(name="cases.tell_opened", retry=AGAIN)
def tell_opened(case_ids: list[str]) -> None:
    """Let the words of new cases be found, and tell their desks; one that fails stops no other.

    Again is no harm: words are taken in once, a notice names its cause.
    """
    ids = [UUID(case_id) for case_id in case_ids]
    with scope.acting(scope.Scope(cases=tuple(ids))):
        actions.take_words(case_ids=ids)
    failed: list[Exception] = []
    for case_id in ids:
        try:
            with scope.acting(scope.of_case(case_id)):
                telling.tell_opened(case_id=case_id, at=clock.now())
        except Exception as error:  # noqa: BLE001  whatever it is, the others' desks must be told
            failed.append(error)
    if failed:
        raise ExceptionGroup(f"{len(failed)} of {len(ids)} desks could not be told", failed)


@app.task(name="cases.take_imported_words", retry=AGAIN)
@scope.under(scope.EVERYTHING)
def take_imported_words(first_id: str, last_id: str) -> None:
    """Let the words of an imported batch be found."""
    actions.take_words(
        case_ids=queries.list_case_ids(first_id=UUID(first_id), last_id=UUID(last_id))
    )


@app.task(name="cases.tell_turned", retry=AGAIN)
def tell_turned(turned: list[list[str]]) -> None:
    """Tell the desks of clocks that have turned: (case id, clock, light, due time) each."""
    found = [(UUID(case_id), clock_, light, due_at) for case_id, clock_, light, due_at in turned]
    with scope.acting(scope.Scope(cases=tuple(case_id for case_id, *_ in found))):
        telling.tell_turned(turned=found, at=clock.now())

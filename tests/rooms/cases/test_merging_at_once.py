"""Two cases that several people merge, separate and close at the same instant, on connections of their own.

One waits for the other, never both for each other: who comes second stands or is refused, and nothing is half.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from anlan.cases import queries
from anlan.cases.actions import move_case
from anlan.cases.models import Case, CaseSignal, Step
from anlan.cases.rules import CaseChanged, Given
from anlan.dispatch import actions as dispatch
from anlan.kernel.actor import REPORTER
from anlan.kernel.errors import Conflict
from anlan.triage import actions as triage
from tests.make import NOW, World
from tests.rooms.triage.test_duplicates import LAMP, SAME

Result = TypeVar("Result")
LATER = NOW + timedelta(hours=2)


def beside(pool: ThreadPoolExecutor, do: Callable[[], Result]) -> Future[Result]:
    """Do something on a connection of its own."""

    def run() -> Result:
        try:
            return do()
        finally:
            connections.close_all()

    return pool.submit(run)


def wait_until_somebody_waits_for_me(other: Future[Any]) -> None:
    """Go on when another connection waits for a lock that this one holds, or has come to its end."""
    with connection.cursor() as cursor:
        while not other.done():
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return


@pytest.fixture(params=["merged is older", "lead is older"])
def pair(request: pytest.FixtureRequest, lasting_world: World) -> tuple[UUID, UUID]:
    """Make a case that is merged and its lead, with either of the two ids the smaller one."""
    first = triage.take_signal(actor=REPORTER, report=lasting_world.report(LAMP), at=NOW).case_id
    second = triage.take_signal(actor=REPORTER, report=lasting_world.report(SAME), at=NOW).case_id
    merged, lead = (first, second) if request.param == "merged is older" else (second, first)
    move(lasting_world, merged, "merge", case_id=lead, case_seq=1)
    return merged, lead


def move(world: World, own: UUID, name: str, **given: Any) -> Case:
    return move_case(
        actor=world.actor("desk"), case_id=own, move=name, given=Given(**given), at=LATER
    )


def decline(world: World, lead: UUID) -> Case:
    """End a lead in one move: as `close` does, with all that is merged into it."""
    return move(world, lead, "decline", note="属于商业合同纠纷")


def test_separating_waits_for_whoever_ends_the_lead(
    lasting_world: World, pair: tuple[UUID, UUID]
) -> None:
    merged, lead = pair
    seq = Case.objects.get(pk=lead).seq
    desk = lasting_world.actor("desk")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            queries.access_case(actor=desk, case_id=lead, lock=True)
            other = beside(
                pool, lambda: move(lasting_world, merged, "separate", case_id=lead, case_seq=seq, note="是两盏灯")
            )  # fmt: skip
            wait_until_somebody_waits_for_me(other)
            decline(lasting_world, lead)
        with pytest.raises(CaseChanged):
            other.result()
    ended, inside = Case.objects.get(pk=lead), Case.objects.get(pk=merged)
    assert (ended.state, inside.state) == ("DECLINED", "MERGED")
    assert inside.closed_at == ended.closed_at is not None


def test_ending_the_lead_waits_for_whoever_separates(
    lasting_world: World, pair: tuple[UUID, UUID]
) -> None:
    merged, lead = pair
    seq = Case.objects.get(pk=lead).seq
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            queries.lock_both(merged, lead)
            other = beside(pool, lambda: decline(lasting_world, lead))
            wait_until_somebody_waits_for_me(other)
            move(lasting_world, merged, "separate", case_id=lead, case_seq=seq, note="是两盏灯")
        other.result()
    ended, own = Case.objects.get(pk=lead), Case.objects.get(pk=merged)
    assert (ended.state, own.state) == ("DECLINED", "RECEIVED")
    assert own.closed_at is None
    assert own.merged_into_id is None


def test_people_are_carried_over_while_the_lead_is_ended(
    lasting_world: World, pair: tuple[UUID, UUID]
) -> None:
    merged, lead = pair
    desk = lasting_world.actor("desk")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            queries.access_case(actor=desk, case_id=lead, lock=True)
            other = beside(
                pool, lambda: dispatch.carry_over(case_id=merged, lead_id=lead, at=LATER)
            )
            wait_until_somebody_waits_for_me(other)
            decline(lasting_world, lead)
        other.result()
    assert Case.objects.get(pk=lead).state == "DECLINED"


def test_whoever_waited_for_a_case_that_was_merged_meanwhile_is_told(
    lasting_world: World,
) -> None:
    one, two = (
        triage.take_signal(actor=REPORTER, report=lasting_world.report(text), at=NOW).case_id
        for text in (LAMP, SAME)
    )
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            queries.lock_both(one, two)
            other = beside(pool, lambda: move(lasting_world, one, "merge", case_id=two, case_seq=1))
            wait_until_somebody_waits_for_me(other)
            move(lasting_world, two, "merge", case_id=one, case_seq=1)
        with pytest.raises(CaseChanged):
            other.result()
    assert Case.objects.get(pk=two).merged_into_id == one
    assert Case.objects.get(pk=one).state == "RECEIVED"


ROUNDS = 12


def try_merging(world: World, own: UUID, lead: UUID, start: threading.Barrier) -> str:
    start.wait()
    try:
        move(world, own, "merge", case_id=lead, case_seq=1)
    except Conflict as refused:
        return type(refused).__name__
    return "merged"


def test_of_two_who_merge_either_into_the_other_one_succeeds(lasting_world: World) -> None:
    for _round in range(ROUNDS):
        one, two = (
            triage.take_signal(actor=REPORTER, report=lasting_world.report(text), at=NOW).case_id
            for text in (LAMP, SAME)
        )
        start = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            both = [
                beside(pool, partial(try_merging, lasting_world, one, two, start)),
                beside(pool, partial(try_merging, lasting_world, two, one, start)),
            ]
            told = [each.result() for each in both]
        assert told.count("merged") == 1, told
        cases = {case.id: case for case in Case.objects.filter(pk__in=(one, two))}
        (merged,) = (case for case in cases.values() if case.state == "MERGED")
        lead = cases[({one, two} - {merged.id}).pop()]
        assert merged.merged_into_id == lead.id
        assert (lead.state, lead.merged_into_id) == ("RECEIVED", None)
        assert CaseSignal.objects.filter(case=lead).count() == 2
        assert Step.objects.filter(case_id__in=cases, move="take_in").count() == 1


def test_many_at_once_over_one_pair_end_in_an_order(
    lasting_world: World, pair: tuple[UUID, UUID]
) -> None:
    merged, lead = pair
    start = threading.Barrier(4)

    def separate() -> Case:
        seq = Case.objects.get(pk=lead).seq
        start.wait()
        return move(lasting_world, merged, "separate", case_id=lead, case_seq=seq, note="是两盏灯")

    def end() -> Case:
        start.wait()
        return decline(lasting_world, lead)

    def carry() -> None:
        start.wait()
        dispatch.carry_over(case_id=merged, lead_id=lead, at=LATER)

    def note() -> Case:
        start.wait()
        return move(lasting_world, lead, "report_back", note="已联系电工")

    with ThreadPoolExecutor(4) as pool:
        for each in [beside(pool, do) for do in (separate, end, carry, note)]:
            with suppress(Conflict):
                each.result()
    for case in Case.objects.filter(pk__in=pair):
        steps = list(Step.objects.filter(case=case).order_by("seq").values_list("seq", flat=True))
        assert steps == list(range(1, case.seq + 1))
    inside = Case.objects.get(pk=merged)
    assert (inside.state == "MERGED") == (inside.merged_into_id == lead)

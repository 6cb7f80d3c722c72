"""Twenty-four people at one case: each move stands or is refused, in one order, none half."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.cases import actions
from anlan.cases.models import Case, Step
from anlan.cases.rules import CaseChanged, Given
from anlan.ledger.models import LedgerEntry
from tests.make import NOW, World

WRITERS = 24


def test_no_move_is_lost_and_the_ledger_keeps_the_case_s_order(lasting_world: World) -> None:
    case_id = lasting_world.take().case_id
    desk = lasting_world.actor("desk")
    actions.move_case(actor=desk, case_id=case_id, move="accept", given=Given(), at=NOW)

    def report_back(number: int) -> int:
        try:
            return actions.move_case(
                actor=desk, case_id=case_id, move="report_back", at=NOW,
                given=Given(note=f"第{number}次"),
            ).seq  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        made = list(pool.map(report_back, range(WRITERS)))
    assert sorted(made) == list(range(3, WRITERS + 3))
    steps = list(Step.objects.filter(case_id=case_id).order_by("seq"))
    assert [s.seq for s in steps] == list(range(1, WRITERS + 3))
    assert {s.note for s in steps[2:]} == {f"第{n}次" for n in range(WRITERS)}
    bodies = LedgerEntry.objects.filter(about_id=str(case_id)).order_by("id")
    seqs = [int(b.body.split('"seq":')[1].split(",")[0].rstrip("}")) for b in bodies[1:]]
    assert seqs == list(range(2, WRITERS + 3))
    jobs = ProcrastinateJob.objects.filter(task_name="cases.tell_progress")
    assert jobs.count() == WRITERS + 1
    assert Case.objects.get().seq == WRITERS + 2


def test_of_many_who_saw_the_same_step_one_moves_it_on(lasting_world: World) -> None:
    case_id = lasting_world.take().case_id
    desk = lasting_world.actor("desk")

    def accept(number: int) -> bool:
        try:
            actions.move_case(
                actor=desk, case_id=case_id, move="accept", given=Given(), at=NOW, expected_seq=1
            )
        except CaseChanged:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(accept, range(8))) == 1
    assert Case.objects.get().seq == 2

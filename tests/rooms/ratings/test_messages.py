"""The reporter writes to whoever handles his case: kept once, told to the right people, to nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.cases.actions import telling
from anlan.cases.models import Case, Step
from anlan.dispatch import actions as dispatch
from anlan.intake.models import Signal
from anlan.kernel.procedure import MoveNotAllowed
from anlan.ledger.models import LedgerEntry
from anlan.notices.models import Notice
from anlan.privacy import actions as privacy
from anlan.ratings.actions import write_to_unit
from anlan.ratings.rules import TrackingCodeWrong
from tests.make import NOW, World
from tests.rooms.cases.test_merging import merge, take
from tests.rooms.ratings.test_rating import close

SOON = NOW + timedelta(minutes=5)


def write(code: str, text: str = "灯又不亮了", key: str = "1") -> None:
    write_to_unit(tracking_code=code, text=text, key=key, at=SOON)


def tell(step: Step) -> None:
    telling.tell_progress(case_id=step.case_id, seq=step.seq, at=SOON)


def test_it_becomes_a_step_that_changes_nothing_else(world: World) -> None:
    taken = world.take()
    before = Case.objects.get()
    write(taken.tracking_code, " 灯又不亮了 ")
    after, step = Case.objects.get(), Step.objects.get(move=case_rules.HEAR)
    assert (step.note, step.from_state, step.to_state) == ("灯又不亮了", "RECEIVED", "RECEIVED")
    assert (after.state, after.seq) == ("RECEIVED", before.seq + 1)
    assert (after.due_at, after.update_due_at) == (before.due_at, before.update_due_at)
    entry = LedgerEntry.objects.get(what="case.hear_reporter")
    assert "不亮" not in entry.body


def test_sent_twice_it_is_kept_once(world: World) -> None:
    taken = world.take()
    write(taken.tracking_code)
    write(taken.tracking_code)
    assert Step.objects.filter(move=case_rules.HEAR).count() == 1
    write(taken.tracking_code, key="2")
    assert Step.objects.filter(move=case_rules.HEAR).count() == 2


def test_the_desk_and_whoever_was_sent_are_told_once(world: World) -> None:
    taken = world.take()
    dispatch.dispatch_case(
        actor=world.actor("desk"), case_id=taken.case_id, duty_ids=[world.duty_ids["grid"]], at=NOW
    )
    write(taken.tracking_code)
    step = Step.objects.get(move=case_rules.HEAR)
    tell(step)
    tell(step)
    told = Notice.objects.filter(cause__startswith="case.message")
    links = {notice.person_id: notice.link.split("/")[1] for notice in told}
    assert links == {world.person_ids["desk"]: "desk", world.person_ids["grid"]: "field"}
    assert len(told) == 2


def test_others_who_reported_the_same_do_not_read_it(world: World) -> None:
    first, second = world.take(), take(world, idempotency_key="2")
    merge(world, second, first)
    write(second.tracking_code, "我住三楼")
    lead = Case.objects.get(pk=first.case_id)

    def read(code: str) -> list[str]:
        signal = Signal.objects.get(code=code.replace("-", "")[:10])
        steps = cases.list_told_steps(signal=signal, case=lead)
        return [cases.note_told(step, case=lead, signal=signal) for step in steps]

    assert "我住三楼" in read(second.tracking_code)
    assert "我住三楼" not in read(first.tracking_code)


def test_a_closed_matter_a_wrong_code_and_too_many_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = world.take()
    with pytest.raises(TrackingCodeWrong):
        write(taken.tracking_code[:-1] + ("2" if taken.tracking_code[-1] != "2" else "3"))
    monkeypatch.setattr(case_rules, "MESSAGES_PER_REPORT", 1)
    write(taken.tracking_code)
    with pytest.raises(case_rules.TooManyMessages):
        write(taken.tracking_code, key="2")
    close(world, taken.case_id, SOON)
    with pytest.raises(MoveNotAllowed):
        write(taken.tracking_code, key="3")


def test_it_is_exported_and_erased_with_the_report(world: World) -> None:
    taken = world.take()
    write(taken.tracking_code, "我住三楼")
    code = taken.tracking_code
    copy = privacy.export_by_code(tracking_code=code, typed="13800000000", at=SOON)
    assert copy
    close(world, taken.case_id, SOON)
    assert privacy.erase_by_code(tracking_code=code, typed="13800000000", at=SOON)
    assert Step.objects.get(move=case_rules.HEAR).note == ""

"""The reporter writes to whoever handles his case: kept once, told to the right people, to nobody else."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.cases.actions import move_case, telling
from anlan.cases.models import Case, CasePhoto, Step
from anlan.cases.rules import Given
from anlan.dispatch import actions as dispatch
from anlan.documents.actions import keep_photo
from anlan.documents.models import Document
from anlan.intake.models import Signal
from anlan.kernel.actor import REPORTER, Actor
from anlan.kernel.procedure import MoveNotAllowed
from anlan.ledger.models import LedgerEntry
from anlan.notices.models import Notice
from anlan.privacy import actions as privacy
from anlan.ratings.actions import write_to_unit
from anlan.ratings.rules import TrackingCodeWrong
from tests.make import NOW, VILLAGE, World
from tests.rooms.cases.test_merging import LATER, merge, separate, take
from tests.rooms.privacy.test_terms import picture
from tests.rooms.ratings.test_rating import close

SOON = NOW + timedelta(minutes=5)


def write(
    code: str, text: str = "灯又不亮了", key: str = "1", photos: tuple[UUID, ...] = ()
) -> bool:
    return write_to_unit(tracking_code=code, text=text, key=key, at=SOON, photos=photos)


def keep(actor: Actor = REPORTER, colour: str = "red") -> UUID:
    return keep_photo(actor=actor, file=picture(colour), name="a.jpg", at=SOON).id


def told(code: str) -> list[UUID]:
    """List the photos that the reporter with this code is shown with the steps."""
    signal = Signal.objects.get(code=code.replace("-", "")[:10])
    case = cases.get_case_of_signal(signal_id=signal.id)
    return [
        photo
        for step in cases.list_told_steps(signal=signal, case=case)
        for photo in cases.list_photos_told(step, signal=signal)
    ]


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
    assert write(taken.tracking_code)
    assert not write(taken.tracking_code, photos=(keep(),))
    assert not CasePhoto.objects.exists()
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


def test_photos_go_both_ways_and_those_of_the_handling_stay_inside(world: World) -> None:
    taken = world.take()
    sent = keep()
    write(taken.tracking_code, photos=(sent,))
    step = Step.objects.get(move=case_rules.HEAR)
    assert CasePhoto.objects.get(document_id=sent).seq == step.seq
    assert cases.list_photos_with(step) == told(taken.tracking_code) == [sent]
    assert str(sent) in LedgerEntry.objects.get(what="case.hear_reporter").body
    answered, done = (keep(world.actor(login), "blue") for login in ("desk", "grid"))

    def move(login: str, name: str, **given: object) -> None:
        move_case(
            actor=world.actor(login), case_id=taken.case_id, move=name, given=Given(**given), at=SOON
        )  # fmt: skip

    move("desk", "assign_down", unit_id=world.unit_id(VILLAGE, "GRID"))
    move("desk", "report_back", note="零件到了", photos=(answered,))
    move("grid", "sign_for")
    move("grid", "handle", note="已换", photos=(done,))
    assert told(taken.tracking_code) == [sent, answered]
    handled = Step.objects.get(move="handle")
    assert cases.list_photos_with(handled) == [done]


def test_photos_are_for_whoever_sent_them_and_answers_for_all(world: World) -> None:
    first, second = world.take(), take(world, idempotency_key="2")
    merge(world, second, first)
    sent, answered = keep(), keep(world.actor("desk"), "blue")
    write(second.tracking_code, "我住三楼", photos=(sent,))
    move_case(
        actor=world.actor("desk"), case_id=first.case_id, move="accept", given=Given(), at=SOON
    )
    move_case(
        actor=world.actor("desk"), case_id=first.case_id, move="report_back",
        given=Given(note="明天来", photos=(answered,)), at=SOON,
    )  # fmt: skip
    assert told(first.tracking_code) == [answered]
    assert told(second.tracking_code) == [sent, answered]


@pytest.mark.parametrize("is_apart", [False, True])
def test_it_is_exported_and_erased_with_the_report(world: World, is_apart: bool) -> None:
    """Also where it was written while the report was merged with another, and stayed there."""
    taken = world.take()
    other = take(world, idempotency_key="2")
    if is_apart:
        merge(world, taken, other)
    sent = keep()
    code = taken.tracking_code
    write(code, "我住三楼", photos=(sent,))
    if is_apart:
        separate(world, taken, other)
        assert told(code) == []
    copy = privacy.export_by_code(tracking_code=code, typed="13800000000", at=LATER)
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        data = archive.read("data.json").decode()
        assert [name for name in archive.namelist() if str(sent) in name]
    assert "我住三楼" in data
    assert str(sent) in data
    close(world, taken.case_id, LATER)
    assert privacy.erase_by_code(tracking_code=code, typed="13800000000", at=LATER)
    assert Step.objects.get(move=case_rules.HEAR).note == ""
    assert not Document.objects.exists()
    assert not CasePhoto.objects.exists()

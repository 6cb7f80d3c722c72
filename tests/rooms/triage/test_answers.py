"""What the desk has said of reports: corrections, confirmations, and what is neither."""

from __future__ import annotations

from datetime import timedelta

from anlan.cases import actions as cases
from anlan.cases.queries.answers import list_answers
from anlan.cases.rules import Given
from anlan.intake.models import Signal
from anlan.kernel.actor import SYSTEM
from anlan.triage import actions as triage
from tests.make import JURISDICTION, NOW, World
from tests.rooms.triage.answering import (
    move,
)


def test_a_case_taken_on_confirms_and_a_corrected_one_corrects(world: World) -> None:
    accepted, corrected, untouched, declined = (world.take() for _ in range(4))
    move(world, accepted.case_id, "accept", at=NOW + timedelta(minutes=1))
    move(world, corrected.case_id, "reclassify", matter="GARBAGE", at=NOW + timedelta(minutes=2))
    move(world, corrected.case_id, "accept", at=NOW + timedelta(minutes=3))
    move(world, declined.case_id, "decline", note="重复")
    found = {a.case_id: a for a in list_answers(jurisdiction=JURISDICTION)}
    assert set(found) == {accepted.case_id, corrected.case_id}
    assert untouched.case_id not in found
    said = found[accepted.case_id], found[corrected.case_id]
    assert [(a.matter, a.is_correction) for a in said] == [
        ("STREET_LAMP", False),
        ("GARBAGE", True),
    ]
    assert [a.answered_at for a in said] == [NOW + timedelta(minutes=m) for m in (1, 2)]
    assert said[0].text == "村口路灯坏了三天，晚上看不清路"


def test_a_case_that_goes_on_is_no_new_answer(world: World) -> None:
    taken = world.take()
    move(world, taken.case_id, "accept")
    later = NOW + timedelta(hours=1)
    unit = world.unit_id("330999001", "CONSTRUCTION")
    move(world, taken.case_id, "assign_down", unit_id=unit, at=later)
    assert list_answers(jurisdiction=JURISDICTION, since=NOW) == []
    assert len(list_answers(jurisdiction=JURISDICTION, until=NOW)) == 1


def test_what_no_person_did_and_what_is_erased_teaches_nothing(world: World) -> None:
    by_rule, erased = world.take(), world.take()
    cases.move_automatically(
        actor=SYSTEM, case_id=by_rule.case_id, move="assign_transfer",
        given=Given(unit_id=world.unit_id("330999001", "CONSTRUCTION")), at=NOW,
    )  # fmt: skip
    move(world, erased.case_id, "accept")
    Signal.objects.filter(code=erased.code).update(text="")
    assert list_answers(jurisdiction=JURISDICTION) == []
    assert list_answers(jurisdiction="ELSEWHERE") == []


SAME = "村口的路灯坏了,晚上太黑"


def test_a_report_that_its_reporter_let_join_teaches_nothing(world: World) -> None:
    lead = world.take("村口路灯坏了三天，晚上看不清路")
    joined = world.take(SAME)
    triage.join_case(tracking_code=joined.tracking_code, code=lead.code, at=NOW)
    # The desk says what the lead is about, and corrects it: no word of the other report is meant.
    move(world, lead.case_id, "reclassify", matter="GARBAGE")
    move(world, lead.case_id, "accept")
    (answer,) = list_answers(jurisdiction=JURISDICTION)
    assert (answer.text, answer.matter) == ("村口路灯坏了三天，晚上看不清路", "GARBAGE")


def test_a_report_that_a_desk_has_merged_is_answered_with_the_lead(world: World) -> None:
    lead, other = world.take("村口路灯坏了三天，晚上看不清路"), world.take(SAME)
    move(world, other.case_id, "merge", case_id=lead.case_id, case_seq=1)
    move(world, lead.case_id, "accept")
    found = {answer.text: answer.matter for answer in list_answers(jurisdiction=JURISDICTION)}
    assert found == {"村口路灯坏了三天，晚上看不清路": "STREET_LAMP", SAME: "STREET_LAMP"}


def test_separated_a_joined_report_is_answered_by_its_own_case(world: World) -> None:
    lead, joined = world.take("村口路灯坏了三天，晚上看不清路"), world.take(SAME)
    triage.join_case(tracking_code=joined.tracking_code, code=lead.code, at=NOW)
    move(world, joined.case_id, "separate", case_id=lead.case_id, case_seq=2)
    move(world, joined.case_id, "accept")
    move(world, joined.case_id, "reclassify", matter="GARBAGE")
    assert [(a.text, a.matter) for a in list_answers(jurisdiction=JURISDICTION)] == [
        (SAME, "GARBAGE")
    ]

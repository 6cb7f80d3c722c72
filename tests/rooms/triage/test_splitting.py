"""A case that holds two matters becomes two, each with its own code, unit and clocks."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from anlan.cases import queries
from anlan.cases.actions import move_case
from anlan.cases.models import Case, Step
from anlan.cases.rules import (
    CaseChanged,
    CaseNotVisible,
    Given,
    MatterUnknown,
    PhotoElsewhere,
    ReportElsewhere,
)
from anlan.documents import actions as documents
from anlan.intake.models import Contact, Signal
from anlan.intake.queries import find_contact
from anlan.intake.rules import ContactDetails
from anlan.kernel.actor import REPORTER
from anlan.kernel.procedure import MoveIncomplete, MoveNotAllowed, MoveNotYours
from anlan.ledger.models import LedgerEntry
from anlan.triage.actions import Taken, split_case, take_signal
from anlan.triage.models import Decision
from tests.flows.permissions.worlds import picture
from tests.make import COUNTY, NOW, World
from tests.rooms.rollup.test_equals_a_recount import check

LATER = NOW + timedelta(hours=3)
BOTH, SECOND = "路灯坏了，旁边的垃圾桶也满了", "村口垃圾桶满了没人收"


def split(world: World, case_id: object, login: str = "desk", **given: object) -> Case:
    fields = {"matter": "GARBAGE", "note": SECOND, "at": LATER} | given
    return split_case(actor=world.actor(login), case_id=case_id, **fields)  # type: ignore[arg-type]


def test_the_second_matter_goes_on_by_itself(world: World) -> None:
    taken = world.take(BOTH)
    part = split(world, taken.case_id)
    origin = Case.objects.get(pk=taken.case_id)
    assert (part.matter.code, part.state, part.unit_id) == (
        "GARBAGE", "ACCEPTED", world.unit_id("330999001201", "GRID"),
    )  # fmt: skip
    assert part.code != origin.code
    assert (part.opened_at, part.opened_date) == (NOW, origin.opened_date)
    assert (part.lon, part.lat, part.place_id) == (origin.lon, origin.lat, origin.place_id)
    assert part.due_at == part.close_due_at
    assert part.close_due_at < LATER + timedelta(days=4)
    assert [s.move for s in queries.list_steps(case_id=origin.id)] == ["open", "split"]
    assert [s.move for s in queries.list_steps(case_id=part.id)] == ["open", "part_of"]
    assert origin.state == "RECEIVED"
    whats = list(LedgerEntry.objects.order_by("id").values_list("what", flat=True))[-3:]
    assert whats == ["case.opened", "case.split", "case.part_of"]
    check(COUNTY, "2026-03")


def test_the_reporter_is_the_same_and_the_words_are_the_desks(world: World) -> None:
    taken = world.take(BOTH, external_ref="JQ-1")
    Contact.objects.update(erase_after_date=NOW.date() + timedelta(days=9))
    part = split(world, taken.case_id)
    signal = Signal.objects.get(code=part.code)
    assert (signal.text, signal.external_ref, signal.sender) == (SECOND, "JQ-1", "web")
    contact = find_contact(signal_id=signal.id)
    assert contact is not None
    assert contact.phone == "13800000000"
    days = set(Contact.objects.values_list("erase_after_date", flat=True))
    assert days == {NOW.date() + timedelta(days=9)}
    first = Signal.objects.get(code=taken.code)
    told = queries.list_told_steps(signal=first, case=Case.objects.get(pk=taken.case_id))
    assert told[-1].data["part_code"] == part.code
    assert queries.note_for_reporter(told[-1], case=Case.objects.get(pk=taken.case_id)) == SECOND
    assert Decision.objects.get(case=part).reason["matter"]["by"] == "DESK"


def test_a_report_without_contact_or_with_an_erased_one_is_split_too(world: World) -> None:
    taken = world.take(BOTH)
    Contact.objects.update(sealed=None)
    part = split(world, taken.case_id)
    assert find_contact(signal_id=Signal.objects.get(code=part.code).id) is None


def with_photos(world: World) -> tuple[Taken, list[UUID]]:
    photos = [
        documents.keep_photo(actor=REPORTER, file=picture(), name=name, at=NOW).id
        for name in ("a.png", "b.png")
    ]
    report = world.report(BOTH)
    return take_signal(actor=REPORTER, report=report, at=NOW, photos=tuple(photos)), photos


def test_the_chosen_photos_go_with_the_part_and_the_others_stay(world: World) -> None:
    taken, (lamp, bin_) = with_photos(world)
    part = split(world, taken.case_id, photos=[bin_, bin_])
    assert queries.list_photo_ids(case_id=taken.case_id) == [lamp]
    assert queries.list_photo_ids(case_id=part.id) == [bin_]
    (step,) = (s for s in queries.list_steps(case_id=taken.case_id) if s.move == "split")
    assert step.data["photos"] == [str(bin_)]
    entry = LedgerEntry.objects.get(what="case.split")
    assert str(bin_) in entry.body
    # Merged back, everything lies with the one that goes on.
    given = Given(case_id=part.id, case_seq=part.seq)
    move_case(actor=world.actor("desk"), case_id=taken.case_id, move="merge", given=given, at=LATER)
    assert set(queries.list_photo_ids(case_id=part.id)) == {lamp, bin_}


def test_photos_of_another_case_and_those_that_went_already_are_refused(world: World) -> None:
    taken, (lamp, bin_) = with_photos(world)
    other, (elsewhere, _) = with_photos(world)
    for wrong in (elsewhere, other.case_id):
        with pytest.raises(PhotoElsewhere):
            split(world, taken.case_id, photos=[lamp, wrong])
    assert Case.objects.count() == 2
    assert queries.list_photo_ids(case_id=taken.case_id) == sorted([lamp, bin_])
    split(world, taken.case_id, photos=[bin_])
    with pytest.raises(PhotoElsewhere):
        split(world, taken.case_id, photos=[bin_])


def test_of_several_reports_the_chosen_one_s_reporter_is_told(world: World) -> None:
    lead, other, third = (
        world.take(BOTH, contact=ContactDetails(phone=phone))
        for phone in ("13800000001", "13800000002", "13800000003")
    )
    desk = world.actor("desk")
    move_case(
        actor=desk, case_id=other.case_id, move="merge", at=NOW,
        given=Given(case_id=lead.case_id, case_seq=1),
    )  # fmt: skip
    signal = Signal.objects.get(code=other.code)
    part = split(world, lead.case_id, signal_id=signal.id)
    contact = find_contact(signal_id=Signal.objects.get(code=part.code).id)
    assert contact is not None
    assert contact.phone == "13800000002"
    (step,) = (s for s in queries.list_steps(case_id=lead.case_id) if s.move == "split")
    assert step.data["of_signal"] == str(signal.id)
    with pytest.raises(ReportElsewhere):
        split(world, lead.case_id, signal_id=Signal.objects.get(code=third.code).id)


@pytest.mark.parametrize(
    ("login", "given", "obstacle"),
    [
        ("desk", {"matter": ""}, MoveIncomplete),
        ("desk", {"note": "  "}, MoveIncomplete),
        ("desk", {"matter": "NOTHING"}, MatterUnknown),
        ("desk", {"expected_seq": 7}, CaseChanged),
        ("cadre", {}, MoveNotYours),
        ("other_desk", {}, CaseNotVisible),
        ("volunteer", {}, CaseNotVisible),
    ],
)
def test_what_is_refused_leaves_nothing(
    world: World, login: str, given: dict[str, object], obstacle: type[Exception]
) -> None:
    taken = world.take("垃圾桶满了没人收")
    with pytest.raises(obstacle):
        split(world, taken.case_id, login, **given)
    assert Step.objects.filter(case_id=taken.case_id).count() == 1


def test_what_has_ended_is_not_split(world: World) -> None:
    taken = world.take(BOTH)
    desk = world.actor("desk")
    move_case(actor=desk, case_id=taken.case_id, move="decline", given=Given(note="x"), at=NOW)
    with pytest.raises(MoveNotAllowed):
        split(world, taken.case_id)
    assert Case.objects.count() == 1


def test_a_part_can_be_merged_back(world: World) -> None:
    taken = world.take(BOTH)
    part = split(world, taken.case_id)
    # The part is further along: it was accepted by being split off.
    given = Given(case_id=part.id, case_seq=part.seq)
    case = move_case(
        actor=world.actor("desk"), case_id=taken.case_id, move="merge", given=given, at=LATER
    )
    assert case.merged_into_id == part.id
    check(COUNTY, "2026-03")

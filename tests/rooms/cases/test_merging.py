"""Two cases become one and two again: clocks, reporters, figures, people sent, search, erasure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.cases import queries, rules
from anlan.cases.actions import move_case, telling
from anlan.cases.models import Case, CasePhoto, CaseSignal, Step
from anlan.cases.rules import Given
from anlan.dispatch import actions as dispatch
from anlan.dispatch.models import Dispatch
from anlan.documents import actions as documents
from anlan.intake.models import Signal
from anlan.intake.rules import ContactDetails
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.kernel.procedure import MoveIncomplete, MoveNotAllowed, MoveNotYours
from anlan.ledger.models import LedgerEntry
from anlan.notices.models import Notice
from anlan.privacy import actions as privacy
from anlan.ratings import actions as ratings
from anlan.ratings import queries as rating_queries
from anlan.ratings.models import Rating
from anlan.ratings.rules import RatedAlready
from anlan.triage import actions as triage
from anlan.triage.actions import Taken
from tests.flows.permissions.worlds import picture
from tests.make import COUNTY, IN_OTHER_GRID, NOW, TOWN, VILLAGE, World
from tests.rooms.rollup.test_equals_a_recount import check
from tests.rooms.triage.test_duplicates import LAMP, SAME

SOON, LATER = NOW + timedelta(minutes=5), NOW + timedelta(hours=2)
NEXT_DAY = NOW + timedelta(days=1)


def case_of(taken: Taken) -> Case:
    return Case.objects.get(pk=taken.case_id)


def take(world: World, text: str = SAME, *, at: datetime = NOW, **given: Any) -> Taken:
    return triage.take_signal(actor=REPORTER, report=world.report(text, **given), at=at)


def move(
    world: World, taken: Taken, name: str, *, login: str = "desk", at: datetime = SOON, **given: Any
) -> Case:
    return move_case(
        actor=world.actor(login), case_id=taken.case_id, move=name, given=Given(**given), at=at
    )


def merge(
    world: World, case: Taken, lead: Taken, *, login: str = "desk", at: datetime = SOON
) -> Case:
    return move(
        world, case, "merge", login=login, at=at, case_id=lead.case_id, case_seq=case_of(lead).seq
    )  # fmt: skip


def separate(world: World, case: Taken, lead: Taken, *, at: datetime = LATER, **given: Any) -> Case:
    return move(
        world, case, "separate", at=at, case_id=lead.case_id, case_seq=case_of(lead).seq, **given
    )  # fmt: skip


def row(taken: Taken) -> dict[str, Any]:
    kept = Case.objects.filter(pk=taken.case_id).values().get()
    return {k: v for k, v in kept.items() if k not in ("seq", "last_at", "update_due_at")}


def test_one_goes_on_and_both_are_told(world: World) -> None:
    lead, other = take(world, LAMP), take(world, at=SOON)
    merged = merge(world, other, lead)
    assert (merged.state, merged.merged_into_id, merged.due_at) == ("MERGED", lead.case_id, None)
    assert {s.signal_id for s in CaseSignal.objects.filter(case_id=lead.case_id)} == set(
        Signal.objects.values_list("id", flat=True)
    )
    mine = Signal.objects.get(code=other.code)
    assert queries.get_case_of_signal(signal_id=mine.id).id == lead.case_id
    what = list(LedgerEntry.objects.order_by("id").values_list("what", "about_id"))[-2:]
    assert what == [
        ("case.merge", str(other.case_id)),
        ("case.take_in", str(lead.case_id)),
    ]
    check(COUNTY, "2026-03")


def test_a_merge_asks_for_both_steps_seen_and_for_both_seats(world: World) -> None:
    lead, other = take(world, LAMP), take(world)
    with pytest.raises(MoveIncomplete):
        move(world, other, "merge")
    with pytest.raises(MoveIncomplete):
        move(world, other, "merge", case_id=lead.case_id)
    with pytest.raises(rules.CaseChanged):
        move(world, other, "merge", case_id=lead.case_id, case_seq=7)
    with pytest.raises(MoveNotYours):
        merge(world, other, lead, login="grid")
    far = take(world, LAMP, lon=IN_OTHER_GRID[0], lat=IN_OTHER_GRID[1])
    with pytest.raises(rules.CaseNotVisible):
        merge(world, other, far)
    with pytest.raises(rules.CaseNotVisible):
        merge(world, far, other, login="desk")
    merge(world, far, other, login="centre")
    with pytest.raises(rules.MergedWithItself):
        merge(world, lead, lead)
    move(world, lead, "accept")
    with pytest.raises(rules.OtherWayRound):
        merge(world, lead, other)
    with pytest.raises(MoveNotAllowed):
        merge(world, far, lead, login="centre")


def test_both_are_again_as_they_were(world: World) -> None:
    photo = documents.keep_photo(actor=REPORTER, file=picture(), name="a.png", at=NOW)
    lead = take(world, LAMP)
    other = triage.take_signal(
        actor=REPORTER, report=world.report(SAME), at=NOW, photos=(photo.id,)
    )
    before = row(lead), row(other)
    merge(world, other, lead)
    assert CasePhoto.objects.get(document_id=photo.id).case_id == lead.case_id
    separate(world, other, lead)
    assert (row(lead), row(other)) == before
    assert CasePhoto.objects.get(document_id=photo.id).case_id == other.case_id
    assert CasePhoto.objects.get(document_id=photo.id).seq == 1
    assert CaseSignal.objects.get(signal__code=other.code).joined_at == NOW
    assert [s.move for s in queries.list_steps(case_id=lead.case_id)] == [
        "open",
        "take_in",
        "give_back",
    ]
    check(COUNTY, "2026-03")
    with pytest.raises(MoveNotAllowed):
        separate(world, other, lead)
    merge(world, other, lead, at=LATER)
    assert case_of(other).state == "MERGED"


def test_no_clock_is_won_by_merging_and_none_is_lost(world: World) -> None:
    old, young = take(world, LAMP), take(world, at=NEXT_DAY)
    move(world, young, "assign_down", at=NEXT_DAY, unit_id=world.unit_id(VILLAGE, "GRID"))
    # The younger one is further along and leads; the older one's promise holds.
    own, promised = case_of(young).close_due_at, case_of(old).close_due_at
    assert promised < own
    merge(world, old, young, at=NEXT_DAY)
    assert (case_of(young).close_due_at, case_of(young).due_at) == (promised, promised)
    separate(world, old, young, at=NEXT_DAY)
    assert (case_of(young).close_due_at, case_of(young).due_at) == (own, own)
    again = case_of(old)
    assert (again.state, again.due_at) == ("RECEIVED", again.response_due_at)


def test_a_pause_in_which_both_stood_counts_for_both(world: World) -> None:
    lead, other = take(world, LAMP), take(world)
    move(world, lead, "accept")
    due_at = case_of(lead).close_due_at
    assert case_of(other).close_due_at == due_at
    merge(world, other, lead)
    move(world, lead, "pause", note="等配件")
    move(world, lead, "resume", at=NEXT_DAY)
    put_off = case_of(lead).close_due_at
    assert put_off > due_at
    separate(world, other, lead, at=NEXT_DAY)
    assert case_of(lead).close_due_at == case_of(other).close_due_at == put_off


def test_what_was_decided_since_stays(world: World) -> None:
    old, lead = take(world, LAMP), take(world, at=LATER)
    move(world, lead, "accept", at=LATER)
    merge(world, old, lead, at=LATER)
    move(world, lead, "assign_down", at=LATER, unit_id=world.unit_id(TOWN, "CONSTRUCTION"))
    own = case_of(lead).close_due_at
    move(world, lead, "sign_for", login="builder", at=LATER)
    move(world, lead, "ask_extension", login="builder", note="缺件", at=LATER)
    move(world, lead, "approve_extension", at=LATER)
    stands = case_of(lead).close_due_at
    assert stands > own
    separate(world, old, lead, at=LATER)
    assert case_of(lead).close_due_at == stands


def test_the_stricter_card_holds_while_they_are_one(world: World) -> None:
    lead, other, third = take(world, LAMP), take(world), take(world)
    for each in (other, third):
        move(world, each, "accept")
    move(world, other, "supervise_yellow", note="快办")
    move(world, third, "supervise_red", login="centre", note="必须快办")
    move(world, lead, "accept")
    merge(world, other, lead)
    merge(world, third, lead)
    assert case_of(lead).card == "RED"
    separate(world, third, lead)
    assert (case_of(lead).card, case_of(third).card) == ("YELLOW", "RED")
    move(world, lead, "supervise_red", login="centre", note="必须快办", at=LATER)
    separate(world, other, lead)
    assert (case_of(lead).card, case_of(other).card) == ("RED", "YELLOW")


def test_every_reporter_rates_and_one_unsatisfied_sends_it_back(world: World) -> None:
    lead, other = take(world, LAMP), take(world)
    merge(world, other, lead)
    close(world, lead)
    assert case_of(other).closed_at == case_of(lead).closed_at
    rate(lead, True)
    with pytest.raises(RatedAlready):
        rate(lead, True)
    rate(other, False)
    assert case_of(lead).state == "HANDLING"
    assert case_of(other).closed_at is None
    assert Rating.objects.filter(case_id=lead.case_id).count() == 2
    check(COUNTY, "2026-03")


def close(world: World, taken: Taken) -> None:
    move(world, taken, "assign_down", unit_id=world.unit_id(VILLAGE, "GRID"))
    move(world, taken, "sign_for", login="grid")
    move(world, taken, "handle", login="grid", note="换了灯泡")
    move(world, taken, "verify")
    move(world, taken, "close", note="已修", outcome="SOLVED", at=LATER)


def rate(taken: Taken, is_satisfied: bool) -> None:
    ratings.rate_case(
        tracking_code=taken.tracking_code, is_satisfied=is_satisfied, comment="还是黑", at=LATER
    )


def test_a_closed_lead_gives_back_an_open_case(world: World) -> None:
    lead, other = take(world, LAMP), take(world)
    merge(world, other, lead)
    close(world, lead)
    separate(world, other, lead)
    assert (case_of(other).state, case_of(lead).state) == ("RECEIVED", "CLOSED")
    assert case_of(other).closed_at is None
    check(COUNTY, "2026-03")


def test_each_reporter_is_told_what_is_for_him(world: World) -> None:
    lead = take(world, LAMP)
    move(world, lead, "accept")
    move(world, lead, "report_back", note="陈女士，下午来看")
    other = take(world, contact=ContactDetails(email="li@example.org"), at=SOON)
    merge(world, other, lead, at=LATER)
    signal = Signal.objects.get(code=other.code)
    move(world, lead, "report_back", note="配件到了", at=LATER)
    told = queries.list_told_steps(signal=signal, case=case_of(lead))
    assert [step.move for step in told] == ["open", "merge", "report_back"]
    assert [step.note for step in told][-1] == "配件到了"
    first = queries.list_told_steps(signal=Signal.objects.get(code=lead.code), case=case_of(lead))
    assert [s.move for s in first] == ["open", "accept", "report_back", "report_back"]
    for seq in (step.seq for step in Step.objects.filter(case_id=other.case_id)):
        telling.tell_progress(case_id=other.case_id, seq=seq, at=LATER)
    mails = Notice.objects.filter(tracking_of=other.code)
    assert any("已并案" in mail.subject for mail in mails)


def test_people_on_the_way_come_along_and_go_back(world: World) -> None:
    lead, other = take(world, LAMP), take(world)

    def sent(taken: Taken, *logins: str) -> None:
        dispatch.dispatch_case(
            actor=world.actor("desk"), case_id=taken.case_id, at=SOON,
            duty_ids=[world.duty_ids[login] for login in logins],
        )  # fmt: skip

    sent(lead, "grid")
    sent(other, "grid", "cadre")
    merge(world, other, lead)
    for _ in range(2):  # a job may be done again
        dispatch.carry_over(case_id=other.case_id, lead_id=lead.case_id, at=SOON)
    running = Dispatch.objects.filter(ended_at__isnull=True)
    assert set(running.values_list("case_id", flat=True)) == {lead.case_id}
    assert running.count() == 2
    assert set(case_of(lead).responders) == {world.person_ids["grid"], world.person_ids["cadre"]}
    assert case_of(other).responders == []
    separate(world, other, lead)
    dispatch.carry_back(case_id=other.case_id, lead_id=lead.case_id, at=LATER)
    assert case_of(other).responders == [world.person_ids["cadre"]]
    assert case_of(lead).responders == [world.person_ids["grid"]]


def test_the_search_finds_the_lead_by_the_words_of_both(world: World) -> None:
    lead, other = take(world, LAMP), take(world, "大桥头灯柱倾倒")
    merge(world, other, lead)
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM cases_searchrow WHERE case_id = %s", [lead.case_id])
        assert "灯柱倾倒" in cursor.fetchone()[0]
    assert queries.list_public_cases(codes_wanted=[other.code])[0].id == other.case_id
    assert [case.id for case in queries.list_public_cases()] == [lead.case_id]


def test_erasing_one_reporters_words_leaves_the_others(world: World) -> None:
    lead, other = take(world, LAMP), take(world)
    merge(world, other, lead)
    close(world, lead)
    assert privacy.erase_by_code(tracking_code=other.tracking_code, typed="13800000000", at=LATER)
    assert (case_of(other).title, case_of(other).lon) == ("", None)
    assert case_of(lead).title == LAMP
    assert Signal.objects.get(code=other.code).text == ""
    data = privacy.export_signal(
        actor=SYSTEM, signal_id=Signal.objects.get(code=other.code).id, at=LATER
    )
    assert LAMP.encode() not in data


def test_a_merge_takes_few_statements(world: World) -> None:
    lead, other = take(world, LAMP), take(world)
    seq = case_of(lead).seq
    world.actor("desk")
    queries.get_catalogue()
    with CaptureQueriesContext(connection) as caught:
        move(world, other, "merge", case_id=lead.case_id, case_seq=seq)
    assert len(caught) <= 26, [q["sql"][:80] for q in caught]


def test_what_a_closed_case_may_not_take_in(world: World) -> None:
    lead, other = take(world, LAMP), take(world)
    move(world, lead, "decline", note="重复")
    with pytest.raises(rules.LeadNotOpen):
        merge(world, other, lead)
    third = take(world)
    merge(world, third, other)
    with pytest.raises(rules.LeadsOthers):
        merge(world, other, take(world, LAMP))
    with pytest.raises(rules.NotMergedThere):
        move(world, third, "separate", case_id=lead.case_id, case_seq=case_of(lead).seq)


def test_rating_queries_ask_for_each(world: World) -> None:
    lead, other = take(world, LAMP), take(world)
    merge(world, other, lead)
    close(world, lead)
    rate(lead, True)
    signals = {s.code: s for s in Signal.objects.all()}
    assert not rating_queries.may_rate(case=case_of(lead), signal=signals[lead.code])
    assert rating_queries.may_rate(case=case_of(lead), signal=signals[other.code])
    assert isinstance(other.case_id, UUID)

"""Who is told: the system that sent it, the reporter, whoever stands duty at the desk."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.cases import actions, tasks
from anlan.cases.actions import opened, telling
from anlan.cases.models import SearchRow, Untold
from anlan.cases.rules import Given
from anlan.intake.rules import Channel, ContactDetails
from anlan.kernel import codes, events
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.notices.models import Notice
from anlan.people.actions import end_duty
from anlan.triage.actions import Taken
from tests.make import NOW, VILLAGE, World

REPORTER = ContactDetails(name="陈晓", email="chen@example.org")


def take(world: World) -> Taken:
    """Take a report that a partner system sent for somebody with an e-mail address."""
    sender = f"client:{world.clients['police'].client_id}"
    return world.take(
        contact=REPORTER, sender=sender, channel=Channel.POLICE_110, external_ref="110-7",
        idempotency_key="k",
    )  # fmt: skip


def assign(world: World, case_id: UUID, note: str = "") -> None:
    actions.move_case(
        actor=world.actor("desk"), case_id=case_id, move="assign_down", at=NOW,
        given=Given(note=note, unit_id=world.unit_id(VILLAGE, "GRID")),
    )  # fmt: skip


def test_the_sender_is_told_of_each_step_by_webhook(world: World) -> None:
    taken = take(world)
    assign(world, taken.case_id, note="请处理")
    telling.tell_progress(case_id=taken.case_id, seq=2, at=NOW)
    notice = Notice.objects.get(channel="WEBHOOK")
    assert notice.subject == "case.assign_down"
    told = json.loads(notice.body)
    assert told["code"] == codes.show(taken.code)
    assert told["external_ref"] == "110-7"
    assert (told["step"], told["move"], told["state"]) == (2, "assign_down", "ASSIGNED")
    assert told["unit"] == "东湾村网格队伍"
    assert told["at"].startswith("2026-03-10T02:00:00")
    assert taken.tracking_code not in notice.body


def test_a_note_for_colleagues_stays_with_colleagues(world: World) -> None:
    taken = take(world)
    assign(world, taken.case_id, note="当事人难缠，注意方式")
    telling.tell_progress(case_id=taken.case_id, seq=2, at=NOW)
    assert json.loads(Notice.objects.get(channel="WEBHOOK").body)["note"] == ""
    letter = Notice.objects.get(channel="EMAIL")
    assert letter.body == letter.subject


def test_what_is_not_for_the_reporter_is_told_without_its_note(world: World) -> None:
    taken = take(world)
    assign(world, taken.case_id)
    actions.move_case(
        actor=world.actor("grid"), case_id=taken.case_id, move="sign_for", at=NOW,
        given=Given(note="内部说明"),
    )  # fmt: skip
    telling.tell_progress(case_id=taken.case_id, seq=3, at=NOW)
    assert Notice.objects.filter(channel="EMAIL").count() == 0
    assert json.loads(Notice.objects.get(channel="WEBHOOK").body)["note"] == ""


def test_the_reporter_gets_an_e_mail_about_the_report(world: World) -> None:
    taken = take(world)
    assign(world, taken.case_id)
    actions.move_case(
        actor=world.actor("grid"), case_id=taken.case_id, move="report_back", at=NOW,
        given=Given(note="已交村里处理"),
    )  # fmt: skip
    telling.tell_progress(case_id=taken.case_id, seq=3, at=NOW)
    notice = Notice.objects.get(channel="EMAIL")
    assert codes.show(taken.code) in notice.subject
    assert "待签收" in notice.subject
    assert notice.body == "已交村里处理"
    assert (notice.link, notice.tracking_of) == ("", taken.code)


def tell_turned(case_id: UUID, light: str, due_at: str) -> None:
    telling.tell_turned(turned=[(case_id, "SOLUTION", light, due_at)], at=NOW)


def test_without_address_or_callback_nobody_is_told(world: World) -> None:
    taken = world.take(sender=f"client:{world.clients['app'].client_id}", idempotency_key="k")
    assign(world, taken.case_id)
    telling.tell_progress(case_id=taken.case_id, seq=2, at=NOW)
    assert not Notice.objects.exists()


def test_the_desk_s_own_people_see_what_is_urgent_and_what_runs_late(world: World) -> None:
    taken = world.take("楼道堆物堵住消防通道")
    telling.tell_opened(case_id=taken.case_id, at=NOW)
    tell_turned(taken.case_id, "AMBER", "2026-03-11")
    tell_turned(taken.case_id, "RED", "2026-03-11")
    found = list(Notice.objects.order_by("id"))
    assert {n.person_id for n in found} == {world.person_ids["desk"]}
    assert {n.link for n in found} == {f"/desk/cases/{taken.case_id}"}
    assert len({n.subject for n in found}) == 3
    assert all("消防通道" in n.subject for n in found)


def test_a_job_that_is_done_again_tells_nobody_twice(world: World) -> None:
    taken = world.take(
        "楼道堆物堵住消防通道", contact=REPORTER, idempotency_key="k",
        sender=f"client:{world.clients['police'].client_id}",
    )  # fmt: skip
    assign(world, taken.case_id)

    def tell() -> int:
        telling.tell_opened(case_id=taken.case_id, at=NOW)
        telling.tell_progress(case_id=taken.case_id, seq=2, at=NOW)
        for light in ("AMBER", "RED"):
            tell_turned(taken.case_id, light, "2026-03-11")
        return Notice.objects.count()

    before, entries = tell(), LedgerEntry.objects.count()
    assert {n.channel for n in Notice.objects.all()} == {"IN_APP", "EMAIL", "WEBHOOK"}
    assert tell() == before
    assert LedgerEntry.objects.count() == entries
    # A clock that was wound again is another one.
    tell_turned(taken.case_id, "RED", "2026-03-12")
    assert Notice.objects.count() == before + 1


def test_what_is_not_urgent_only_stands_in_the_queue(world: World) -> None:
    telling.tell_opened(case_id=world.take().case_id, at=NOW)
    assert not Notice.objects.exists()


def test_with_nobody_at_the_desk_the_county_is_told(world: World) -> None:
    end_duty(
        actor=SYSTEM,
        duty_id=world.duty_ids["desk"],
        until_date=NOW.date() + timedelta(days=1),
        at=NOW,
    )
    taken = world.take("楼道堆物堵住消防通道")
    telling.tell_opened(case_id=taken.case_id, at=NOW + timedelta(days=2))
    assert {n.person_id for n in Notice.objects.all()} == {world.person_ids["centre"]}


def test_every_reaction_is_one_job_of_what_happened(world: World) -> None:
    taken = take(world)
    assign(world, taken.case_id)
    assert actions.announce_opened() == 1
    jobs = ProcrastinateJob.objects.exclude(task_name__startswith="notices").order_by("id")
    assert [(j.task_name, j.args) for j in jobs] == [
        ("cases.tell_progress", {"case_id": str(taken.case_id), "seq": 2, "move": "assign_down"}),
        ("cases.tell_opened", {"case_ids": [str(taken.case_id)]}),
        ("triage.record_shadow", {"case_ids": [str(taken.case_id)]}),
    ]
    before = ProcrastinateJob.objects.count()
    events.emit()
    assert ProcrastinateJob.objects.count() == before


def test_openings_are_announced_once_many_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "ANNOUNCED_AT_ONCE", 2)
    taken = [str(world.take().case_id) for _ in range(3)]
    assert [actions.announce_opened() for _ in range(3)] == [2, 1, 0]
    jobs = ProcrastinateJob.objects.filter(task_name="cases.tell_opened").order_by("id")
    assert [j.args for j in jobs] == [{"case_ids": taken[:2]}, {"case_ids": taken[2:]}]
    assert not Untold.objects.exists()


def test_an_announcement_that_fails_is_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.take()
    with monkeypatch.context() as broken:
        broken.setattr(events, "emit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            actions.announce_opened()
    assert actions.announce_opened() == 1


def test_a_desk_that_cannot_be_told_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [str(world.take("楼道堆物堵住消防通道").case_id) for _ in range(3)]
    tell = telling.tell_opened

    def tell_all_but_one(*, case_id: UUID, at: datetime) -> None:
        if str(case_id) == ids[0]:
            raise RuntimeError("a desk that cannot be told")
        tell(case_id=case_id, at=at)

    with monkeypatch.context() as broken:
        broken.setattr(telling, "tell_opened", tell_all_but_one)
        with pytest.raises(ExceptionGroup, match="1 of 3"):
            tasks.tell_opened(ids)
    assert {n.about_id for n in Notice.objects.all()} == set(ids[1:])
    tasks.tell_opened(ids)  # the queue tries again
    told = [n.about_id for n in Notice.objects.all()]
    assert set(told) == set(ids)
    assert len(told) == len({(n.about_id, n.person_id) for n in Notice.objects.all()})
    assert SearchRow.objects.count() == 3

"""Nobody signs: the next, the lead, the centre; each once, on duty, in the ledger; also side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.rules import Given
from anlan.dispatch import actions, queries, rules
from anlan.dispatch.actions import offering
from anlan.dispatch.models import Dispatch, Handover
from anlan.kernel import clock
from anlan.kernel.actor import SYSTEM, Role
from anlan.kernel.procedure import MoveNotAllowed
from anlan.ledger.queries import list_entries
from anlan.notices.models import Notice
from anlan.people.actions import end_duty, plan_shift
from anlan.people.models import Duty, Person, Shift
from tests.make import NOW, TOWN, VILLAGE, World
from tests.rooms.dispatch.test_recommending import SECOND_GRID, hire

FIRE, NOISE = "消防通道停满了车", "楼上半夜拖椅子,邻居吵得睡不着"


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def send(world: World, text: str, *logins: str, at: datetime = NOW) -> list[Dispatch]:
    case_id = world.take(text).case_id
    return actions.dispatch_case(
        actor=world.actor("desk"), case_id=case_id, at=at, note="请速去",
        duty_ids=[world.duty_ids[login] for login in logins],
    )  # fmt: skip


def answer(
    world: World, login: str, sent: Dispatch, move: str, at: datetime = NOW, note: str = ""
) -> Dispatch:
    return actions.move_dispatch(
        actor=world.actor(login), dispatch_id=sent.id, move=move, at=at, note=note
    )


def sweep(at: datetime) -> int:
    due = queries.list_due_follow_ups(at=at, limit=500)
    for dispatch_id in due:
        actions.follow_up(dispatch_id=dispatch_id, at=at)
    return len(due)


def chain(case_id: UUID) -> list[tuple[str, str, str]]:
    found = queries.list_dispatches(case_id=case_id)
    return [(d.person.name.split()[0], d.state, d.rung) for d in found]


def whats(case_id: UUID) -> list[str]:
    return [e.what for e in list_entries(about_kind="case", about_id=case_id)]


def test_the_ladder_is_climbed_to_the_centre_and_each_step_is_written(world: World) -> None:
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    [first] = send(world, FIRE, "grid")
    case_id = first.case_id
    assert (first.due_at, first.follow_at) == (later(5), later(5))
    assert sweep(later(4.9)) == 0
    for minutes in (5, 10, 15):
        assert sweep(later(minutes)) == 1
        assert sweep(later(minutes)) == 0, "a second sweep finds nothing"
    assert chain(case_id) == [
        ("grid", "LAPSED", "CHOSEN"), ("second", "LAPSED", "NEXT"), ("lead", "LAPSED", "LEAD"),
    ]  # fmt: skip
    handover = Handover.objects.get()
    assert (handover.role, handover.holders, handover.reasons) == ("GRID_WORKER", 2, {"LAPSED": 2})
    case = Case.objects.get(pk=case_id)
    assert (case.needs_person, case.responders) == (True, [])
    assert whats(case_id)[-6:] == [
        "dispatch.lapse", "case.dispatched", "dispatch.lapse", "case.dispatched",
        "dispatch.lapse", "dispatch.handed_over",
    ]  # fmt: skip
    assert sweep(later(600)) == 0


def test_a_lapsed_offer_cannot_be_signed_and_the_next_one_can(world: World) -> None:
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    [first] = send(world, FIRE, "grid")
    sweep(later(5))
    with pytest.raises(MoveNotAllowed):
        answer(world, "grid", first, "sign_for", later(6))
    (offer,) = Dispatch.objects.filter(state="OFFERED")
    assert (offer.follows_id, offer.note, offer.due_at) == (first.id, "请速去", later(10))
    assert answer(world, "second", offer, "sign_for", later(6)).state == "SIGNED"
    assert sweep(later(60)) == 0


def test_who_signs_at_the_last_second_keeps_it(world: World) -> None:
    [first] = send(world, FIRE, "grid")
    assert answer(world, "grid", first, "sign_for", later(5)).state == "SIGNED"
    assert sweep(later(5)) == 0
    actions.follow_up(dispatch_id=first.id, at=later(9))
    assert chain(first.case_id) == [("grid", "SIGNED", "CHOSEN")]


def test_a_refusal_is_followed_at_once(world: World) -> None:
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    [first] = send(world, FIRE, "grid")
    answer(world, "grid", first, "decline", later(1), note="在外地")
    jobs = ProcrastinateJob.objects.filter(task_name="dispatch.follow_up")
    assert [job.args for job in jobs] == [{"dispatch_id": str(first.id)}]
    actions.follow_up(dispatch_id=first.id, at=later(1))
    actions.follow_up(dispatch_id=first.id, at=later(1))
    assert chain(first.case_id) == [("grid", "DECLINED", "CHOSEN"), ("second", "OFFERED", "NEXT")]


def test_a_refusal_after_signing_is_followed_too(world: World) -> None:
    [first] = send(world, FIRE, "grid")
    answer(world, "grid", first, "sign_for", later(1))
    answer(world, "grid", first, "decline", later(2), note="车坏了")
    sweep(later(2))
    assert chain(first.case_id)[1:] == [("lead", "OFFERED", "LEAD")]


def test_a_recall_is_the_desks_own_and_nobody_follows(world: World) -> None:
    [first] = send(world, FIRE, "grid")
    answer(world, "desk", first, "recall", later(1), note="改派")
    assert sweep(later(60)) == 0
    assert len(chain(first.case_id)) == 1


def test_nobody_off_duty_is_next(world: World) -> None:
    off = hire(world, "off", Role.GRID_WORKER, SECOND_GRID)
    plan_shift(actor=SYSTEM, duty_id=off, starts_at=NOW, ends_at=later(5), at=NOW)
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["lead"], starts_at=later(9), ends_at=later(99), at=NOW
    )
    [first] = send(world, FIRE, "grid")
    sweep(later(5))
    assert chain(first.case_id) == [("grid", "LAPSED", "CHOSEN")]
    assert Handover.objects.get().reasons == {"LAPSED": 1, "OFF_DUTY": 1}


def test_a_shift_that_ends_between_the_look_and_the_writing_gets_no_offer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    plan_shift(actor=SYSTEM, duty_id=second, starts_at=NOW, ends_at=later(90), at=NOW)
    [first] = send(world, FIRE, "grid")
    look = queries.list_candidates

    def look_then_end(**given: Any) -> list[rules.Candidate]:
        found = look(**given)
        assert any(c.duty_id == second and c.is_on_duty for c in found)
        Shift.objects.filter(duty_id=second).update(ends_at=later(5))
        return found

    monkeypatch.setattr(queries, "list_candidates", look_then_end)
    sweep(later(5))
    assert chain(first.case_id) == [("grid", "LAPSED", "CHOSEN"), ("lead", "OFFERED", "LEAD")]


@pytest.mark.parametrize("how", ["shift", "duty", "account"])
def test_the_statement_that_writes_refuses_whoever_is_not_on_duty(world: World, how: str) -> None:
    case = Case.objects.get(pk=world.take(FIRE).case_id)
    (candidate,) = (
        c for c in queries.list_candidates(case=case, roles=[Role.GRID_WORKER], at=NOW)
    )  # fmt: skip
    if how == "shift":
        plan_shift(
            actor=SYSTEM, duty_id=candidate.duty_id, starts_at=later(1), ends_at=later(9), at=NOW
        )
    elif how == "duty":
        Duty.objects.filter(pk=candidate.duty_id).update(from_date=later(3000).date())
    else:
        Person.objects.filter(pk=candidate.person_id).update(is_active=False)
    wanted = [offering.Wanted(candidate, rules.Need(Role.GRID_WORKER, 1))]
    assert offering.write_offers(
        actor=SYSTEM, case=case, wanted=wanted, at=NOW, note="", card=""
    ) == []  # fmt: skip
    assert not Dispatch.objects.exists()


def test_who_is_under_way_elsewhere_is_not_next_but_a_lead_is_asked_anyhow(world: World) -> None:
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    [elsewhere, led] = send(world, NOISE, "second", "lead")
    for sent, login in ((elsewhere, "second"), (led, "lead")):
        answer(world, login, sent, "sign_for")
        answer(world, login, sent, "set_out")
    [first] = send(world, FIRE, "grid")
    sweep(later(5))
    assert chain(first.case_id)[1:] == [("lead", "OFFERED", "LEAD")]


def test_each_of_several_is_followed_by_itself(world: World) -> None:
    worker, officer = send(world, FIRE, "grid", "officer")
    answer(world, "officer", officer, "decline", later(1), note="休假")
    sweep(later(5))
    # The officer's own office leads there, the grid lead here; neither line touches the other.
    assert set(chain(worker.case_id)) == {
        ("grid", "LAPSED", "CHOSEN"), ("officer", "DECLINED", "CHOSEN"),
        ("lead", "OFFERED", "LEAD"), ("builder", "OFFERED", "LEAD"),
    }  # fmt: skip
    assert not Handover.objects.exists()


def test_the_first_who_signs_does_not_stop_the_others(world: World) -> None:
    one, two = send(world, NOISE, "grid", "cadre")
    answer(world, "grid", one, "sign_for", later(1))
    assert Dispatch.objects.get(pk=two.id).state == "OFFERED"


def test_unless_the_card_says_that_one_is_enough(world: World) -> None:
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    one, two = send(world, FIRE, "grid", "second")
    answer(world, "grid", one, "sign_for", later(1))
    other = Dispatch.objects.get(pk=two.id)
    assert (other.state, other.ended_at, other.follow_at) == ("STOOD_DOWN", later(1), None)
    assert Case.objects.get(pk=one.case_id).responders == [world.person_ids["grid"]]
    assert "dispatch.stand_down" in whats(one.case_id)
    with pytest.raises(MoveNotAllowed):
        answer(world, "second", two, "sign_for", later(2))
    assert sweep(later(60)) == 0
    actions.tell_stood_down(dispatch_id=two.id, at=later(1))
    assert Notice.objects.get().person_id == world.person_ids["second"]


def test_nobody_is_asked_for_a_case_that_is_over(world: World) -> None:
    one, _two = send(world, NOISE, "grid", "cadre")
    answer(world, "grid", one, "sign_for", later(1))
    cases.move_case(
        actor=world.actor("grid"), case_id=one.case_id, move="handle", given=Given(note="好"),
        at=later(2),
    )  # fmt: skip
    sweep(later(120))
    assert chain(one.case_id) == [("grid", "SIGNED", "CHOSEN"), ("cadre", "STOOD_DOWN", "CHOSEN")]
    assert not Handover.objects.exists()


def test_nobody_is_asked_for_a_case_that_was_given_to_others(world: World) -> None:
    [one] = send(world, NOISE, "grid")
    cases.move_case(
        actor=world.actor("desk"), case_id=one.case_id, move="assign_down", at=later(1),
        given=Given(unit_id=world.unit_id(TOWN, "CONSTRUCTION")),
    )  # fmt: skip
    sweep(later(120))
    assert chain(one.case_id) == [("grid", "STOOD_DOWN", "CHOSEN")]


def test_an_escalated_need_is_answered_by_sending_somebody(world: World) -> None:
    [first] = send(world, FIRE, "grid")
    sweep(later(5))
    sweep(later(10))
    assert Case.objects.get(pk=first.case_id).needs_person
    actions.dispatch_case(
        actor=world.actor("centre"), case_id=first.case_id, duty_ids=[world.duty_ids["cadre"]],
        at=later(12),
    )  # fmt: skip
    assert Handover.objects.get().answered_at == later(12)
    assert not Case.objects.get(pk=first.case_id).needs_person


def test_everybody_concerned_is_told(world: World) -> None:
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    [first] = send(world, FIRE, "grid")
    sweep(later(5))
    actions.tell_desk_unsigned(dispatch_id=first.id, at=later(5))
    told = {n.person_id: n.subject for n in Notice.objects.all()}
    assert "grid 同志" in told[world.person_ids["desk"]]
    assert "second" in told[world.person_ids["desk"]]
    assert "转给了他人" in told[world.person_ids["grid"]]
    sweep(later(10))
    sweep(later(15))
    (handover,) = Handover.objects.all()
    jobs = ProcrastinateJob.objects.filter(task_name="dispatch.tell_centre")
    assert [job.args for job in jobs] == [{"handover_id": handover.id}]
    Notice.objects.all().delete()
    for _again in range(2):
        actions.tell_centre(handover_id=handover.id, at=later(15))
    told = {n.person_id: f"{n.subject} {n.body}" for n in Notice.objects.all()}
    assert "2 人未按时签收" in told[world.person_ids["centre"]]
    assert world.person_ids["desk"] in told
    assert Notice.objects.count() == 2, "told once"


def test_a_dispatch_of_the_first_procedure_is_told_of_once_and_keeps_it(world: World) -> None:
    [first] = send(world, FIRE, "grid")
    Dispatch.objects.update(procedure_version=1)
    sweep(later(5))
    assert sweep(later(50)) == 0
    row = Dispatch.objects.get()
    assert (row.state, row.is_overdue_told) == ("OFFERED", True)
    assert ProcrastinateJob.objects.filter(task_name="dispatch.tell_desk_unsigned").count() == 1
    assert answer(world, "grid", first, "sign_for", later(51)).state == "SIGNED"
    assert answer(world, "grid", first, "arrive", later(52)).state == "ARRIVED"


def test_a_duty_that_has_ended_by_date_is_not_next(world: World) -> None:
    second = hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    [first] = send(world, NOISE, "grid")
    tomorrow = later(24 * 60)
    end_duty(actor=SYSTEM, duty_id=second, until_date=tomorrow.date(), at=NOW)
    sweep(tomorrow)
    assert chain(first.case_id)[1:] == [("lead", "OFFERED", "LEAD")]


# Side by side


def together(*acts: Callable[[], Any]) -> list[BaseException | None]:
    """Do several things at the same instant, each in a thread with a connection of its own."""
    ready = threading.Barrier(len(acts))
    ended: list[BaseException | None] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            with clock.frozen(NOW):
                ready.wait()
                act()
        except BaseException as wrong:  # noqa: BLE001 – given back to the test
            ended[number] = wrong
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


@pytest.mark.parametrize("turn", range(6))
def test_two_sweeps_and_an_answer_at_the_same_instant_have_one_outcome(
    lasting_world: World, turn: int
) -> None:
    world = lasting_world
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    [first] = send(world, FIRE, "grid")
    grid = world.actor("grid")
    acts: list[Callable[[], Any]] = [
        lambda: sweep(later(5)),
        lambda: actions.move_dispatch(
            actor=grid, dispatch_id=first.id, move="sign_for", at=later(5)
        ),
        lambda: sweep(later(5)),
    ]
    acts = acts[turn % 3 :] + acts[: turn % 3]
    refused = [wrong for wrong in together(*acts) if wrong is not None]
    assert all(isinstance(wrong, MoveNotAllowed) for wrong in refused), refused
    found = chain(first.case_id)
    if refused:
        assert found == [("grid", "LAPSED", "CHOSEN"), ("second", "OFFERED", "NEXT")]
        assert whats(first.case_id).count("dispatch.lapse") == 1
    else:
        assert found == [("grid", "SIGNED", "CHOSEN")]
        assert "dispatch.lapse" not in whats(first.case_id)


def test_many_sweeps_side_by_side_ask_one_next_for_each(lasting_world: World) -> None:
    world = lasting_world
    for number in range(6):
        hire(world, f"w{number}", Role.GRID_WORKER, VILLAGE)
    asked = [send(world, text, "grid")[0] for text in (FIRE, FIRE, NOISE)]
    ended = together(*[lambda: sweep(later(120))] * 4)
    assert ended == [None] * 4
    for first in asked:
        found = chain(first.case_id)
        assert [state for _who, state, _rung in found] == ["LAPSED", "OFFERED"], found
        assert whats(first.case_id).count("dispatch.lapse") == 1


def test_two_who_sign_at_once_where_one_is_enough_leave_one(lasting_world: World) -> None:
    world = lasting_world
    hire(world, "second", Role.GRID_WORKER, SECOND_GRID)
    one, two = send(world, FIRE, "grid", "second")
    grid, second = world.actor("grid"), world.actor("second")
    ended = together(
        lambda: actions.move_dispatch(actor=grid, dispatch_id=one.id, move="sign_for", at=NOW),
        lambda: actions.move_dispatch(actor=second, dispatch_id=two.id, move="sign_for", at=NOW),
    )
    assert sorted(state for _who, state, _rung in chain(one.case_id)) == ["SIGNED", "STOOD_DOWN"]
    assert [type(wrong) for wrong in ended if wrong] == [MoveNotAllowed]

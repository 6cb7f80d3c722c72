"""Sending people: who may send, who may be sent, and every answer they can give."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.rules import CaseNotVisible, Given
from anlan.dispatch import actions, queries, rules
from anlan.dispatch.models import Dispatch
from anlan.intake.rules import Channel, IdempotencyKeyReused
from anlan.kernel.actor import SYSTEM, Role
from anlan.kernel.procedure import MoveIncomplete, MoveNotAllowed, MoveNotYours
from anlan.ledger.queries import list_entries
from anlan.notices.models import Notice
from anlan.people.actions import grant_duty, plan_shift
from tests.make import COUNTY, GRID, NOW, TOWN, VILLAGE, World


def later(minutes: int) -> object:
    return NOW + timedelta(minutes=minutes)


def send(world: World, case_id: UUID, *logins: str, by: str = "desk", at=NOW) -> list[Dispatch]:
    return actions.dispatch_case(
        actor=world.actor(by), case_id=case_id, at=at, note="请速去",
        duty_ids=[world.duty_ids[login] for login in logins],
    )  # fmt: skip


def answer(world: World, login: str, sent: Dispatch, move: str, at=NOW, note: str = "") -> Dispatch:
    return actions.move_dispatch(
        actor=world.actor(login), dispatch_id=sent.id, move=move, at=at, note=note
    )


def noise(world: World) -> UUID:
    return world.take("楼上半夜拖椅子,邻居吵得睡不着").case_id


def test_several_are_asked_at_once_and_each_has_his_own_answer(world: World) -> None:
    case_id = noise(world)
    one, two, three = send(world, case_id, "grid", "cadre", "mediator")
    case = Case.objects.get(pk=case_id)
    assert (case.state, case.unit_id) == ("ASSIGNED", world.unit_id(VILLAGE, "GRID"))
    assert case.departments == ["GRID", "MEDIATION"]
    assert {d.due_at for d in (one, two, three)} == {later(120)}
    jobs = ProcrastinateJob.objects.filter(task_name="dispatch.tell_dispatched")
    assert {j.args["dispatch_id"] for j in jobs} == {str(d.id) for d in (one, two, three)}

    signed = answer(world, "grid", one, "sign_for", later(5))
    assert (signed.state, signed.signed_at, signed.due_at) == (
        "SIGNED",
        later(5),
        case.close_due_at,
    )
    assert Case.objects.get(pk=case_id).state == "HANDLING"
    assert answer(world, "grid", one, "arrive", later(9)).arrived_at == later(9)
    done = answer(world, "grid", one, "finish", later(30), "已劝和")
    assert (done.state, done.ended_at, done.due_at, done.note) == (
        "DONE",
        later(30),
        None,
        "已劝和",
    )

    with pytest.raises(MoveIncomplete):
        answer(world, "cadre", two, "decline")
    assert answer(world, "cadre", two, "decline", note="在外地").state == "DECLINED"
    assert answer(world, "mediator", three, "sign_for", later(8)).state == "SIGNED"
    assert answer(world, "desk", three, "recall", note="已解决").state == "RECALLED"
    written = [e.what for e in list_entries(about_kind="case", about_id=case_id)]
    assert written[1:] == [
        "case.assign_down", "case.co_handle", "case.dispatched", "dispatch.sign_for",
        "case.sign_for", "dispatch.arrive", "dispatch.finish", "dispatch.decline",
        "dispatch.sign_for", "dispatch.recall",
    ]  # fmt: skip
    assert queries.list_running_for(actor=world.actor("grid")) == []


def test_moves_that_do_not_fit_are_refused(world: World) -> None:
    [sent] = send(world, noise(world), "grid")
    for move in ("arrive", "finish", "no_such_move"):
        with pytest.raises(MoveNotAllowed):
            answer(world, "grid", sent, move)
    with pytest.raises(MoveNotYours):
        answer(world, "grid", sent, "recall", note="x")
    with pytest.raises(MoveNotYours):
        answer(world, "desk", sent, "sign_for")
    for stranger in ("cadre", "other_grid", "volunteer", "builder"):
        with pytest.raises(rules.DispatchNotVisible):
            answer(world, stranger, sent, "sign_for")
    with pytest.raises(rules.DispatchNotVisible):
        actions.move_dispatch(
            actor=world.actor("grid"), dispatch_id=world.person_ids["grid"], move="sign_for", at=NOW
        )
    answer(world, "desk", sent, "go_offline", note="停电")
    with pytest.raises(MoveNotAllowed):
        answer(world, "grid", sent, "sign_for")
    assert queries.list_moves(actor=world.actor("grid"), dispatch=sent) == ["sign_for", "decline"]
    assert queries.list_moves(actor=world.actor("cadre"), dispatch=sent) == []


def test_who_was_sent_and_has_not_finished_is_not_sent_again(world: World) -> None:
    case_id = noise(world)
    [sent] = send(world, case_id, "grid")
    with pytest.raises(rules.AlreadySent):
        send(world, case_id, "cadre", "grid")
    assert Dispatch.objects.count() == 1, "the cadre was not asked either"
    answer(world, "grid", sent, "decline", note="生病")
    assert send(world, case_id, "grid")[0].state == "OFFERED"


def test_whom_and_what_a_desk_cannot_choose(world: World) -> None:
    case_id = noise(world)
    with pytest.raises(rules.NobodyChosen):
        send(world, case_id)
    for unfitting in ("other_grid", "desk", "volunteer", "principal"):
        with pytest.raises(rules.ResponderNotFitting):
            send(world, case_id, unfitting)
    with pytest.raises(CaseNotVisible):
        send(world, case_id, "grid", by="other_desk")
    assert not Dispatch.objects.exists()
    assert Case.objects.get(pk=case_id).state == "RECEIVED"


@pytest.mark.parametrize("by", ["grid", "cadre", "principal", "lead"])
def test_only_a_desk_sends_people_whatever_state_the_case_is_in(world: World, by: str) -> None:
    case_id = noise(world)
    with pytest.raises(MoveNotYours):
        send(world, case_id, "cadre", by=by)
    send(world, case_id, "grid")
    with pytest.raises(MoveNotYours):
        send(world, case_id, "cadre", by=by)
    assert Dispatch.objects.count() == 1


def test_nobody_is_sent_to_a_case_that_is_over(world: World) -> None:
    case_id = noise(world)
    cases.move_case(
        actor=world.actor("desk"), case_id=case_id, move="decline", given=Given(note="x"), at=NOW
    )
    with pytest.raises(MoveNotAllowed):
        send(world, case_id, "grid")


def test_signing_for_a_case_given_to_others_since_signs_only_the_dispatch(world: World) -> None:
    case_id = noise(world)
    [sent] = send(world, case_id, "grid")
    cases.move_case(
        actor=world.actor("desk"), case_id=case_id, move="assign_down", at=NOW,
        given=Given(unit_id=world.unit_id(TOWN, "CONSTRUCTION")),
    )  # fmt: skip
    assert answer(world, "grid", sent, "sign_for").state == "SIGNED"
    assert Case.objects.get(pk=case_id).state == "ASSIGNED"


def test_responders_come_on_duty_first_and_nearest_first(world: World) -> None:
    case = Case.objects.get(pk=noise(world))
    found = queries.list_responders(case=case, at=NOW)
    assert [r.role for r in found[:3]] == [Role.GRID_WORKER, Role.GRID_LEAD, Role.VILLAGE_CADRE]
    assert {r.duty_id for r in found} & {world.duty_ids["other_grid"]} == set()
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["grid"], starts_at=later(60), ends_at=later(600),
        at=NOW,
    )  # fmt: skip
    off = queries.list_responders(case=case, at=NOW)
    assert (off[-1].duty_id, off[-1].is_on_duty) == (world.duty_ids["grid"], False)
    assert queries.list_responders(case=case, at=later(60))[0].duty_id == world.duty_ids["grid"]


def transfer(world: World, key: str = "k1", **given):
    report = world.report(
        "房东和租客为押金争吵", channel=Channel.POLICE_110, sender="client:police",
        idempotency_key=key, **given,
    )  # fmt: skip
    return actions.take_transfer(
        actor=world.partner("police"), report=report, at=NOW,
        fallback_place_id=world.place_id(COUNTY),
    )  # fmt: skip


def sent_to(case_id: UUID) -> set[UUID]:
    return set(Dispatch.objects.filter(case_id=case_id).values_list("person_id", flat=True))


def test_a_transfer_sends_grid_worker_and_cadre_once_however_often_it_comes(world: World) -> None:
    taken = transfer(world)
    assert (taken.is_new, taken.state) == (True, "ASSIGNED")
    assert sent_to(taken.case_id) == {world.person_ids["grid"], world.person_ids["cadre"]}
    again = transfer(world)
    assert (again.case_id, again.is_new, again.state) == (taken.case_id, False, "ASSIGNED")
    assert Dispatch.objects.count() == 2
    with pytest.raises(IdempotencyKeyReused):
        transfer(world, external_ref="other")
    assert Case.objects.count() == 1


def test_a_transfer_passes_over_who_is_off_duty(world: World) -> None:
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["grid"], starts_at=later(60), ends_at=later(600),
        at=NOW,
    )  # fmt: skip
    assert sent_to(transfer(world).case_id) == {world.person_ids["cadre"]}


def test_a_transfer_where_nobody_is_on_duty_waits_at_the_desk(world: World) -> None:
    for login in ("grid", "cadre"):
        plan_shift(
            actor=SYSTEM, duty_id=world.duty_ids[login], starts_at=later(60), ends_at=later(600),
            at=NOW,
        )  # fmt: skip
    taken = transfer(world)
    assert (taken.state, sent_to(taken.case_id)) == ("RECEIVED", set())


def test_one_person_with_both_duties_is_asked_once_by_a_transfer(world: World) -> None:
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["cadre"], starts_at=later(60), ends_at=later(600),
        at=NOW,
    )  # fmt: skip
    grant_duty(
        actor=SYSTEM, person_id=world.person_ids["grid"], role=Role.VILLAGE_CADRE,
        place_id=world.place_id(VILLAGE), at=NOW,
    )  # fmt: skip
    assert sent_to(transfer(world).case_id) == {world.person_ids["grid"]}


def test_a_transfer_from_nowhere_goes_to_the_county(world: World) -> None:
    taken = transfer(world, lon=121.0, lat=30.5)
    assert Case.objects.get(pk=taken.case_id).place.code == COUNTY


def test_who_is_sent_is_told(world: World) -> None:
    [sent] = send(world, noise(world), "grid")
    actions.tell_dispatched(dispatch_id=sent.id, at=NOW)
    notice = Notice.objects.get()
    assert (notice.person_id, notice.body) == (world.person_ids["grid"], "请速去")


def test_nobody_off_duty_is_sent_by_hand_either(world: World) -> None:
    plan_shift(
        actor=SYSTEM, duty_id=world.duty_ids["grid"], starts_at=NOW, ends_at=later(60), at=NOW
    )
    case_id = noise(world)
    with pytest.raises(rules.ResponderOffDuty):
        send(world, case_id, "cadre", "grid", at=later(60))
    assert not Dispatch.objects.exists()
    assert Case.objects.get(pk=case_id).state == "RECEIVED"
    assert len(send(world, case_id, "cadre", "grid", at=later(59))) == 2


def test_the_way_is_told_step_by_step(world: World) -> None:
    case_id = world.take("消防通道停满了车").case_id
    [sent] = send(world, case_id, "grid")
    assert sent.due_at == later(5)
    signed = answer(world, "grid", sent, "sign_for", later(2))
    assert (signed.due_at, signed.follow_at) == (later(17), None)
    under_way = answer(world, "grid", sent, "set_out", later(3))
    assert (under_way.state, under_way.on_the_way_at) == ("ON_THE_WAY", later(3))
    arrived = answer(world, "grid", sent, "arrive", later(9))
    assert arrived.due_at == Case.objects.get(pk=case_id).close_due_at
    assert answer(world, "grid", sent, "finish", later(20)).state == "DONE"


def test_a_place_and_its_codes_are_what_the_story_says(world: World) -> None:
    assert Case.objects.get(pk=noise(world)).place.code == GRID


def test_who_stands_for_no_department_goes_for_the_unit_it_was_routed_to(world: World) -> None:
    case_id = noise(world)
    routed = Case.objects.get(pk=case_id).unit_id
    duty = grant_duty(
        actor=SYSTEM, person_id=world.person_ids["mediator"], role=Role.MEDIATOR,
        place_id=world.place_id(TOWN), at=NOW,
    )  # fmt: skip
    [sent] = actions.dispatch_case(
        actor=world.actor("desk"), case_id=case_id, duty_ids=[duty.id], at=NOW
    )
    case = Case.objects.get(pk=case_id)
    assert (case.state, case.unit_id, sent.state) == ("ASSIGNED", routed, "OFFERED")

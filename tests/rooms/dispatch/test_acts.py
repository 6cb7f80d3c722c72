"""Acts from a phone's outbox: exactly once, in order, told what others did meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from anlan.cases import actions as cases
from anlan.cases.models import Case, Step
from anlan.cases.rules import Given
from anlan.dispatch import actions, rules
from anlan.dispatch.actions.acts import Doing
from anlan.dispatch.models import Act, Dispatch
from anlan.documents.rules import PictureBroken
from anlan.intake.models import Signal
from anlan.intake.rules import Channel, Report
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.kernel.errors import TooMany
from anlan.ledger.models import LedgerEntry
from tests.make import GRID, NOW, World

DEVICE = UUID("5a0c3f6e-1b7d-4c7e-9a55-0d2f6f1f9b11")
LATER = NOW + timedelta(hours=2)


def no_photos() -> tuple[UUID, ...]:
    return ()


def doing(number: int, kind: str, about: Any = None, **given: Any) -> Doing:
    fields: dict[str, Any] = {
        "key": uuid4(), "device": DEVICE, "after": number - 1, "digest": f"{number}",
        "clock": rules.PhoneClock(sent=LATER, made=LATER - timedelta(minutes=50 - number),
                                  offset=timedelta()),
    }  # fmt: skip
    return Doing(number=number, kind=rules.ActKind(kind), about=about, **(fields | given))


def take(world: World, act: Doing, *, who: str = "grid", at: datetime = LATER) -> Act:
    return actions.take_act(actor=world.actor(who), doing=act, keep_photos=no_photos, at=at)


@pytest.fixture
def errand(world: World) -> Dispatch:
    taken = world.take()
    desk = world.actor("desk")
    (sent,) = actions.dispatch_case(
        actor=desk, case_id=taken.case_id, duty_ids=[world.duty_ids["grid"]], note="", at=NOW
    )
    return sent


def seq_of(errand: Dispatch) -> int:
    return Case.objects.get(pk=errand.case_id).seq


def test_a_whole_errand_made_offline_arrives_in_order_with_what_is_said(
    world: World, errand: Dispatch
) -> None:
    seen = seq_of(errand)
    moves = [("DISPATCH", "sign_for"), ("DISPATCH", "set_out"), ("DISPATCH", "arrive")]
    for number, (kind, move) in enumerate(moves, 1):
        act = take(world, doing(number, kind, errand.id, move=move, seen=seen))
        assert act.outcome == "TAKEN"
    act = take(world, doing(4, "FINISH", errand.id, move="finish", seen=seen, note="已更换灯泡"))
    errand.refresh_from_db()
    case = Case.objects.get(pk=errand.case_id)
    assert (errand.state, case.state) == ("DONE", "HANDLED")
    # The server's time rules; what is said stands beside it.
    assert errand.signed_at == errand.arrived_at == errand.ended_at == LATER
    assert act.said_at == LATER - timedelta(minutes=46)
    step = Step.objects.get(case=case, move="handle")
    assert (step.at, step.note) == (LATER, "已更换灯泡")
    assert step.data["said_at"] == act.said_at.isoformat()
    assert LedgerEntry.objects.filter(what="act.taken", about_id=str(case.id)).count() == 4


def test_sent_again_it_changes_nothing_and_tells_the_same(world: World, errand: Dispatch) -> None:
    act = doing(1, "DISPATCH", errand.id, move="sign_for", seen=seq_of(errand))
    first = take(world, act)
    seq = seq_of(errand)
    again = take(world, act, at=LATER + timedelta(hours=1))
    assert again == first
    assert again.at == LATER
    assert seq_of(errand) == seq
    with pytest.raises(rules.ActKeyReused):
        take(world, replace(act, digest="other"))


def test_a_later_act_waits_for_the_earlier(world: World, errand: Dispatch) -> None:
    seen = seq_of(errand)
    second = doing(2, "DISPATCH", errand.id, move="arrive", seen=seen)
    with pytest.raises(rules.ActOutOfOrder):
        take(world, second)
    take(world, doing(1, "DISPATCH", errand.id, move="sign_for", seen=seen))
    assert take(world, second).outcome == "TAKEN"


def test_a_refusal_is_settled_too_and_the_next_act_goes_on(world: World, errand: Dispatch) -> None:
    actions.move_dispatch(
        actor=world.actor("desk"), dispatch_id=errand.id, move="recall", note="改派", at=NOW
    )
    act = doing(1, "DISPATCH", errand.id, move="sign_for", seen=seq_of(errand))
    refused = take(world, act)
    assert (refused.outcome, refused.code) == ("REFUSED", "RECALLED_MEANWHILE")
    assert take(world, act) == refused
    report = Report(text="井盖缺失", channel=Channel.FIELD, place_code=GRID, sender="person:x",
                    idempotency_key=str(act.key))  # fmt: skip
    assert take(world, doing(2, "REPORT", report=report)).outcome == "TAKEN"


def close(world: World, case_id: UUID) -> None:
    desk = world.actor("desk")
    for move, given in (
        ("handle", Given(note="已修")), ("verify", Given(note="属实")),
        ("close", Given(outcome="SOLVED", note="办结")),
    ):  # fmt: skip
        actor = world.actor("lead") if move == "handle" else desk
        cases.move_case(actor=actor, case_id=case_id, move=move, given=given, at=NOW)


def test_somebody_else_closed_it_meanwhile(world: World, errand: Dispatch) -> None:
    take(world, doing(1, "DISPATCH", errand.id, move="sign_for", seen=seq_of(errand)), at=NOW)
    seen = seq_of(errand)
    close(world, errand.case_id)
    steps = Step.objects.filter(case_id=errand.case_id).count()
    for number, kind, move in ((2, "DISPATCH", "arrive"), (3, "FINISH", "finish")):
        act = take(world, doing(number, kind, errand.id, move=move, seen=seen, note="好了"))
        assert (act.outcome, act.code) == ("REFUSED", "CLOSED_MEANWHILE")
    assert Step.objects.filter(case_id=errand.case_id).count() == steps
    errand.refresh_from_db()
    assert errand.state == "SIGNED"


def test_a_card_of_the_desk_meanwhile_stands_in_nobodys_way(world: World, errand: Dispatch) -> None:
    take(world, doing(1, "DISPATCH", errand.id, move="sign_for", seen=seq_of(errand)), at=NOW)
    seen = seq_of(errand)
    cases.move_case(
        actor=world.actor("desk"), case_id=errand.case_id, move="report_back",
        given=Given(note="已联系报告人"), at=NOW,
    )  # fmt: skip
    act = take(world, doing(2, "FINISH", errand.id, move="finish", seen=seen, note="好了"))
    assert act.outcome == "TAKEN"


def test_a_move_of_a_case_is_taken_once(world: World, errand: Dispatch) -> None:
    act = doing(1, "CASE", errand.case_id, move="report_back", seen=seq_of(errand), note="在路上")
    take(world, act)
    take(world, act)
    assert Step.objects.filter(case_id=errand.case_id, move="report_back").count() == 1


def test_a_report_opens_one_case(world: World) -> None:
    key = uuid4()
    report = Report(text="井盖缺失", channel=Channel.FIELD, place_code=GRID, sender="person:g",
                    idempotency_key=str(key))  # fmt: skip
    act = doing(1, "REPORT", key=key, report=report)
    assert take(world, act).case_id == take(world, act).case_id
    assert Signal.objects.filter(idempotency_key=str(key)).count() == 1


@pytest.mark.parametrize("about", [None, DEVICE])
@pytest.mark.parametrize("kind", ["DISPATCH", "FINISH", "CASE"])
def test_what_does_not_exist_is_refused(world: World, kind: str, about: Any) -> None:
    act = take(world, doing(1, kind, about, move="sign_for", note="x"))
    assert act.outcome == "REFUSED"
    assert act.code in ("DISPATCH_NOT_VISIBLE", "CASE_NOT_VISIBLE")


def test_others_errands_are_refused(world: World, errand: Dispatch) -> None:
    act = take(world, doing(1, "DISPATCH", errand.id, move="sign_for"), who="other_grid")
    assert (act.outcome, act.code) == ("REFUSED", "DISPATCH_NOT_VISIBLE")


def test_nobody_without_a_seat_sends(world: World) -> None:
    for actor in (REPORTER, SYSTEM):
        with pytest.raises(rules.ActOfSomebodyElse):
            actions.take_act(
                actor=actor, doing=doing(1, "CASE", uuid4()), keep_photos=no_photos, at=NOW
            )
    assert not Act.objects.exists()


def _fail(wrong: Exception) -> Callable[[], tuple[UUID, ...]]:
    def keep() -> tuple[UUID, ...]:
        raise wrong

    return keep


def test_a_broken_photo_is_told_and_what_passes_is_tried_again(
    world: World, errand: Dispatch
) -> None:
    act = doing(1, "DISPATCH", errand.id, move="sign_for", seen=seq_of(errand))
    grid = world.actor("grid")
    with pytest.raises(TooMany):
        actions.take_act(
            actor=grid, doing=act, keep_photos=_fail(TooMany(wait_seconds=9)), at=LATER
        )
    assert not Act.objects.exists()
    broken = actions.take_act(
        actor=grid, doing=act, keep_photos=_fail(PictureBroken(name="x")), at=LATER
    )
    assert (broken.outcome, broken.code) == ("REFUSED", "PICTURE_BROKEN")

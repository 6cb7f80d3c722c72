"""What strangers try at dispatches, batches, positions and the acts of a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from anlan.cases.rules import CaseNotVisible, Given
from anlan.dispatch import actions as dispatch
from anlan.dispatch.actions.acts import Doing
from anlan.dispatch.rules import (
    ActKind,
    ActOfSomebodyElse,
    BatchNotVisible,
    BatchNotYours,
    DispatchNotVisible,
    NotOnDuty,
    PhoneClock,
    PositionNotAllowed,
)
from anlan.kernel.actor import REPORTER
from tests.flows.permissions.worlds import Scene
from tests.make import NOW, TOWN

Attempt = Callable[[Scene], Any]


def _stranger(scene: Scene) -> Any:
    return scene.world.actor("other_desk")


def _doing(scene: Scene) -> Doing:
    """Make an act at an errand of somebody else's: settled as refused, nothing else changed."""
    clock = PhoneClock(sent=NOW, made=NOW)
    return Doing(
        key=uuid4(), kind=ActKind.DISPATCH, device=uuid4(), number=1, after=0, digest="", clock=clock,
        move="sign_for", about=scene.names["dispatch_id"],
    )  # fmt: skip


AT_DISPATCHES: dict[str, list[tuple[type[Exception] | None, Attempt]]] = {
    "anlan.dispatch.actions.batches.plan_batch": [
        (BatchNotYours, lambda s: dispatch.plan_batch(
            actor=_stranger(s), batch_id=uuid4(), place_code=TOWN, at=NOW)),
        (BatchNotVisible, lambda s: dispatch.plan_batch(
            actor=s.world.actor("desk"), batch_id=s.names["batch"], place_code=TOWN, at=NOW)),
    ],
    "anlan.dispatch.actions.batches.send_batch": [
        (BatchNotVisible, lambda s: dispatch.send_batch(
            actor=s.world.actor("desk"), batch_id=s.names["batch"], at=NOW)),
    ],
    "anlan.dispatch.actions.sending.dispatch_case": [
        (CaseNotVisible, lambda s: dispatch.dispatch_case(
            actor=_stranger(s), case_id=s.case_id, duty_ids=[s.names["duty"]], at=NOW)),
    ],
    "anlan.dispatch.actions.answering.move_dispatch": [
        (DispatchNotVisible, lambda s: dispatch.move_dispatch(
            actor=_stranger(s), dispatch_id=s.names["dispatch_id"], move="recall", note="x",
            at=NOW)),
        (DispatchNotVisible, lambda s: dispatch.move_dispatch(
            actor=s.world.actor("cadre"), dispatch_id=s.names["dispatch_id"], move="sign_for",
            at=NOW)),
        (DispatchNotVisible, lambda s: dispatch.move_dispatch(
            actor=REPORTER, dispatch_id=s.names["dispatch_id"], move="sign_for", at=NOW)),
    ],
    "anlan.dispatch.actions.answering.finish_dispatch": [
        (DispatchNotVisible, lambda s: dispatch.finish_dispatch(
            actor=_stranger(s), dispatch_id=s.names["dispatch_id"], given=Given(note="x"), at=NOW)),
        (DispatchNotVisible, lambda s: dispatch.finish_dispatch(
            actor=s.world.actor("desk"), dispatch_id=s.names["dispatch_id"], given=Given(note="x"),
            at=NOW)),
    ],
    "anlan.dispatch.actions.acts.take_act": [
        (ActOfSomebodyElse, lambda s: dispatch.take_act(
            actor=REPORTER, doing=_doing(s), keep_photos=tuple, at=NOW)),
        (ActOfSomebodyElse, lambda s: dispatch.take_act(
            actor=s.world.partner("app"), doing=_doing(s), keep_photos=tuple, at=NOW)),
        (None, lambda s: dispatch.take_act(
            actor=_stranger(s), doing=_doing(s), keep_photos=tuple, at=NOW).outcome != "REFUSED"),
    ],
    "anlan.dispatch.actions.positions.switch_on_position": [
        (NotOnDuty, lambda s: dispatch.switch_on_position(actor=_stranger(s), at=NOW)),
        (NotOnDuty, lambda s: dispatch.switch_on_position(actor=REPORTER, at=NOW)),
    ],
    "anlan.dispatch.actions.positions.switch_off_position": [
        (None, lambda s: dispatch.switch_off_position(actor=_stranger(s), at=NOW)),
        (None, lambda s: dispatch.switch_off_position(actor=REPORTER, at=NOW)),
    ],
    "anlan.dispatch.actions.positions.send_position": [
        (PositionNotAllowed, lambda s: dispatch.send_position(
            actor=_stranger(s), lon=120.0, lat=29.7, at=NOW)),
        (PositionNotAllowed, lambda s: dispatch.send_position(
            actor=REPORTER, lon=120.0, lat=29.7, at=NOW)),
    ],
}  # fmt: skip
